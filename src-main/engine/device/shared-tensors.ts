/** @file Buffers in device memory that several bound shapes read or write: freed with the last of them. */

import { elementBytes, elementCount } from "../../graph/onnx.ts";
import type { ElementType } from "../../graph/onnx.ts";
import type { DeviceMemory, DeviceTensor } from "../../ort/device.ts";

/** One user's hold on a buffer. */
export interface SharedTensor {
  readonly tensor: DeviceTensor;
  /** To be called once. */
  readonly release: () => void;
}

export class SharedTensors {
  readonly #memory: DeviceMemory;
  readonly #held = new Map<string, { readonly tensor: DeviceTensor; users: number }>();

  constructor(memory: DeviceMemory) {
    this.#memory = memory;
  }

  /**
   * The buffer of that name, made where nobody holds it. Its values are then not defined.
   * @throws engine.out-of-memory
   */
  hold(name: string, type: ElementType, dims: readonly number[]): SharedTensor {
    const key = JSON.stringify([name, type, dims]);
    const entry = this.#held.get(key) ?? {
      tensor: { type, dims, address: this.#memory.allocate(elementCount(dims) * elementBytes(type)) },
      users: 0,
    };
    entry.users++;
    this.#held.set(key, entry);
    return {
      tensor: entry.tensor,
      release: () => {
        entry.users--;
        if (entry.users > 0) return;
        this.#held.delete(key);
        this.#memory.free(entry.tensor.address);
      },
    };
  }
}
