/**
 * @file Many pictures in a row, each unlike the one before: models, forms, sizes and prompts take turns, so that everything
 * that is loaded, captured and kept is given up and made again. The same on a GPU and on a stand-in for one.
 */

import type { EngineJob, ImageSize } from "../../src-main/contract/generation.ts";
import { OPTIMISATION_PRESETS } from "../../src-main/contract/toggles.ts";
import type { Toggles } from "../../src-main/contract/toggles.ts";
import type { InferenceService } from "../../src-main/engine/inference-service.ts";
import { createCancelBuffer } from "../../src-main/engine/shared-cancel.ts";
import type { Handlers } from "../../src-main/contract/wire.ts";

export interface Turn {
  readonly model: string;
  readonly toggles: Partial<Toggles>;
  readonly memory?: EngineJob["memory"];
}

export interface EnduranceOptions {
  readonly inference: Handlers<InferenceService>;
  /** Each makes one picture of every size before the next has its turn; all together are a round. */
  readonly turns: readonly Turn[];
  readonly sizes: readonly ImageSize[];
  readonly rounds: number;
  readonly steps: number;
  /** Bytes of device memory in use. */
  readonly usedBytes: () => number;
}

/** @returns the memory in use after each round, which ends as every other does, in bytes */
export async function endure(options: EnduranceOptions): Promise<number[]> {
  const { inference, turns, sizes, rounds, steps, usedBytes } = options;
  const used: number[] = [];
  const inRound = turns.length * sizes.length;
  let made = 0;
  for (let round = 0; round < rounds; round++) {
    for (const turn of turns)
      for (const size of sizes) {
        const job = jobOf(turn, size, steps, made, made % inRound);
        const { image } = await inference.generate({ job, cancel: createCancelBuffer() }, QUIET);
        made++;
        if (image.pixels.length !== 3 * size.width * size.height) throw new Error("a picture of another size");
      }
    used.push(usedBytes());
  }
  return used;
}

const QUIET = { signal: new AbortController().signal, progress: () => undefined };

function jobOf(
  { model, toggles, memory }: Turn,
  size: ImageSize,
  steps: number,
  number: number,
  place: number,
): EngineJob {
  // New every time, and as long as its like in every other round.
  const positive = `picture_${String(number).padStart(4, "0")} ${"red_hair ".repeat(1 + (place % 5) * 6)}`;
  return {
    model,
    loras: [],
    texts: { system: "", positive, negative: place % 2 === 0 ? "" : "bad hands" },
    seed: number,
    size,
    sampling: { steps, solver: "euler", schedule: "shift", shift: 3, guidance: 2.5, truncate: 1, renorm: 0 },
    toggles: { ...OPTIMISATION_PRESETS.exact, ...toggles },
    provider: "cuda",
    isPreviewWanted: place % 3 === 0,
    ...(memory === undefined ? {} : { memory }),
  };
}
