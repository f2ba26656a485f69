/** @file The times of pictures of one kind, in order of time. */

import type { TimedPicture } from "../../src-main/contract/gallery.ts";
import { STAGES } from "../../src-main/contract/generation.ts";
import type { Stage } from "../../src-main/contract/generation.ts";

/** Pictures of one model, size, number of steps and processor, oldest first. */
export interface PictureKind {
  readonly name: string;
  readonly pictures: readonly TimedPicture[];
}

/** The most frequent first. */
export function kindsOf(pictures: readonly TimedPicture[]): readonly PictureKind[] {
  const kinds = new Map<string, TimedPicture[]>();
  for (const picture of pictures) {
    const { model, width, height, steps, provider } = picture;
    const name = `${model} · ${width} × ${height} · ${steps} · ${provider.toUpperCase()}`;
    kinds.set(name, [picture, ...(kinds.get(name) ?? [])]);
  }
  return [...kinds]
    .map(([name, ofOneKind]) => ({ name, pictures: ofOneKind }))
    .sort((one, other) => other.pictures.length - one.pictures.length);
}

/** Without loading, which depends on what was made before. */
export function workMs({ timings }: TimedPicture): number {
  return timings.totalMs - timings.loadMs;
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
}

export function stageMedians(
  pictures: readonly TimedPicture[],
): readonly { readonly stage: Stage; readonly ms: number }[] {
  return STAGES.filter((stage) => stage !== "load").map((stage) => ({
    stage,
    ms: medianOf(pictures.map(({ timings }) => timings[`${stage}Ms`])),
  }));
}
