/**
 * @file Places in the picture: a box on the stage as words of `<position>`, and words as a box. Boxes are in thousandths
 * of the picture, [left, top, right, bottom], as the envelope of the comfy dialect has them.
 */

import type { Box } from "./envelope.ts";
import { joinTags, parseTags, tagName } from "./tags.ts";

/** Where the middle of a box is for each word, in thousandths. */
const COLUMNS: ReadonlyMap<string, number> = new Map([
  ["far_left", 120],
  ["left", 220],
  ["left_side", 220],
  ["center_left", 350],
  ["center", 500],
  ["middle", 500],
  ["center_right", 650],
  ["right", 780],
  ["right_side", 780],
  ["far_right", 880],
]);
const ROWS: ReadonlyMap<string, number> = new Map([
  ["top", 250],
  ["bottom", 750],
]);
const CORNERS: ReadonlyMap<string, readonly [number, number]> = new Map(
  [...ROWS].flatMap(([row, y]) =>
    ["left", "center", "right"].map((column): [string, readonly [number, number]] => [
      `${row}_${column}`,
      [COLUMNS.get(column) ?? 500, y],
    ]),
  ),
);
const WHOLE = "full-frame";
const DEPTHS = ["foreground", "background"];

/** The picker's words, in rows. */
export const PLACE_GRID = [
  ["top_left", "top", "top_right"],
  ["left", "center", "right"],
  ["bottom_left", "bottom", "bottom_right"],
] as const;
export const FURTHER_PLACES = ["center_left", "center_right", "foreground", "background", WHOLE] as const;

function isPlace(name: string): boolean {
  return COLUMNS.has(name) || ROWS.has(name) || CORNERS.has(name) || name === WHOLE;
}

/** The word for where a box stands. */
export function wordOfBox([left, top, right, bottom]: Box): string {
  const width = right - left;
  const height = bottom - top;
  if (width >= 900 && height >= 900) return WHOLE;
  const x = (left + right) / 2;
  const y = (top + bottom) / 2;
  const row = height > 700 ? "" : y < 380 ? "top" : y > 620 ? "bottom" : "";
  if (row !== "") return x < 400 ? `${row}_left` : x > 600 ? `${row}_right` : row;
  if (x < 300) return "left";
  if (x < 430) return "center_left";
  if (x <= 570) return "center";
  return x <= 700 ? "center_right" : "right";
}

/** The field's text with the place in it replaced; depths and whatever else it holds stay. */
export function withPlace(position: string, word: string): string {
  const isDepth = DEPTHS.includes(word);
  const kept = parseTags(position)
    .map(({ text }) => text)
    .filter((text) => (isDepth ? !DEPTHS.includes(tagName(text)) : !isPlace(tagName(text))));
  return joinTags(isDepth ? [...kept, word] : [word, ...kept]);
}

export function hasPlace(position: string, word: string): boolean {
  return parseTags(position).some(({ text }) => tagName(text) === word);
}

/** A box for the words of a field; where they name no place the characters stand side by side. */
export function boxOfPosition(position: string, index: number, count: number): Box {
  const names = parseTags(position).map(({ text }) => tagName(text));
  if (names.includes(WHOLE)) return [0, 0, 1000, 1000];
  const corner = names.map((name) => CORNERS.get(name)).find((place) => place !== undefined);
  const column = names.map((name) => COLUMNS.get(name)).find((place) => place !== undefined);
  const row = names.map((name) => ROWS.get(name)).find((place) => place !== undefined);
  const width = Math.min(420, Math.max(220, 900 / Math.max(1, count)));
  const isPlaced = corner !== undefined || column !== undefined || row !== undefined;
  const x = corner?.[0] ?? column ?? (isPlaced ? 500 : ((index + 0.5) * 1000) / Math.max(1, count));
  const y = corner?.[1] ?? row ?? 520;
  const height = corner !== undefined || row !== undefined ? 460 : names.includes("background") ? 560 : 860;
  return boxAround(x, y, width, height);
}

function boxAround(x: number, y: number, width: number, height: number): Box {
  return movedBox([x - width / 2, y - height / 2, x + width / 2, y + height / 2], 0, 0);
}

/** The box moved, as far as the picture's edges allow. */
export function movedBox([left, top, right, bottom]: Box, dx: number, dy: number): Box {
  const width = Math.min(1000, right - left);
  const height = Math.min(1000, bottom - top);
  const x = clamp(left + dx, 0, 1000 - width);
  const y = clamp(top + dy, 0, 1000 - height);
  return [Math.round(x), Math.round(y), Math.round(x + width), Math.round(y + height)];
}

/** No box gets smaller than this, in thousandths. */
const SMALLEST = 80;

/** The box with its right lower corner moved. */
export function resizedBox([left, top, right, bottom]: Box, dx: number, dy: number): Box {
  return [
    left,
    top,
    Math.round(clamp(right + dx, left + SMALLEST, 1000)),
    Math.round(clamp(bottom + dy, top + SMALLEST, 1000)),
  ];
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), Math.max(low, high));
}
