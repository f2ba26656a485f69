/** @file Pictures for evaluation, made by the engine's own code, and contact sheets of them. */

import path from "node:path";
import sharp from "sharp";
import { TachieError } from "../../../src-main/contract/errors.ts";
import type { EngineJob, RgbImage } from "../../../src-main/contract/generation.ts";
import { DEFAULT_TOGGLES } from "../../../src-main/contract/toggles.ts";
import { createInference } from "../../../src-main/engine/inference.ts";
import { createCancelBuffer } from "../../../src-main/engine/shared-cancel.ts";
import { openModelFolder } from "../../model-folder.ts";
import { renderPixels } from "../draw/render.ts";
import { drawScene } from "../draw/scene.ts";
import type { SceneSpec } from "../draw/scene.ts";

export const STARTER = path.resolve(import.meta.dirname, "..");
/** Pixels of a picture's side. */
export const PICTURE = 256;

export type PictureMaker = (text: string, seed: number) => Promise<RgbImage>;

/** @param steps the model's own number where absent */
export function createPictureMaker(model: string, steps?: number): PictureMaker {
  const { manifest } = openModelFolder(model);
  const inference = createInference(() => undefined);
  const { sampling, negative } = manifest.defaults;
  return async (text, seed) => {
    const job: EngineJob = {
      model,
      loras: [],
      texts: { system: manifest.systemPrompt, positive: text, negative },
      seed,
      size: { width: PICTURE, height: PICTURE },
      sampling: { ...sampling, steps: steps ?? sampling.steps },
      toggles: DEFAULT_TOGGLES,
      provider: "auto",
      isPreviewWanted: false,
    };
    const context = { progress: () => undefined, signal: new AbortController().signal };
    return (await inference.generate({ job, cancel: createCancelBuffer() }, context)).image;
  };
}

/** A PNG with `columns` pictures a row. */
export function contactSheet(images: readonly RgbImage[], columns: number): Promise<Buffer> {
  const tiles = images.map(({ width, height, pixels }, index) => ({
    input: Buffer.from(pixels),
    raw: { width, height, channels: 3 as const },
    left: (index % columns) * PICTURE,
    top: Math.floor(index / columns) * PICTURE,
  }));
  const size = {
    width: Math.min(columns, images.length) * PICTURE,
    height: Math.ceil(images.length / columns) * PICTURE,
  };
  return sharp({ create: { ...size, channels: 3, background: "#ffffff" } })
    .composite(tiles)
    .png({ palette: true })
    .toBuffer();
}

/** What a perfect model would make of a scene. */
export function drawn(scene: SceneSpec): RgbImage {
  const rgba = renderPixels(drawScene(scene).svg, PICTURE);
  const pixels = new Uint8Array(PICTURE * PICTURE * 3);
  for (let from = 0, to = 0; from < rgba.length; from += 4, to += 3) pixels.set(rgba.subarray(from, from + 3), to);
  return { width: PICTURE, height: PICTURE, pixels };
}

/**
 * A number given as a command's option.
 * @throws usage.invalid
 */
export function wholeNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < least)
    throw new TachieError("usage.invalid", `--${option} is ${text}, but must be a whole number from ${least} up`, {
      remedy: "Give a number, or leave the option out.",
    });
  return value;
}
