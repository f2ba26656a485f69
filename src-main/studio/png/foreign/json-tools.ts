/** @file The tools that write their settings as JSON by plain names: NovelAI, InvokeAI, SwarmUI, Fooocus, Stability Matrix. */

import { readingOf, textAt, valueAt } from "./loose.ts";
import type { ForeignReading, LooseObject } from "./loose.ts";

/** Characters of one picture. */
const MAX_CHARACTERS = 64;

/** @param description the chunk `Description`, which holds the prompt too */
export function readNovelAi(comment: LooseObject, description: string | undefined): ForeignReading {
  const prompt = captionOf(valueAt(comment, "v4_prompt")) ?? textAt(comment, "prompt") ?? description;
  const negative = captionOf(valueAt(comment, "v4_negative_prompt")) ?? textAt(comment, "uc");
  return readingOf(prompt, negative, {
    seed: valueAt(comment, "seed"),
    width: valueAt(comment, "width"),
    height: valueAt(comment, "height"),
    steps: valueAt(comment, "steps"),
    guidance: valueAt(comment, "scale"),
    solver: valueAt(comment, "sampler"),
  });
}

/** From version 4 on: the scene, and a caption for each character, joined as NovelAI's own prompt box joins them. */
function captionOf(v4: unknown): string | undefined {
  const caption = valueAt(v4, "caption");
  const base = textAt(caption, "base_caption");
  if (base === undefined) return undefined;
  const characters = valueAt(caption, "char_captions");
  const others = (Array.isArray(characters) ? characters.slice(0, MAX_CHARACTERS) : [])
    .map((character: unknown) => textAt(character, "char_caption") ?? "")
    .filter((text) => text.trim() !== "");
  return [base, ...others].join("\n| ");
}

export function readInvokeAi(metadata: LooseObject | undefined): ForeignReading {
  return readingOf(textAt(metadata, "positive_prompt"), textAt(metadata, "negative_prompt"), {
    seed: valueAt(metadata, "seed"),
    width: valueAt(metadata, "width"),
    height: valueAt(metadata, "height"),
    steps: valueAt(metadata, "steps"),
    guidance: valueAt(metadata, "cfg_scale"),
    solver: valueAt(metadata, "scheduler"),
  });
}

export function readSwarmUi(parameters: LooseObject): ForeignReading {
  const params = valueAt(parameters, "sui_image_params");
  // What was typed, before wildcards were drawn, is beside it; the picture shows what was drawn.
  return readingOf(textAt(params, "prompt"), textAt(params, "negativeprompt"), {
    seed: valueAt(params, "seed"),
    width: valueAt(params, "width"),
    height: valueAt(params, "height"),
    steps: valueAt(params, "steps"),
    guidance: valueAt(params, "cfgscale"),
    solver: valueAt(params, "sampler"),
    schedule: valueAt(params, "scheduler"),
    shift: valueAt(params, "sigmashift"),
  });
}

export function readFooocus(parameters: LooseObject): ForeignReading {
  const [, width, height] = /(\d{1,6})\D+(\d{1,6})/.exec(textAt(parameters, "resolution")?.slice(0, 40) ?? "") ?? [];
  return readingOf(textAt(parameters, "prompt"), textAt(parameters, "negative_prompt"), {
    seed: valueAt(parameters, "seed"),
    width,
    height,
    steps: valueAt(parameters, "steps"),
    guidance: valueAt(parameters, "guidance_scale"),
    solver: valueAt(parameters, "sampler"),
    schedule: valueAt(parameters, "scheduler"),
  });
}

/** Where it wrote no text in A1111's form. */
export function readStabilityMatrix(parameters: LooseObject | undefined): ForeignReading {
  return readingOf(textAt(parameters, "PositivePrompt"), textAt(parameters, "NegativePrompt"), {
    seed: valueAt(parameters, "Seed"),
    width: valueAt(parameters, "Width"),
    height: valueAt(parameters, "Height"),
    steps: valueAt(parameters, "Steps"),
    guidance: valueAt(parameters, "CfgScale"),
    solver: valueAt(parameters, "Sampler"),
  });
}
