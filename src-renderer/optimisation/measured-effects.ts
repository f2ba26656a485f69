/** @file What a measured ladder tells of each toggle: the row in which it was turned on, against the one before. */

import { speedUp } from "../../src-main/contract/bench.ts";
import type { BenchReport, BenchRow, PictureDifference } from "../../src-main/contract/bench.ts";
import { TOGGLES } from "../../src-main/contract/toggles.ts";
import type { Toggle } from "../../src-main/contract/toggles.ts";

export interface MeasuredEffect {
  /** How many times as fast the steps became; over all rows that changed the toggle. */
  readonly factor: number;
  /** Bytes more that the engine took at most; absent where that is not known. */
  readonly memoryBytes?: number;
  /** From the picture without any optimisation, or for a lossy one from the last lossless picture. */
  readonly difference: PictureDifference;
  /** What was changed in the same row, so that the gain is not this toggle's alone. */
  readonly together: readonly Toggle[];
}

export function measuredEffects({ rows }: Pick<BenchReport, "rows">): ReadonlyMap<Toggle, MeasuredEffect> {
  const effects = new Map<Toggle, MeasuredEffect>();
  let before: BenchRow | undefined;
  for (const row of rows) {
    if (before !== undefined) {
      const changed = changedBetween(before, row);
      for (const toggle of changed) effects.set(toggle, effectOf(toggle, before, row, changed, effects.get(toggle)));
    }
    // A lossy row stands by itself: the next one is measured without it.
    if (row.isLossless) before = row;
  }
  return effects;
}

function changedBetween(before: BenchRow, row: BenchRow): readonly Toggle[] {
  return (Object.keys(TOGGLES) as Toggle[]).filter((toggle) => before.toggles[toggle] !== row.toggles[toggle]);
}

/** A toggle with several values is turned on step by step: its gains multiply. */
function effectOf(
  toggle: Toggle,
  before: BenchRow,
  row: BenchRow,
  changed: readonly Toggle[],
  known: MeasuredEffect | undefined,
): MeasuredEffect {
  const isKnown = row.peakMemoryBytes !== undefined && before.peakMemoryBytes !== undefined;
  const more = isKnown ? (row.peakMemoryBytes ?? 0) - (before.peakMemoryBytes ?? 0) : undefined;
  const memoryBytes = more === undefined ? undefined : more + (known?.memoryBytes ?? 0);
  return {
    factor: speedUp(row, before) * (known?.factor ?? 1),
    ...(memoryBytes === undefined ? {} : { memoryBytes }),
    difference: row.difference,
    together: [...new Set([...(known?.together ?? []), ...changed.filter((other) => other !== toggle)])],
  };
}
