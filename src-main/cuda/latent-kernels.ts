/**
 * @file The sampler's arithmetic on float32 latents in device memory, previews, pixels and casts. Everything goes onto the
 * memory's stream and nothing waits for it.
 */

import { TachieError } from "../contract/errors.ts";
import type { DeviceMemory } from "../ort/device.ts";
import type { KernelName } from "./kernel-table.ts";
import type { KernelArgument, KernelLauncher } from "./launch.ts";

/** A coefficient and the address of the latent that it multiplies. */
export type DeviceTerm = readonly [coefficient: number, latent: bigint];

export interface Guidance {
  readonly conditional: bigint;
  readonly unconditional: bigint;
  /** Guidance scale w of v = v_u + w (v_c - v_u). */
  readonly weight: number;
  /** r > 0: a v longer than r |v_c| over all elements is shortened to that; 0: never. */
  readonly renorm: number;
}

/** x' = x + dt v. `out` may be `x`. */
export interface EulerUpdate {
  readonly x: bigint;
  readonly dt: number;
  readonly out: bigint;
}

const THREADS = 256;
/** Blocks that leave a part of a sum each, as in kernels/sampler.cu. */
const PARTS = 64;
/** Latents of one `linearCombine`. */
export const MOST_TERMS = 4;
/** Parts of two sums, float32. */
const SCRATCH_BYTES = 2 * PARTS * 4;

export class LatentKernels {
  readonly #launcher: KernelLauncher;
  readonly #memory: DeviceMemory;
  /** Kernels of one stream follow each other, so one place serves all sums. */
  readonly #parts: bigint;

  constructor(launcher: KernelLauncher, memory: DeviceMemory) {
    this.#launcher = launcher;
    this.#memory = memory;
    this.#parts = memory.allocate(SCRATCH_BYTES);
  }

  release(): void {
    this.#memory.free(this.#parts);
  }

  /** out [count] = the sum of coefficient times latent over one to four terms. `out` may be one of the latents. */
  linearCombine(out: bigint, terms: readonly DeviceTerm[], count: number): void {
    if (terms.length < 1 || terms.length > MOST_TERMS)
      throw new TachieError("internal.bug", `${terms.length} latents are combined at once, not 1 to ${MOST_TERMS}`);
    const latents = Array.from({ length: MOST_TERMS }, (_, index) => terms[index]?.[1] ?? 0n);
    const coefficients = Array.from({ length: MOST_TERMS }, (_, index) => terms[index]?.[0] ?? 0);
    this.#flat("linearCombine", count, [out, ...latents, ...coefficients, terms.length, count]);
  }

  /** sums [2] on the device = the sums of squares of a [count] and of b [count], or 0 where there is no b. */
  sumOfSquares(sums: bigint, a: bigint, b: bigint | undefined, count: number): void {
    this.#launch("squareParts", PARTS, [a, b ?? 0n, this.#parts, count]);
    this.#launch("addParts", 1, [this.#parts, sums]);
  }

  /**
   * The guided velocity [count], into `velocity` where it is given, and a step along it where `update` is given. Outputs
   * may be the inputs.
   */
  guide(guidance: Guidance, count: number, to: { velocity?: bigint; update?: EulerUpdate }): void {
    const { conditional, unconditional, weight, renorm } = guidance;
    const { velocity, update } = to;
    if (renorm > 0) this.#launch("guidanceParts", PARTS, [conditional, unconditional, weight, this.#parts, count]);
    const { x, dt, out } = update ?? { x: 0n, dt: 0, out: 0n };
    const values = [conditional, unconditional, weight, renorm, this.#parts, velocity ?? 0n, x, dt, out, count];
    this.#flat("guide", count, values);
  }

  /** Adds to the int32 at `counter` how many of the values [count] are infinite or not a number. */
  countNonFinite(counter: bigint, values: bigint, count: number): void {
    this.#flat("countNonFinite", count, [values, counter, count]);
  }

  /** planes [3, area], -1 to 1, to pixels [area, 3], uint8, exactly as engine/pixels.ts makes them. */
  planesToRgb8(pixels: bigint, planes: bigint, area: number): void {
    this.#flat("planesToRgb8", area, [planes, pixels, area]);
  }

  /** latent [channels, area] and factors [3, channels + 1], float32, to pixels [area, 3], uint8; see engine/preview.ts. */
  latentPreview(pixels: bigint, latent: bigint, factors: bigint, shape: { channels: number; area: number }): void {
    this.#flat("latentPreview", shape.area, [latent, factors, pixels, shape.channels, shape.area]);
  }

  /** float32 [count] to bfloat16, rounded to the nearest, ties to even. */
  castToBf16(to: bigint, from: bigint, count: number): void {
    this.#cast("castToBf16", to, from, count);
  }

  /** bfloat16 [count] to float32. */
  castToF32(to: bigint, from: bigint, count: number): void {
    this.#cast("castToF32", to, from, count);
  }

  /** Eight elements a thread, 16 bytes at a time where both addresses allow. */
  #cast(kernel: "castToBf16" | "castToF32", to: bigint, from: bigint, count: number): void {
    const isAligned = ((to | from) & 15n) === 0n;
    const name: KernelName = isAligned ? kernel : `${kernel}_scalar`;
    this.#launch(name, Math.ceil(count / (8 * THREADS)), [from, to, count]);
  }

  /** One element a thread. */
  #flat(name: KernelName, count: number, values: readonly KernelArgument[]): void {
    this.#launch(name, Math.ceil(count / THREADS), values);
  }

  #launch(name: KernelName, blocks: number, values: readonly KernelArgument[]): void {
    this.#launcher.launch(name, { blocks, threads: THREADS }, values, this.#memory.stream);
  }
}
