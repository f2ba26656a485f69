/** @file A seed drawn here, for an author who wants to see it beforehand. */

/** Short enough to be read and typed: 32 bits are seeds enough. */
export function drawSeed(): number {
  const [seed = 0] = crypto.getRandomValues(new Uint32Array(1));
  return seed;
}
