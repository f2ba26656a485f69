/** @file Rooms, with a window that shows the time of day where there is one. */

import { mix, tint } from "./colour.ts";
import { PAGE, lit, skyFill } from "./background-sky.ts";
import type { Time } from "./background-sky.ts";
import { d, ellipse, line, rect, shape } from "./pen.ts";
import type { Definitions } from "./pen.ts";
import type { Random } from "./random.ts";

type Room = (time: Time, random: Random, definitions: Definitions) => string;

/** Lamps are on at night, so rooms darken less than the world outside. */
function roomLight(time: Time): (colour: string) => string {
  const outside = lit(time);
  return time === "day" ? outside : (colour) => mix(colour, outside(colour), 0.45);
}

function window(
  x: number,
  y: number,
  width: number,
  height: number,
  time: Time,
  definitions: Definitions,
  frame = "#ffffff",
): string {
  const [middle, half] = [x + width / 2, y + height / 2];
  const sky = rect(x, y, width, height, skyFill(time, definitions));
  const sign =
    time === "night"
      ? ellipse(x + width * 0.72, y + height * 0.26, 7, 7, "#fdf0b8")
      : time === "sunset"
        ? ellipse(x + width * 0.3, y + height * 0.8, 12, 12, "#ffe7a0")
        : ellipse(x + width * 0.34, y + height * 0.3, 13, 6, "#ffffff") +
          ellipse(x + width * 0.5, y + height * 0.36, 11, 5, "#ffffff");
  return (
    sky +
    sign +
    line(d`M${x} ${y}L${x + width} ${y}L${x + width} ${y + height}L${x} ${y + height}Z`, frame, 6) +
    line(d`M${middle} ${y}L${middle} ${y + height}M${x} ${half}L${x + width} ${half}`, frame, 3.6)
  );
}

const classroom: Room = (time, random, definitions) => {
  const c = roomLight(time);
  const x = random.chance(0.5) ? 0 : 1;
  const board =
    rect(x === 0 ? 12 : 84, 34, 160, 82, c("#3f6f58")) +
    line(d`M${x === 0 ? 12 : 84} 34h160v82h-160Z`, c("#9c7448"), 6) +
    line(d`M${x === 0 ? 30 : 102} 54h52M${x === 0 ? 30 : 102} 68h34M${x === 0 ? 30 : 102} 82h44`, c("#dfeee4"), 2.2);
  return (
    rect(0, 0, PAGE, PAGE, c("#f6ead0")) +
    rect(0, 196, PAGE, 60, c("#c99d68")) +
    line("M0 196L256 196", c("#a67a4a"), 3) +
    line("M30 256L58 196M128 256L128 196M226 256L198 196", c("#b48a58"), 1.6) +
    board +
    window(x === 0 ? 194 : 12, 36, 50, 84, time, definitions, c("#ffffff"))
  );
};

const bedroom: Room = (time, random, definitions) => {
  const c = roomLight(time);
  const left = random.chance(0.5);
  const curtain = (x: number, sign: number): string =>
    shape(d`M${x} 22L${x + sign * 26} 22Q${x + sign * 16} 70 ${x + sign * 24} 132L${x} 132Z`, c("#f6a8bd")) +
    line(d`M${x + sign * 9} 22Q${x + sign * 7} 70 ${x + sign * 9} 132`, c("#dd8aa2"), 1.6);
  const x = left ? 26 : 142;
  return (
    rect(0, 0, PAGE, PAGE, c("#fbe6df")) +
    [0, 1, 2, 3, 4, 5, 6, 7].map((stripe) => rect(stripe * 34 + 6, 0, 10, 190, c("#f8dcd6"))).join("") +
    rect(0, 190, PAGE, 66, c("#d9b48e")) +
    window(x, 26, 88, 96, time, definitions, c("#ffffff")) +
    curtain(x - 6, 1) +
    curtain(x + 94, -1) +
    shape(
      left
        ? "M150 150Q150 138 162 138L250 138Q262 138 262 150L262 214L150 214Z"
        : "M-6 150Q-6 138 6 138L94 138Q106 138 106 150L106 214L-6 214Z",
      c("#9fc0ee"),
    ) +
    rect(left ? 160 : -2, 128, 42, 22, c("#ffffff"), 8) +
    ellipse(128, 238, 92, 15, c("#f3d3dd"))
  );
};

