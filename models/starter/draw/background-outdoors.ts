/** @file Places under the open sky, in the light of the time of day. */

import { shade, tint } from "./colour.ts";
import { PAGE, drawSky, lit } from "./background-sky.ts";
import type { Time } from "./background-sky.ts";
import { d, ellipse, line, rect, shape, taper } from "./pen.ts";
import type { Definitions } from "./pen.ts";
import type { Random } from "./random.ts";

type Place = (time: Time, random: Random, definitions: Definitions) => string;

function hill(y: number, rise: number, colour: string, random: Random): string {
  const [a, b] = [random.between(-rise, rise), random.between(-rise, rise)];
  return shape(
    d`M0 ${y + a}C60 ${y - rise + b} 110 ${y + rise} 150 ${y}S230 ${y - rise} ${PAGE} ${y + b}L${PAGE} ${PAGE}L0 ${PAGE}Z`,
    colour,
  );
}

function tree(x: number, base: number, size: number, leaf: string, trunk: string): string {
  const s = size;
  return (
    shape(
      d`M${x - 5 * s} ${base}L${x - 3.4 * s} ${base - 40 * s}L${x + 3.4 * s} ${base - 40 * s}L${x + 5 * s} ${base}Z`,
      trunk,
    ) +
    ellipse(x, base - 62 * s, 27 * s, 30 * s, leaf) +
    ellipse(x - 16 * s, base - 46 * s, 18 * s, 17 * s, leaf) +
    ellipse(x + 17 * s, base - 46 * s, 18 * s, 17 * s, shade(leaf, 0.14)) +
    ellipse(x - 8 * s, base - 72 * s, 12 * s, 11 * s, tint(leaf, 0.2))
  );
}

const blueSky: Place = (time, random, definitions) =>
  drawSky(time, random, definitions) + hill(232, 5, lit(time)("#8dcb6f"), random);

const beach: Place = (time, random, definitions) => {
  const c = lit(time);
  const foam = (y: number): string =>
    line(d`M-4 ${y}Q28 ${y - 5} 60 ${y}T124 ${y}T188 ${y}T262 ${y}`, c("#e3f6ff"), 2.6);
  return (
    drawSky(time, random, definitions) +
    rect(0, 134, PAGE, 60, c("#2f9fd6")) +
    rect(0, 134, PAGE, 14, c("#56b9e4")) +
    foam(154) +
    foam(172) +
    shape(d`M0 190Q70 180 130 188T256 184L256 256L0 256Z`, c("#f8e3b2")) +
    line(d`M0 190Q70 180 130 188T256 184`, c("#ffffff"), 4) +
    ellipse(random.between(20, 236), 230, 7, 4, c("#ef9a86")) +
    ellipse(random.between(20, 236), 240, 5, 3, c("#fff8ea"))
  );
};

const forest: Place = (time, random, definitions) => {
  const c = lit(time);
  let content = drawSky(time, random, definitions) + rect(0, 60, PAGE, 196, c("#a8d6a0"));
  for (let index = 0; index < 7; index++)
    content += tree(index * 42 + random.between(-8, 8), 214, random.between(1.15, 1.5), c("#7fbf7c"), c("#a98a66"));
  for (let index = 0; index < 5; index++)
    content += tree(
      index * 62 + random.between(-12, 12),
      236,
      random.between(1.7, 2.1),
      c(index % 2 === 0 ? "#3f9150" : "#4da35c"),
      c("#7b5638"),
    );
  return content + hill(234, 4, c("#6fb65a"), random);
};

const cityscape: Place = (time, random, definitions) => {
  const c = lit(time);
  let content = drawSky(time, random, definitions);
  const window = time === "day" ? "#dbe7f7" : "#ffe79a";
  for (const [row, base, colour] of [
    [0, 80, "#a9b8d6"],
    [1, 40, "#8393b8"],
  ] as const) {
    for (let x = -6 - row * 12; x < PAGE;) {
      const [width, height] = [random.between(26, 42), base + random.between(30, 90)];
      const top = 234 - height;
      content += rect(x, top, width, height, c(colour)) + rect(x + width - 7, top, 7, height, c(shade(colour, 0.18)));
      if (row === 1)
        for (let y = top + 8; y < 222; y += 15)
          for (let column = x + 5; column < x + width - 11; column += 10)
            if (random.chance(0.8)) content += rect(column, y, 5, 7, window);
      x += width + 2;
    }
  }
  return content + rect(0, 230, PAGE, 26, c("#6a7188")) + line("M0 244L256 244", c("#e8e6d8"), 2);
};

const mountain: Place = (time, random, definitions) => {
  const c = lit(time);
  const peak = (x: number, y: number, width: number, colour: string): string =>
    shape(d`M${x - width} 220L${x} ${y}L${x + width} 220Z`, c(colour)) +
    shape(d`M${x} ${y}L${x + width} 220L${x + width * 0.25} 220Z`, c(shade(colour, 0.18))) +
    shape(
      d`M${x - width * 0.24} ${y + (220 - y) * 0.24}L${x} ${y}L${x + width * 0.24} ${y + (220 - y) * 0.24}L${x + width * 0.1} ${y + (220 - y) * 0.19}L${x} ${y + (220 - y) * 0.29}L${x - width * 0.1} ${y + (220 - y) * 0.19}Z`,
      c("#ffffff"),
    );
  return (
    drawSky(time, random, definitions) +
    peak(random.between(30, 70), 84, 110, "#8ea3c6") +
    peak(random.between(170, 220), 66, 130, "#7c93bb") +
    hill(206, 8, c("#7fbb74"), random) +
    hill(232, 5, c("#63a75b"), random)
  );
};

