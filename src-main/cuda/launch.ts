/**
 * @file Launches kernels by name with checked arguments.
 *
 * Arguments are written into memory that is made once; the driver copies them before the launch returns, so a launch
 * allocates nothing. One launcher belongs to one device and one thread.
 */

import koffi from "koffi";
import { TachieError } from "../contract/errors.ts";
import type { CudaDriver } from "./driver.ts";
import { KERNELS } from "./kernel-table.ts";
import type { ArgumentKind, KernelName } from "./kernel-table.ts";

/** One-dimensional, as all our kernels are. */
export interface LaunchShape {
  readonly blocks: number;
  /** Threads of a block. */
  readonly threads: number;
}

/** Addresses as bigint (0n for null), numbers as they are. */
export type KernelArgument = bigint | number;

/** What kernels run on: a GPU, or an emulation of one in tests. */
export interface KernelLauncher {
  /** Looks the kernel up, so that its first launch need not, which may fall into a graph's capture. */
  prepare(name: KernelName): void;
  /** Puts the kernel on the stream. */
  launch(name: KernelName, shape: LaunchShape, kernelArguments: readonly KernelArgument[], stream: bigint): void;
}

const SLOT_BYTES = 8;
const MOST_ARGUMENTS = Math.max(...Object.values(KERNELS).map((kinds) => kinds.length));

/** Arguments in memory, and the table of their addresses that a launch takes. */
export class ArgumentBlock {
  readonly #slots = new DataView(new ArrayBuffer(MOST_ARGUMENTS * SLOT_BYTES));
  readonly #table: BigUint64Array<ArrayBuffer>;
  /** Of the table. The memory of an ArrayBuffer never moves. */
  readonly address: bigint;

  constructor() {
    const start = koffi.address(this.#slots.buffer);
    this.#table = BigUint64Array.from({ length: MOST_ARGUMENTS }, (_, index) => start + BigInt(index * SLOT_BYTES));
    this.address = koffi.address(this.#table.buffer);
  }

  /** @throws internal.bug for arguments that are not of these kinds */
  write(name: KernelName, values: readonly KernelArgument[]): void {
    const kinds = KERNELS[name];
    if (values.length !== kinds.length)
      throw new TachieError("internal.bug", `kernel ${name} takes ${kinds.length} arguments, not ${values.length}`);
    for (let index = 0; index < kinds.length; index++)
      if (!this.#writeOne(index * SLOT_BYTES, kinds[index]!, values[index]!))
        throw new TachieError(
          "internal.bug",
          `argument ${index} of kernel ${name} is no ${kinds[index]!}: ${values[index]!}`,
        );
  }

  #writeOne(offset: number, kind: ArgumentKind, value: KernelArgument): boolean {
    if (kind === "pointer") {
      if (typeof value !== "bigint") return false;
      this.#slots.setBigUint64(offset, value, true);
      return true;
    }
    if (typeof value !== "number") return false;
    if (kind === "f32") {
      this.#slots.setFloat32(offset, value, true);
      return true;
    }
    if (kind === "i32") {
      this.#slots.setInt32(offset, value, true);
      return (value | 0) === value;
    }
    if (!Number.isSafeInteger(value)) return false;
    this.#slots.setBigInt64(offset, BigInt(value), true);
    return true;
  }
}

/** Launches on a GPU. Its context must be current on the calling thread. */
export class CudaLauncher implements KernelLauncher {
  readonly #driver: CudaDriver;
  readonly #module: bigint;
  readonly #kernels = new Map<KernelName, bigint>();
  readonly #block = new ArgumentBlock();

  /** @param image compiled kernels for this device */
  constructor(driver: CudaDriver, image: Uint8Array) {
    this.#driver = driver;
    this.#module = driver.loadModule(image);
  }

  prepare(name: KernelName): void {
    this.#handle(name);
  }

  launch(name: KernelName, shape: LaunchShape, kernelArguments: readonly KernelArgument[], stream: bigint): void {
    // Of nothing there is nothing to compute, and the driver refuses an empty grid.
    if (shape.blocks === 0) return;
    const kernel = this.#handle(name);
    this.#block.write(name, kernelArguments);
    const status = this.#driver.functions.cuLaunchKernel(
      kernel,
      shape.blocks,
      1,
      1,
      shape.threads,
      1,
      1,
      0,
      stream,
      this.#block.address,
      null,
    );
    if (status !== 0) this.#driver.check(status, `launch the kernel ${name}`);
  }

  release(): void {
    this.#driver.unloadModule(this.#module);
    this.#kernels.clear();
  }

  #handle(name: KernelName): bigint {
    let kernel = this.#kernels.get(name);
    if (kernel === undefined) {
      kernel = this.#driver.kernel(this.#module, name);
      this.#kernels.set(name, kernel);
    }
    return kernel;
  }
}
