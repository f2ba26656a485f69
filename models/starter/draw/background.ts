/** @file Every background that can be asked for: plain, patterned, outdoors, indoors. */

import { INDOORS } from "./background-indoors.ts";
import { OUTDOORS } from "./background-outdoors.ts";
import { PAGE, drawWeather } from "./background-sky.ts";
import type { Time, Weather } from "./background-sky.ts";
import { mix, tint } from "./colour.ts";
import { PLAIN_COLOURS } from "./palette.ts";
import type { PlainColour } from "./palette.ts";
import { around, d, ellipse, placed, rect, shape, sparkle } from "./pen.ts";
import type { Definitions } from "./pen.ts";
import { createRandom } from "./random.ts";

export type OutdoorPlace = keyof typeof OUTDOORS;
export type IndoorPlace = keyof typeof INDOORS;
export const PATTERNS = [
  "simple",
  "gradient",
  "polka_dot",
  "striped",
  "starry",
  "heart",
  "checkered",
  "floral",
] as const;
export type Pattern = (typeof PATTERNS)[number];

export type BackgroundSpec =
  | { readonly kind: "plain"; readonly pattern: Pattern; readonly colour: PlainColour }
  | { readonly kind: "outdoors"; readonly place: OutdoorPlace; readonly time: Time; readonly weather: Weather }
  | { readonly kind: "indoors"; readonly place: IndoorPlace; readonly time: Time };

export const OUTDOOR_PLACES = Object.keys(OUTDOORS) as OutdoorPlace[];
export const INDOOR_PLACES = Object.keys(INDOORS) as IndoorPlace[];

export function drawBackground(spec: BackgroundSpec, seed: number, definitions: Definitions): string {
  const random = createRandom(seed);
  switch (spec.kind) {
    case "plain":
      return drawPattern(spec.pattern, PLAIN_COLOURS[spec.colour], definitions);
    case "outdoors":
      return OUTDOORS[spec.place](spec.time, random, definitions) + drawWeather(spec.weather, random);
    case "indoors":
      return INDOORS[spec.place](spec.time, random, definitions);
  }
}

function drawPattern(pattern: Pattern, colour: string, definitions: Definitions): string {
  const base = rect(0, 0, PAGE, PAGE, colour);
  const other =
    colour === "#ffffff" ? "#e3e3ee" : colour === "#26252e" ? "#474556" : mix(tint(colour, 0.5), "#ffffff", 0.2);
  const grid = (step: number, draw: (x: number, y: number) => string): string => {
    let content = base;
    for (let row = 0; row * step < PAGE + step; row++)
      for (let column = 0; column * step < PAGE + step; column++)
        content += draw(column * step + (row % 2) * step * 0.5, row * step);
    return content;
  };
  switch (pattern) {
    case "simple":
      return base;
    case "gradient":
      return rect(
        0,
        0,
        PAGE,
        PAGE,
        definitions.gradient([
          [0, colour],
          [1, colour === "#ffffff" ? "#cfd6ea" : tint(colour, 0.78)],
        ]),
      );
    case "polka_dot":
      return grid(34, (x, y) => ellipse(x, y, 8, 8, other));
    case "striped":
      return (
        base + Array.from({ length: 9 }, (_, index) => shape(d`M${index * 44 - 120} 0h20l140 256h-20Z`, other)).join("")
      );
    case "starry":
      return grid(44, (x, y) => sparkle(x, y, 10, other));
    case "heart":
      return grid(44, (x, y) =>
        shape(
          d`M${x} ${y + 8}C${x - 16} ${y - 4} ${x - 7} ${y - 14} ${x} ${y - 5}C${x + 7} ${y - 14} ${x + 16} ${y - 4} ${x} ${y + 8}Z`,
          other,
        ),
      );
    case "checkered":
      return (
        base +
        Array.from({ length: 64 }, (_, index) =>
          (index + Math.floor(index / 8)) % 2 === 0
            ? ""
            : rect((index % 8) * 32, Math.floor(index / 8) * 32, 32, 32, other),
        ).join("")
      );
    case "floral":
      return grid(52, (x, y) =>
        placed(around(5, ellipse(0, -6, 4.4, 6, other)) + ellipse(0, 0, 3.2, 3.2, colour), x, y),
      );
  }
}
