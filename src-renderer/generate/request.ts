/** @file From a stored picture to a draft of others like it, and to what is asked for more of it. */

import type { Draft } from "../../src-main/contract/drafts.ts";
import type { GenerateRequest, GenerationRecord } from "../../src-main/contract/generation.ts";
import { MAX_SEED } from "../../src-main/contract/generation.ts";

/** Everything with which a picture was made, ready to be changed. */
export function draftOf(record: GenerationRecord): Draft {
  const { prompt, texts, dialect, model, seed, width, height, sampling, toggles } = record;
  // Whatever the files are now: a draft is the beginning of other pictures.
  const loras = record.loras.map(({ file, strength }) => ({ file, strength }));
  return {
    text: prompt,
    negative: texts.negative,
    dialect,
    settings: { model, loras, seed, count: 1, size: { width, height }, sampling, toggles },
  };
}

/** The same prompt and settings with the seeds that follow. */
export function variationsOf(record: GenerationRecord, count: number): GenerateRequest {
  const { prompt, texts, model, loras, seed, width, height, sampling, toggles, id } = record;
  return {
    prompt,
    negative: texts.negative,
    system: texts.system,
    model,
    loras,
    seed: seed > MAX_SEED - count ? 0 : seed + 1,
    count,
    size: { width, height },
    sampling,
    toggles,
    parentId: id,
  };
}

/** The very same picture once more. */
export function repeatOf(record: GenerationRecord): GenerateRequest {
  return { ...variationsOf(record, 1), seed: record.seed };
}
