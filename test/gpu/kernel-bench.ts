/**
 * @file Where kernels are compared with their references: a device, tensors on it that know whether something was written
 * past their end, and a measure of difference.
 */

import assert from "node:assert/strict";
import type { KernelLauncher } from "../../src-main/cuda/launch.ts";
import { seededNoise } from "../../src-main/engine/noise.ts";
import { bfloat16ToFloat32, float32ToBfloat16 } from "../../src-main/graph/float-formats.ts";
import { elementBytes } from "../../src-main/graph/onnx-types.ts";
import type { OperatorElement } from "../../src-main/graph/tachie-operators.ts";
import type { DeviceMemory } from "../../src-main/ort/device.ts";
import type { Numbers } from "./kernel-reference.ts";

export interface KernelDevice {
  readonly memory: DeviceMemory;
  readonly launcher: KernelLauncher;
}

/** Largest difference of an element, relative to its size plus the root mean square of all. */
export const TOLERANCE: Readonly<Record<OperatorElement, number>> = {
  float32: 1e-5,
  // Rounding to 8 bits is 2^-9 at most; the rest is for sums that round to the other side.
  bfloat16: 4e-3,
};

const GUARD = 0xa5;
const GUARD_BYTES = 64;

/** Memory of a test, from one device. Freed by `release`. */
export class KernelBench {
  readonly device: KernelDevice;
  readonly #sizes = new Map<bigint, { start: bigint; sizeBytes: number }>();
  #seed = 1;

  constructor(device: KernelDevice) {
    this.device = device;
  }

  /** Normal numbers as the type holds them, the same in every run. */
  random(count: number, type: OperatorElement, scale = 1): Float32Array {
    const values = seededNoise(this.#seed++, count).map((value) => value * scale);
    return type === "bfloat16" ? bfloat16ToFloat32(float32ToBfloat16(values)) : values;
  }

  /** @param offsetBytes from an address that is a multiple of 16 */
  upload(values: Float32Array, type: OperatorElement, offsetBytes = 0): bigint {
    return this.bytes(encode(values, type), offsetBytes);
  }

  /** A tensor to be written. */
  output(count: number, type: OperatorElement, offsetBytes = 0): bigint {
    return this.bytes(new Uint8Array(count * elementBytes(type)).fill(0xff), offsetBytes);
  }

  bytes(content: Uint8Array, offsetBytes = 0): bigint {
    const { memory } = this.device;
    const guarded = new Uint8Array(offsetBytes + content.length + GUARD_BYTES).fill(GUARD);
    guarded.set(content, offsetBytes);
    const start = memory.allocate(guarded.length);
    memory.upload(start, guarded);
    const address = start + BigInt(offsetBytes);
    this.#sizes.set(address, { start, sizeBytes: content.length });
    return address;
  }

  download(address: bigint, type: OperatorElement): Float32Array {
    const bytes = this.downloadBytes(address);
    return type === "bfloat16" ? bfloat16ToFloat32(new Uint16Array(bytes.buffer)) : new Float32Array(bytes.buffer);
  }

  /** Checks that nothing outside the tensor was written. */
  downloadBytes(address: bigint): Uint8Array<ArrayBuffer> {
    const { start, sizeBytes } = this.#sizes.get(address)!;
    const offset = Number(address - start);
    const guarded = new Uint8Array(offset + sizeBytes + GUARD_BYTES);
    this.device.memory.download(guarded, start);
    const content = guarded.slice(offset, offset + sizeBytes);
    const isWhole = [...guarded.subarray(0, offset), ...guarded.subarray(offset + sizeBytes)].every(
      (byte) => byte === GUARD,
    );
    assert.ok(isWhole, "something was written outside the tensor");
    return content;
  }

  release(): void {
    for (const { start } of this.#sizes.values()) this.device.memory.free(start);
    this.#sizes.clear();
  }
}

export function encode(values: Numbers, type: OperatorElement): Uint8Array {
  const floats = Float32Array.from(values);
  const array = type === "bfloat16" ? float32ToBfloat16(floats) : floats;
  return new Uint8Array(array.buffer);
}

/** Values as the type holds them. */
export function rounded(values: Numbers, type: OperatorElement): Float32Array {
  const floats = Float32Array.from(values);
  return type === "bfloat16" ? bfloat16ToFloat32(float32ToBfloat16(floats)) : floats;
}

export function assertClose(actual: Numbers, expected: Numbers, tolerance: number, what: string): void {
  assert.equal(actual.length, expected.length, what);
  let squares = 0;
  for (const value of expected) squares += value * value;
  const size = Math.sqrt(squares / expected.length);
  let worst = { error: 0, index: -1 };
  for (const [index, value] of expected.entries()) {
    const difference = Math.abs(actual[index]! - value);
    const error = difference === 0 ? 0 : difference / (Math.abs(value) + size);
    if (!(error <= worst.error)) worst = { error, index };
  }
  const { error, index } = worst;
  const got = `${what}: element ${index} is ${actual[index] ?? 0}, not ${expected[index] ?? 0} (error ${error})`;
  assert.ok(error <= tolerance, got);
}
