/** @file From a draft to what is asked of the studio, and back from a stored picture to a draft. */

import type { Draft } from "../../src-main/contract/drafts.ts";
import type { GenerateRequest, GenerationRecord } from "../../src-main/contract/generation.ts";
import { MAX_SEED } from "../../src-main/contract/generation.ts";

/** An empty negative is left out, so that the model's own stands in for it; so are adapters that are switched off. */
export function requestOf(draft: Draft): GenerateRequest {
  const { text, negative, settings } = draft;
  const { loras = [], ...others } = settings;
  const used = loras.filter(({ isOff }) => isOff !== true).map(({ file, strength }) => ({ file, strength }));
  return {
    ...others,
    prompt: text,
    ...(used.length === 0 ? {} : { loras: used }),
    ...(negative.trim() === "" ? {} : { negative }),
  };
}

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
