/** @file Pictures for the demonstration, cut from the sheet of the starter model's training drawings. */

import type { RgbImage } from "../../src-main/contract/generation.ts";

const TILE = 256;
const COLUMNS = 8;
const ROWS = 6;
export const SAMPLE_COUNT = COLUMNS * ROWS;

export interface Sheet {
  /** Address of a sample, for an `<img>`. */
  address(index: number): string;
  /** A sample under noise, as a preview shows it. `share`: how far the picture is, from 0 to 1. */
  preview(index: number, share: number): RgbImage;
}

export async function readSheet(): Promise<Sheet> {
  const address = new URL("../../models/starter/drawings.png", import.meta.url).href;
  const response = await fetch(address);
  const bitmap = await createImageBitmap(await response.blob());
  const tiles = Array.from({ length: SAMPLE_COUNT }, (_, index) => cut(bitmap, index));
  const addresses = await Promise.all(
    tiles.map(async (tile) => URL.createObjectURL(await tile.convertToBlob({ type: "image/png" }))),
  );
  return {
    address: (index) => addresses[index % SAMPLE_COUNT] ?? "",
    preview: (index, share) => blur(tiles[index % SAMPLE_COUNT], share),
  };
}

function cut(sheet: ImageBitmap, index: number): OffscreenCanvas {
  const canvas = new OffscreenCanvas(TILE, TILE);
  const [left, top] = [(index % COLUMNS) * TILE, Math.floor(index / COLUMNS) * TILE];
  canvas.getContext("2d")?.drawImage(sheet, left, top, TILE, TILE, 0, 0, TILE, TILE);
  return canvas;
}

const PREVIEW = 64;

function blur(tile: OffscreenCanvas | undefined, share: number): RgbImage {
  const small = new OffscreenCanvas(PREVIEW, PREVIEW);
  const context = small.getContext("2d", { willReadFrequently: true });
  if (context === null || tile === undefined) throw new Error("no canvas to draw a preview on");
  context.filter = `blur(${(1 - share) * 8}px)`;
  context.drawImage(tile, 0, 0, PREVIEW, PREVIEW);
  const { data } = context.getImageData(0, 0, PREVIEW, PREVIEW);
  const pixels = new Uint8Array(PREVIEW * PREVIEW * 3);
  const noise = (1 - share) ** 1.5;
  for (let i = 0; i < PREVIEW * PREVIEW; i++)
    for (let c = 0; c < 3; c++)
      pixels[i * 3 + c] = (data[i * 4 + c] ?? 0) * (1 - noise) + (128 + (Math.random() - 0.5) * 170) * noise;
  return { width: PREVIEW, height: PREVIEW, pixels };
}
