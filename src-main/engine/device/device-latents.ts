/** @file Latents in device memory, and the sampler's arithmetic on them. Memory is kept from step to step and used again. */

import { TachieError } from "../../contract/errors.ts";
import type { DeviceTerm } from "../../cuda/latent-kernels.ts";
import type { DeviceMemory } from "../../ort/device.ts";
import type { LatentAlgebra, Term } from "../latent-algebra.ts";
import type { LatentKernels } from "./latent-kernels.ts";

const FLOAT_BYTES = 4;

/** float32 values, `count` of them, in the memory of a `DeviceLatents`. */
export interface DeviceLatent {
  readonly address: bigint;
  readonly count: number;
}

export class DeviceLatents {
  readonly #memory: DeviceMemory;
  readonly #kernels: LatentKernels;
  /** Handed out since the last `keepOnly`, or kept by it. */
  readonly #used = new Set<DeviceLatent>();
  #free: DeviceLatent[] = [];

  constructor(memory: DeviceMemory, kernels: LatentKernels) {
    this.#memory = memory;
    this.#kernels = kernels;
  }

  readonly algebra: LatentAlgebra<DeviceLatent> = {
    combine: (terms) => this.#combine(terms),
    norm: (latent) => Math.sqrt(this.#kernels.sumOfSquares(latent.address, latent.count)),
    guide: (conditional, unconditional, guidance, renorm) => {
      const out = this.take(conditional.count);
      const { address, count } = conditional;
      this.#kernels.guide(out.address, address, unconditional.address, count, guidance, renorm);
      return out;
    },
    keepOnly: (kept) => {
      for (const latent of this.#used) if (!kept.includes(latent)) this.#giveBack(latent);
    },
  };

  /** A latent whose values are not defined yet. @throws engine.out-of-memory */
  take(count: number): DeviceLatent {
    const index = this.#free.findIndex((latent) => latent.count === count);
    const [known] = index < 0 ? [] : this.#free.splice(index, 1);
    const latent = known ?? { address: this.#memory.allocate(count * FLOAT_BYTES), count };
    this.#used.add(latent);
    return latent;
  }

  fromHost(values: Float32Array): DeviceLatent {
    // A run begins here: what a run of another size, or one that was cut off, has left is not needed any more.
    this.algebra.keepOnly?.([]);
    this.#trim(values.length);
    const latent = this.take(values.length);
    this.#memory.upload(latent.address, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    return latent;
  }

  toHost({ address, count }: DeviceLatent): Float32Array {
    const values = new Float32Array(count);
    this.#memory.download(new Uint8Array(values.buffer), address);
    return values;
  }

  copy(from: bigint, count: number): DeviceLatent {
    const latent = this.take(count);
    this.#kernels.combine(latent.address, [[1, from]], count);
    return latent;
  }

  release(): void {
    this.algebra.keepOnly?.([]);
    this.#trim(0);
  }

  #combine(terms: readonly Term<DeviceLatent>[]): DeviceLatent {
    const [first] = terms;
    if (first === undefined) throw new TachieError("internal.bug", "a sum of no latents");
    const { count } = first[1];
    const out = this.take(count);
    const rest = terms.map(([coefficient, { address }]): DeviceTerm => [coefficient, address]);
    this.#kernels.combine(out.address, rest.splice(0, this.#kernels.maxTerms), count);
    while (rest.length > 0)
      this.#kernels.combine(out.address, [[1, out.address], ...rest.splice(0, this.#kernels.maxTerms - 1)], count);
    return out;
  }

  #giveBack(latent: DeviceLatent): void {
    this.#used.delete(latent);
    this.#free.push(latent);
  }

  #trim(keptCount: number): void {
    for (const { address, count } of this.#free) if (count !== keptCount) this.#memory.free(address);
    this.#free = this.#free.filter(({ count }) => count === keptCount);
  }
}