const library: Room = (time, random) => {
  const c = roomLight(time);
  let content = rect(0, 0, PAGE, PAGE, c("#7a5136"));
  const spines = ["#b8453f", "#3f6aa8", "#4f9060", "#d9a441", "#7a55a3", "#e2d3b8", "#3d4a63"];
  for (const shelf of [6, 56, 106, 156]) {
    content += rect(6, shelf, 244, 44, c("#54351f"));
    for (let x = 8; x < 246;) {
      const [width, height] = [random.between(6, 12), random.between(28, 40)];
      if (random.chance(0.92))
        content +=
          rect(x, shelf + 44 - height, width, height, c(random.pick(spines))) +
          rect(x + 1.5, shelf + 50 - height, width - 3, 2.4, c("#f0e2c0"));
      x += width + 0.8;
    }
    content += rect(0, shelf + 44, PAGE, 6, c("#95653f"));
  }
  return content + rect(0, 212, PAGE, 44, c("#b58a5e"));
};

const cafe: Room = (time, random, definitions) => {
  const c = roomLight(time);
  const lamp = (x: number): string =>
    line(d`M${x} 0L${x} 28`, c("#5a4538"), 2) +
    shape(d`M${x - 15} 44Q${x - 12} 28 ${x} 28Q${x + 12} 28 ${x + 15} 44Z`, c("#d2654a")) +
    ellipse(x, 45, 6, 3.4, "#fff3bf") +
    ellipse(x, 50, 34, 30, definitions.glow("#fff0b8", 0.5));
  return (
    rect(0, 0, PAGE, PAGE, c("#e9d3b4")) +
    rect(0, 150, PAGE, 106, c("#a8764c")) +
    [0, 1, 2, 3, 4, 5]
      .map((plank) => line(d`M${plank * 50 + 10} 152L${plank * 50 + 10} 256`, c("#8d6039"), 1.8))
      .join("") +
    window(random.chance(0.5) ? 18 : 148, 50, 92, 84, time, definitions, c("#6b4a35")) +
    rect(0, 146, PAGE, 8, c("#7c5335")) +
    lamp(70) +
    lamp(186) +
    ellipse(30, 214, 44, 9, c("#f3e6d2")) +
    ellipse(226, 214, 44, 9, c("#f3e6d2"))
  );
};

const stage: Room = (_time, random, definitions) => {
  const beam = (x: number, colour: string): string =>
    shape(d`M${x - 6} -4L${x + 6} -4L${x + 62} 230L${x - 62} 230Z`, colour, undefined, 0, 0.28);
  const fold = (x: number): string => line(d`M${x} 0Q${x + 4} 110 ${x} 216`, "#5c1d38", 3);
  return (
    rect(0, 0, PAGE, PAGE, "#2a1738") +
    rect(0, 0, 44, 216, "#8a2c4c") +
    rect(212, 0, 44, 216, "#8a2c4c") +
    [10, 24, 38, 218, 232, 246].map(fold).join("") +
    beam(70 + random.between(-14, 14), "#ff9ee0") +
    beam(128, "#fff2b0") +
    beam(186 + random.between(-14, 14), "#8fd4ff") +
    rect(0, 210, PAGE, 46, "#b07a4a") +
    ellipse(128, 234, 110, 18, definitions.glow("#fff3c4", 0.75)) +
    Array.from({ length: 14 }, () => ellipse(random.between(48, 208), random.between(8, 130), 2, 2, "#fff2c0")).join("")
  );
};

const castle: Room = (time, random, definitions) => {
  const c = roomLight(time);
  const arch = (x: number): string =>
    shape(
      d`M${x - 24} 140L${x - 24} 66Q${x - 24} 30 ${x} 24Q${x + 24} 30 ${x + 24} 66L${x + 24} 140Z`,
      skyFill(time, definitions),
      c("#8b8898"),
      6,
    ) + line(d`M${x} 26L${x} 138M${x - 24} 84L${x + 24} 84`, c("#8b8898"), 3);
  let bricks = "";
  for (let row = 0; row < 14; row++)
    for (let column = 0; column < 7; column++)
      if (random.chance(0.3)) bricks += rect(column * 40 + (row % 2) * 20 - 10, row * 15, 36, 12, c("#b3afbf"), 2);
  return (
    rect(0, 0, PAGE, PAGE, c("#c2bfcc")) +
    bricks +
    arch(56) +
    arch(200) +
    rect(0, 206, PAGE, 50, c("#8f8b9c")) +
    shape("M92 256L110 206L146 206L164 256Z", c("#b23a48")) +
    shape("M112 0L144 0L144 96L128 110L112 96Z", c("#b23a48")) +
    shape(d`M128 34l8 14h-5v16h-6v-16h-5Z`, c(tint("#f0cf62", 0.1)))
  );
};

export const INDOORS = { classroom, bedroom, library, cafe, stage, castle } as const satisfies Record<string, Room>;