const flowerField: Place = (time, random, definitions) => {
  const c = lit(time);
  let content =
    drawSky(time, random, definitions) + hill(168, 8, c("#9ed27f"), random) + hill(196, 5, c("#7fc067"), random);
  const colours = ["#ff8fb5", "#fff3a8", "#ffffff", "#f2707d", "#b79af0"];
  for (let index = 0; index < 90; index++) {
    const y = 186 + 70 * Math.sqrt(index / 90);
    const size = 1.4 + (y - 180) / 26;
    const x = random.between(0, PAGE);
    const colour = c(random.pick(colours));
    content += ellipse(x, y, size, size * 0.85, colour) + ellipse(x, y, size * 0.4, size * 0.36, c("#f5c84a"));
  }
  return content;
};

const cherryBlossoms: Place = (time, random, definitions) => {
  const c = lit(time);
  let content = drawSky(time, random, definitions) + hill(226, 4, c("#a6d68a"), random);
  const branch = (side: number): string =>
    taper(
      [side < 0 ? -8 : 264, 8 + random.between(0, 12)],
      [side < 0 ? 60 : 196, random.between(20, 44)],
      [side < 0 ? 118 : 140, random.between(34, 60)],
      c("#6d4a3c"),
      6,
    );
  content += branch(-1) + branch(1);
  for (let index = 0; index < 62; index++) {
    const x = random.between(-6, PAGE + 6);
    const y = random.between(-4, 40 + Math.abs(x - 128) * 0.34);
    const size = random.between(6, 12);
    content += ellipse(
      x,
      y,
      size,
      size * 0.82,
      c(index % 3 === 0 ? "#f78fb5" : index % 3 === 1 ? "#ffc3d8" : "#fbaac8"),
    );
  }
  return content;
};

const snow: Place = (time, random, definitions) => {
  const c = lit(time);
  const pine = (x: number, base: number, s: number): string =>
    [0, 1, 2]
      .map(
        (step) =>
          shape(
            d`M${x - (24 - step * 6) * s} ${base - step * 18 * s}L${x} ${base - (34 + step * 18) * s}L${x + (24 - step * 6) * s} ${base - step * 18 * s}Z`,
            c("#5f8f86"),
          ) +
          shape(
            d`M${x - (11 - step * 2) * s} ${base - (18 + step * 18) * s}L${x} ${base - (34 + step * 18) * s}L${x + (11 - step * 2) * s} ${base - (18 + step * 18) * s}Q${x} ${base - (13 + step * 18) * s} ${x - (11 - step * 2) * s} ${base - (18 + step * 18) * s}Z`,
            c("#ffffff"),
          ),
      )
      .join("");
  return (
    drawSky(time, random, definitions) +
    rect(0, 0, PAGE, PAGE, "#dfe8f5").replace("/>", ` fill-opacity="${time === "day" ? 0.55 : 0.15}"/>`) +
    hill(186, 8, c("#e3ecf7"), random) +
    pine(random.between(10, 50), 214, 1.5) +
    pine(random.between(206, 246), 220, 1.7) +
    pine(random.between(90, 160), 204, 1) +
    hill(216, 6, c("#fbfdff"), random)
  );
};

const shrine: Place = (time, random, definitions) => {
  const c = lit(time);
  const red = c("#d2453c");
  const x = 128 + random.between(-8, 8);
  const post = (side: number): string =>
    shape(d`M${x + side * 78} 236L${x + side * 70} 72L${x + side * 60} 72L${x + side * 66} 236Z`, red) +
    rect(x + side * 71 - 9, 224, 20, 14, c("#3a3540"));
  let content = drawSky(time, random, definitions);
  for (let index = 0; index < 6; index++)
    content += tree(index * 52 + random.between(-8, 8), 224, 1.35, c("#5aa263"), c("#7b5638"));
  return (
    content +
    hill(228, 3, c("#c7bfae"), random) +
    post(-1) +
    post(1) +
    rect(x - 84, 92, 168, 13, red) +
    shape(d`M${x - 108} 52Q${x} 66 ${x + 108} 52L${x + 102} 72Q${x} 82 ${x - 102} 72Z`, c("#3a3540")) +
    shape(d`M${x - 98} 70Q${x} 80 ${x + 98} 70L${x + 95} 80Q${x} 88 ${x - 95} 80Z`, red) +
    rect(x - 8, 78, 16, 18, c("#3a3540"))
  );
};

const ocean: Place = (time, random, definitions) => {
  const c = lit(time);
  let content =
    drawSky(time, random, definitions) + rect(0, 140, PAGE, 116, c("#2b8fce")) + rect(0, 140, PAGE, 26, c("#4aa9dd"));
  for (let index = 0; index < 26; index++) {
    const [x, y] = [random.between(0, PAGE), random.between(150, 254)];
    const width = 5 + (y - 150) / 7;
    content += line(d`M${x - width} ${y}Q${x} ${y - width * 0.3} ${x + width} ${y}`, c("#bfe7fa"), 1.8);
  }
  return content;
};

export const OUTDOORS = {
  blue_sky: blueSky,
  beach,
  ocean,
  forest,
  cityscape,
  mountain,
  flower_field: flowerField,
  cherry_blossoms: cherryBlossoms,
  snow,
  shrine,
} as const satisfies Record<string, Place>;
