/**
 * @file Every colour that has a name in a prompt, with the value it is drawn in.
 * Values of one table are far enough apart that a picture's colours can be told back to their names.
 */

import type { Colour } from "./colour.ts";

export const HAIR_COLOURS = {
  black: "#302c3c",
  brown: "#7d4b2e",
  blonde: "#f7d667",
  red: "#c8302f",
  pink: "#f78fba",
  blue: "#3a66dc",
  light_blue: "#93d3fa",
  green: "#41a058",
  purple: "#8d55cb",
  white: "#f3f0f7",
  grey: "#9493a1",
  orange: "#f2863a",
  aqua: "#2fc6b6",
} as const satisfies Record<string, Colour>;
export type HairColour = keyof typeof HAIR_COLOURS;

export const EYE_COLOURS = {
  blue: "#2458d8",
  light_blue: "#78c6fb",
  aqua: "#0cb2a6",
  green: "#1d9347",
  light_green: "#9bdc3f",
  yellow: "#f3cb1d",
  orange: "#f07c1a",
  red: "#d32234",
  pink: "#f06aa8",
  purple: "#8a3fd0",
  brown: "#834b28",
  grey: "#8c92a0",
  black: "#2f2b38",
} as const satisfies Record<string, Colour>;
export type EyeColour = keyof typeof EYE_COLOURS;

export const CLOTH_COLOURS = {
  white: "#f6f5fa",
  black: "#35333f",
  red: "#d23c42",
  blue: "#3f6ad0",
  light_blue: "#9fd4f5",
  pink: "#f4a0c0",
  green: "#4ba563",
  yellow: "#f5d254",
  purple: "#8c5cc6",
  brown: "#8e603f",
  grey: "#9b9daa",
  orange: "#ef8b3f",
  aqua: "#3fc4bd",
} as const satisfies Record<string, Colour>;
export type ClothColour = keyof typeof CLOTH_COLOURS;

export const SKIN_TONES = {
  pale_skin: "#fff1ea",
  light_skin: "#ffe0cb",
  tan: "#e6ad82",
  dark_skin: "#a86f4d",
} as const satisfies Record<string, Colour>;
export type SkinTone = keyof typeof SKIN_TONES;

/** Plain backgrounds by the colour in their tag. */
export const PLAIN_COLOURS = {
  white: "#ffffff",
  grey: "#b9bcc6",
  black: "#26252e",
  blue: "#8fb4ee",
  light_blue: "#cfe8fa",
  pink: "#f9cfdd",
  red: "#d9626a",
  green: "#b5dcb2",
  yellow: "#f9ecb0",
  purple: "#cdb8ec",
  orange: "#f8c797",
  brown: "#b7957a",
  aqua: "#a9e6df",
} as const satisfies Record<string, Colour>;
export type PlainColour = keyof typeof PLAIN_COLOURS;

export function keysOf<T extends string>(table: Readonly<Record<T, unknown>>): T[] {
  return Object.keys(table) as T[];
}
