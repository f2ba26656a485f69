/** @file The passes of one run through the transformer, some of which leave its layers out; see `step-cache.ts`. */

import { TachieError } from "../contract/errors.ts";
import type { Sized } from "./embedding-cache.ts";
import type { Denoiser, GuidanceBranch, LayerCache } from "./roles.ts";

/** @param values what the layers added to each token, [image tokens, width] */
export type ObserveLayers = (branch: GuidanceBranch, values: Float32Array, width: number) => void;

interface LayerOptions {
  readonly skips?: readonly boolean[];
  readonly observe?: ObserveLayers;
}

export class LayerPasses<L, P extends Sized> {
  readonly #denoiser: Denoiser<L, P>;
  readonly #cache: LayerCache<L, P> | undefined;
  readonly #skips: readonly boolean[];
  readonly #observe: ObserveLayers | undefined;
  readonly #skipped = new Set<number>();
  #evaluation = -1;

  /**
   * @param evaluations of the whole run
   * @throws internal.bug for skips or an observer where the networks cannot serve them, or skips of another run
   */
  constructor(denoiser: Denoiser<L, P>, evaluations: number, { skips, observe }: LayerOptions) {
    this.#denoiser = denoiser;
    this.#observe = observe;
    this.#skips = skips ?? Array<boolean>(evaluations).fill(false);
    if (this.#skips.length !== evaluations)
      throw new TachieError("internal.bug", `a plan of ${this.#skips.length} evaluations is given for ${evaluations}`);
    const isWanted = observe !== undefined || this.#skips.includes(true);
    if (isWanted && denoiser.layerCache === undefined)
      throw new TachieError("internal.bug", "the transformer was loaded without the step cache");
    this.#cache = isWanted ? denoiser.layerCache : undefined;
    this.#cache?.begin();
  }

  isSkipped(evaluation: number): boolean {
    return this.#skips[evaluation] === true;
  }

  /** Of the evaluation under way. */
  get isSkippedNow(): boolean {
    return this.isSkipped(this.#evaluation);
  }

  /** Evaluations that were skipped, in order. */
  get skipped(): number[] {
    return [...this.#skipped];
  }

  nextEvaluation(): void {
    this.#evaluation++;
  }

  async velocity(latent: L, time: number, prompt: P, branch: GuidanceBranch): Promise<L> {
    const cache = this.#cache;
    if (cache === undefined) return await this.#denoiser.velocity(latent, time, prompt);
    if (this.isSkippedNow) {
      this.#skipped.add(this.#evaluation);
      return await cache.reuse(latent, time, prompt, branch);
    }
    const velocity = await cache.store(latent, time, prompt, branch);
    if (this.#observe !== undefined) {
      const { width, values } = cache.kept(branch);
      this.#observe(branch, values, width);
    }
    return velocity;
  }
}
