/**
 * @file The little arithmetic that sampling needs of a latent, so that solvers and guidance do not care where it lives:
 * in a Float32Array here, in device memory elsewhere.
 */

/** A coefficient and the latent it multiplies. */
export type Term<L> = readonly [coefficient: number, latent: L];

export interface LatentAlgebra<L> {
  /** The sum of coefficient times latent, as a new latent. There is at least one term. */
  combine(terms: readonly Term<L>[]): L | Promise<L>;
  /** The Euclidean norm over all elements. */
  norm(latent: L): number | Promise<number>;
  /**
   * unconditional + guidance x (conditional - unconditional), shortened to renorm x |conditional| where it is longer and
   * renorm > 0. Where absent, `guidedVelocity` puts it together from the others.
   */
  guide?(conditional: L, unconditional: L, guidance: number, renorm: number): L | Promise<L>;
  /**
   * Called between steps: of all latents made since the last call only `kept` are still needed. An implementation with
   * memory of its own gives the others back; where memory is collected it is left out.
   */
  keepOnly?(kept: readonly L[]): void;
}

/** Latents in ordinary memory. Sums are formed in float64 and rounded once. */
export const arrayAlgebra: LatentAlgebra<Float32Array> = {
  combine(terms) {
    const length = terms[0]?.[1].length ?? 0;
    const sum = new Float64Array(length);
    for (const [coefficient, latent] of terms)
      for (let index = 0; index < length; index++) sum[index]! += coefficient * latent[index]!;
    return Float32Array.from(sum);
  },
  norm(latent) {
    let sum = 0;
    for (const value of latent) sum += value * value;
    return Math.sqrt(sum);
  },
};
