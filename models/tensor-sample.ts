/**
 * @file Which parts of a large tensor to look at, where looking at all of it would take too long.
 */

export interface SampleBlock {
  /** Bytes from the tensor's beginning, a multiple of 8. */
  readonly offset: number;
  readonly length: number;
}

const BLOCKS = 4;

/**
 * The first, the last and two blocks between, evenly spread; the whole tensor where they would cover it.
 * @param blockBytes a multiple of 8, so that blocks hold whole elements
 */
export function sampleBlocks(length: number, blockBytes: number): readonly SampleBlock[] {
  if (length <= BLOCKS * blockBytes) return length === 0 ? [] : [{ offset: 0, length }];
  return Array.from({ length: BLOCKS }, (_, index) => {
    const spread = ((length - blockBytes) / (BLOCKS - 1)) * index;
    const offset = Math.floor(spread / 8) * 8;
    return { offset, length: index === BLOCKS - 1 ? length - offset : blockBytes };
  });
}
