/** @file Many pictures small on one sheet, each with its id under it, so that it can be found again. */

import { TachieError } from "../../contract/errors.ts";
import type { GenerationRecord } from "../../contract/generation.ts";

/** Pictures of one sheet: more would be larger than programs like to open. */
export const MAX_SHEET_PICTURES = 400;
/** Pixels: a cell's picture, its caption, what is between cells. */
const [SIDE, CAPTION, GAP] = [256, 36, 12];
const BACKGROUND = "#ffffff";
const FEWEST_COLUMNS = 4;

/**
 * @returns a PNG
 * @throws image.invalid for a picture that cannot be decoded
 */
export async function drawSheet(records: readonly GenerationRecord[]): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  const columns = Math.min(records.length, Math.max(FEWEST_COLUMNS, Math.ceil(Math.sqrt(records.length))));
  const rows = Math.ceil(records.length / columns);
  const at = (index: number): { x: number; y: number } => ({
    x: GAP + (index % columns) * (SIDE + GAP),
    y: GAP + Math.floor(index / columns) * (SIDE + CAPTION + GAP),
  });
  const layers: { input: Buffer; left: number; top: number }[] = [];
  for (const [index, record] of records.entries()) {
    const { x, y } = at(index);
    const { data, info } = await shrink(record.file);
    layers.push({
      input: data,
      left: x + Math.floor((SIDE - info.width) / 2),
      top: y + Math.floor((SIDE - info.height) / 2),
    });
    layers.push({ input: Buffer.from(captionOf(record)), left: x, top: y + SIDE });
  }
  return sharp({
    create: {
      width: GAP + columns * (SIDE + GAP),
      height: GAP + rows * (SIDE + CAPTION + GAP),
      channels: 3,
      background: BACKGROUND,
    },
  })
    .composite(layers)
    .png()
    .toBuffer();

  async function shrink(file: string) {
    try {
      return await sharp(file)
        .resize(SIDE, SIDE, { fit: "inside", withoutEnlargement: true })
        .png({ compressionLevel: 1 })
        .toBuffer({ resolveWithObject: true });
    } catch (cause) {
      throw new TachieError("image.invalid", `${file} cannot be decoded: ${(cause as Error).message}`, {
        where: file,
        cause,
      });
    }
  }
}

/** Ids, seeds and sizes are letters and digits: nothing in them has to be escaped. */
function captionOf({ id, seed, width, height }: GenerationRecord): string {
  const middle = SIDE / 2;
  const text = (y: number, size: number, fill: string, words: string): string =>
    `<text x="${middle}" y="${y}" font-family="sans-serif" font-size="${size}" fill="${fill}" text-anchor="middle">${words}</text>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${CAPTION}">${text(15, 14, "#111111", id)}${text(30, 11, "#555555", `seed ${seed}, ${width} × ${height}`)}</svg>`;
}
