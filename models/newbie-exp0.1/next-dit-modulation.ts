/**
 * @file What steers the blocks of a Next-DiT by time and pooled text: four factors [dim] a block, for its four norms.
 *
 * They are the same for all tokens, so they are folded into the norms' own weights; that is exact and saves two passes over
 * the tokens. Next to the blocks themselves the arithmetic is nothing, but every operator on a vector costs a launch, so
 * the vectors of several blocks are worked on as one matrix.
 */

import type { NetworkBuilder } from "../../src-main/graph/onnx-network.ts";
import type { Value } from "../../src-main/graph/onnx.ts";
import type { NextDitConfig } from "./next-dit-config.ts";
import type { BlockNames } from "./next-dit-names.ts";

/** Factors [dim] of the norms of a block, their own weights included. */
export interface BlockFactors {
  readonly attentionScale: Value;
  readonly attentionGate: Value;
  readonly ffnScale: Value;
  readonly ffnGate: Value;
}

/**
 * Blocks that are worked on together. With more than 32 parts the CUDA provider's Split and Concat take their lists of
 * addresses from a buffer on the host that is gone when a captured graph is replayed; a block has two parts in each.
 */
const BLOCKS_TOGETHER = 16;

/** The norms' own weights, for blocks that nothing steers. */
export function ownFactors(network: NetworkBuilder, { dim }: NextDitConfig, names: BlockNames): BlockFactors {
  const weight = (name: string): Value => network.parameter(`${name}.weight`, [dim], network.streamType);
  return {
    attentionScale: weight(names.attentionNorm1),
    attentionGate: weight(names.attentionNorm2),
    ffnScale: weight(names.ffnNorm1),
    ffnGate: weight(names.ffnNorm2),
  };
}

/**
 * The blocks with their factors, of the stream's type: scales are (1 + s) · weight, gates tanh(g) · weight.
 * @param condition SiLU of the conditioning vector, [1, timeDim], in the network's type
 */
export function steeredFactors<B extends { readonly names: BlockNames }>(
  network: NetworkBuilder,
  config: NextDitConfig,
  blocks: readonly B[],
  condition: Value,
): (B & { readonly factors: BlockFactors })[] {
  const groups = Array.from({ length: Math.ceil(blocks.length / BLOCKS_TOGETHER) }, (_, index) =>
    blocks.slice(index * BLOCKS_TOGETHER, (index + 1) * BLOCKS_TOGETHER),
  );
  return groups.flatMap((group) => groupFactors(network, config, group, condition));
}

function groupFactors<B extends { readonly names: BlockNames }>(
  network: NetworkBuilder,
  { dim, timeDim }: NextDitConfig,
  group: readonly B[],
  condition: Value,
): (B & { readonly factors: BlockFactors })[] {
  const vectors = group.map(({ names }) =>
    network.linear(condition, network.linearWeights(names.modulation, 4 * dim, timeDim, true)),
  );
  // [scale, gate] of the attention, then of the feed-forward, block after block.
  const pairs = network.reshape(network.cast(network.concat(vectors, 1), network.streamType), [-1, 2 * dim]);
  const [scales, gates] = network.split(pairs, [dim, dim], 1);
  const weights = (pick: (names: BlockNames) => readonly string[]): Value => {
    const stored = group
      .flatMap(({ names }) => pick(names))
      .map((name) => network.stored(network.checkpoint.tensor(`${name}.weight`, [dim]), [1, dim]));
    // Those of one type, as they nearly always are, are converted together.
    const isOneType = stored.every(({ type }) => type === stored[0]?.type);
    const joined = network.concat(isOneType ? stored : stored.map((one) => network.cast(one, network.streamType)), 0);
    return network.cast(joined, network.streamType);
  };
  const rows = (matrix: Value): readonly Value[] =>
    network.split(network.reshape(matrix, [-1]), Array<number>(2 * group.length).fill(dim), 0);
  const scaleRows = rows(
    network.multiply(
      network.addOne(scales),
      weights(({ attentionNorm1, ffnNorm1 }) => [attentionNorm1, ffnNorm1]),
    ),
  );
  const gateRows = rows(
    network.multiply(
      network.node("Tanh", [gates]),
      weights(({ attentionNorm2, ffnNorm2 }) => [attentionNorm2, ffnNorm2]),
    ),
  );
  return group.map((block, index) => ({
    ...block,
    factors: {
      attentionScale: at(scaleRows, 2 * index),
      attentionGate: at(gateRows, 2 * index),
      ffnScale: at(scaleRows, 2 * index + 1),
      ffnGate: at(gateRows, 2 * index + 1),
    },
  }));
}

function at(rows: readonly Value[], index: number): Value {
  const row = rows[index];
  if (row === undefined) throw new RangeError(`there is no row ${index} of ${rows.length}`);
  return row;
}
