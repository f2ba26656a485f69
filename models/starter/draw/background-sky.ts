/** @file Sky, light and weather: what the time of day does to every outdoor background. */

import { mix } from "./colour.ts";
import type { Colour } from "./colour.ts";
import { d, ellipse, line, rect, shape, sparkle } from "./pen.ts";
import type { Definitions } from "./pen.ts";
import type { Random } from "./random.ts";

export const TIMES = ["day", "sunset", "night"] as const;
export type Time = (typeof TIMES)[number];

export const WEATHERS = ["clear", "rain", "snowing", "petals", "falling_leaves"] as const;
export type Weather = (typeof WEATHERS)[number];

/** The picture is a square of this many units; it is drawn at any size. */
export const PAGE = 256;

interface Sky {
  readonly top: Colour;
  readonly bottom: Colour;
  readonly cloud: Colour;
  /** What things are tinted with, and how much. */
  readonly tint: Colour;
  readonly amount: number;
}

const SKIES: Readonly<Record<Time, Sky>> = {
  day: { top: "#5fb0f0", bottom: "#d8f0fd", cloud: "#ffffff", tint: "#ffffff", amount: 0 },
  sunset: { top: "#6a4f9e", bottom: "#ffab66", cloud: "#ffc9a3", tint: "#e8754a", amount: 0.3 },
  night: { top: "#111a45", bottom: "#3f4f96", cloud: "#4a5796", tint: "#182050", amount: 0.58 },
};

/** Colours scenery for a time of day. */
export function lit(time: Time): (colour: Colour) => Colour {
  const { tint, amount } = SKIES[time];
  return (colour) => mix(colour, tint, amount);
}

export function skyFill(time: Time, definitions: Definitions): string {
  const sky = SKIES[time];
  return definitions.gradient([
    [0, sky.top],
    [1, sky.bottom],
  ]);
}

export function cloud(x: number, y: number, size: number, colour: Colour): string {
  const s = size;
  return shape(
    d`M${x - 30 * s} ${y + 8 * s}C${x - 40 * s} ${y + 8 * s} ${x - 40 * s} ${y - 6 * s} ${x - 27 * s} ${y - 5 * s}C${x - 27 * s} ${y - 17 * s} ${x - 9 * s} ${y - 20 * s} ${x - 5 * s} ${y - 11 * s}C${x + 3 * s} ${y - 19 * s} ${x + 18 * s} ${y - 15 * s} ${x + 16 * s} ${y - 5 * s}C${x + 30 * s} ${y - 8 * s} ${x + 36 * s} ${y + 8 * s} ${x + 24 * s} ${y + 8 * s}Z`,
    colour,
  );
}

/** Sky with sun, clouds, moon or stars over the whole page. */
export function drawSky(time: Time, random: Random, definitions: Definitions): string {
  const sky = SKIES[time];
  let content = rect(0, 0, PAGE, PAGE, skyFill(time, definitions));
  if (time === "night") {
    for (let star = 0; star < 36; star++) {
      const [x, y, size] = [random.between(0, PAGE), random.between(0, 190), random.between(0.6, 1.6)];
      content += star % 6 === 0 ? sparkle(x, y, size * 3, "#fff6cf", 0.9) : ellipse(x, y, size, size, "#fff6cf");
    }
    const [x, y] = [random.chance(0.5) ? random.between(24, 70) : random.between(186, 232), random.between(26, 54)];
    content +=
      ellipse(x, y, 34, 34, definitions.glow("#fdf0b8", 0.5)) +
      shape(d`M${x + 6} ${y - 17}A18 18 0 1 0 ${x + 17} ${y + 8}A14 14 0 0 1 ${x + 6} ${y - 17}Z`, "#fdf0b8");
  } else if (time === "sunset") {
    const x = random.between(50, 206);
    content += ellipse(x, 168, 96, 96, definitions.glow("#fff0b0", 0.8)) + ellipse(x, 168, 30, 30, "#ffe7a0");
  }
  if (time !== "night") {
    content += cloud(random.between(20, 90), random.between(26, 56), random.between(0.7, 1.05), sky.cloud);
    content += cloud(random.between(160, 236), random.between(40, 84), random.between(0.6, 0.9), sky.cloud);
    content += cloud(random.between(80, 170), random.between(16, 30), random.between(0.4, 0.6), sky.cloud);
  }
  return content;
}

/** What falls from the sky, drawn behind the characters. */
export function drawWeather(weather: Weather, random: Random): string {
  let content = "";
  const scatter = (count: number, draw: (x: number, y: number, size: number) => string): void => {
    for (let index = 0; index < count; index++)
      content += draw(random.between(-6, PAGE + 6), random.between(-6, PAGE + 6), random.next());
  };
  switch (weather) {
    case "clear":
      return "";
    case "rain":
      content += rect(0, 0, PAGE, PAGE, "#5d6f93").replace("/>", ' fill-opacity="0.32"/>');
      scatter(64, (x, y, size) => line(d`M${x} ${y}l-4 ${12 + size * 9}`, "#e4f1ff", 1 + size * 0.7, 0.75));
      return content;
    case "snowing":
      scatter(62, (x, y, size) => ellipse(x, y, 1.3 + size * 2.6, 1.3 + size * 2.6, "#ffffff"));
      return content;
    case "petals":
      scatter(
        34,
        (x, y, size) =>
          `<g transform="rotate(${Math.round(size * 180)} ${Math.round(x)} ${Math.round(y)})">${shape(d`M${x - 4} ${y}Q${x} ${y - 4} ${x + 5} ${y - 1}Q${x + 1} ${y + 4} ${x - 4} ${y}Z`, size > 0.5 ? "#ffb3cf" : "#f88fb6")}</g>`,
      );
      return content;
    case "falling_leaves":
      scatter(
        24,
        (x, y, size) =>
          `<g transform="rotate(${Math.round(size * 240)} ${Math.round(x)} ${Math.round(y)})">${shape(d`M${x - 7} ${y}Q${x} ${y - 6} ${x + 7} ${y}Q${x} ${y + 6} ${x - 7} ${y}Z`, size > 0.6 ? "#e2762e" : size > 0.3 ? "#eaa932" : "#c8452f", "#8c4a24", 0.9)}</g>`,
      );
      return content;
  }
}
