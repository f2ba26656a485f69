/**
 * @file Contact sheets whose pictures carry numbers, for labels by eye. Digits are drawn as strokes, because a machine that
 * evaluates need not have fonts.
 */

import sharp from "sharp";
import type { RgbImage } from "../../../src-main/contract/generation.ts";
import { PICTURE } from "./pictures.ts";

export const SHEET_COLUMNS = 4;
export const SHEET_ROWS = 3;
const STRIP = 28;
const [DIGIT_WIDTH, DIGIT_HEIGHT, ADVANCE] = [10, 18, 16];

/** Seven strokes of a digit: top, upper left, upper right, middle, lower left, lower right, bottom. */
const STROKES = ["M0 0H1", "M0 0V1", "M1 0V1", "M0 1H1", "M0 1V2", "M1 1V2", "M0 2H1"] as const;
/** Which strokes each digit has, in that order. */
const DIGITS = [
  "1110111",
  "0010010",
  "1011101",
  "1011011",
  "0111010",
  "1101011",
  "1101111",
  "1010010",
  "1111111",
  "1111011",
] as const;

/** A number as SVG strokes, its upper left corner at x, y. */
export function numberStrokes(number: number, x: number, y: number): string {
  return Array.from(String(number), (digit, index) => {
    const lit = STROKES.filter((_, stroke) => DIGITS[Number(digit)]?.[stroke] === "1").join("");
    const place = `translate(${x + index * ADVANCE} ${y}) scale(${DIGIT_WIDTH} ${DIGIT_HEIGHT / 2})`;
    return `<path transform="${place}" d="${lit}" vector-effect="non-scaling-stroke"/>`;
  }).join("");
}

export const PICTURES_OF_SHEET = SHEET_COLUMNS * SHEET_ROWS;

/** A PNG of up to `PICTURES_OF_SHEET` pictures, numbered from `first`. */
export function numberedSheet(images: readonly RgbImage[], first: number): Promise<Buffer> {
  const place = (index: number): readonly [left: number, top: number] => [
    (index % SHEET_COLUMNS) * PICTURE,
    Math.floor(index / SHEET_COLUMNS) * (PICTURE + STRIP),
  ];
  const width = SHEET_COLUMNS * PICTURE;
  const height = Math.ceil(images.length / SHEET_COLUMNS) * (PICTURE + STRIP);
  const numbers = images.map((_, index) => {
    const [left, top] = place(index);
    return numberStrokes(first + index, left + 6, top + (STRIP - DIGIT_HEIGHT) / 2);
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><g fill="none" stroke="#000" stroke-width="2.5" stroke-linecap="round">${numbers.join("")}</g></svg>`;
  const tiles = images.map(({ width: imageWidth, height: imageHeight, pixels }, index) => {
    const [left, top] = place(index);
    const raw = { width: imageWidth, height: imageHeight, channels: 3 as const };
    return { input: Buffer.from(pixels), raw, left, top: top + STRIP };
  });
  return sharp({ create: { width, height, channels: 3, background: "#ffffff" } })
    .composite([...tiles, { input: Buffer.from(svg), left: 0, top: 0 }])
    .png()
    .toBuffer();
}
