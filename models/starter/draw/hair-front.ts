/** @file Hair before the face: fringe, side locks, shine, and the strand that stands up. */

import type { Bangs, HairLook, HairTones } from "./hair-tones.ts";
import { hang } from "./hair-tones.ts";
import { d, mirrored, shape, taper } from "./pen.ts";
import type { Point } from "./pen.ts";

const DOME = "M-58 2C-69 -90 69 -90 58 2";

/** The fringe's lower edge from the right ear to the left, and where its strands part. */
const FRINGES: Readonly<
  Record<Bangs, { readonly edge: string; readonly parts: readonly (readonly [Point, Point, Point])[] }>
> = {
  blunt_bangs: {
    edge: "Q54 -12 50 -22Q49 -12 47 -7Q39 -3 32 -7L29 -15Q28 -8 25 -4Q17 -2 10 -5L8 -14Q7 -7 5 -3Q-4 -1 -12 -4L-15 -15Q-16 -8 -18 -4Q-26 -2 -32 -6L-34 -16Q-36 -9 -38 -6Q-43 -5 -47 -8Q-49 -14 -50 -22Q-54 -12 -58 2Z",
    parts: [
      [
        [29, -15],
        [27, -34],
        [18, -50],
      ],
      [
        [8, -14],
        [9, -34],
        [6, -52],
      ],
      [
        [-15, -15],
        [-13, -36],
        [-8, -52],
      ],
      [
        [-34, -16],
        [-32, -34],
        [-22, -50],
      ],
    ],
  },
  swept_bangs: {
    edge: "Q54 -14 48 -26C46 -10 36 2 22 4C26 -2 28 -8 28 -16C20 -2 2 6 -14 6C-8 0 -4 -6 -4 -12C-16 0 -32 6 -44 6C-40 0 -40 -6 -42 -12C-48 -6 -54 -4 -58 2Z",
    parts: [
      [
        [28, -16],
        [30, -36],
        [14, -56],
      ],
      [
        [-4, -12],
        [6, -34],
        [4, -58],
      ],
      [
        [-42, -12],
        [-26, -40],
        [-4, -60],
      ],
      [
        [48, -26],
        [46, -44],
        [30, -56],
      ],
    ],
  },
  parted_bangs: {
    edge: "Q55 -10 51 -22C50 -8 46 2 38 8C38 -14 28 -34 4 -46Q2 -50 0 -50Q-2 -50 -4 -46C-28 -34 -38 -14 -38 8C-46 2 -50 -8 -51 -22Q-55 -10 -58 2Z",
    parts: [
      [
        [0, -50],
        [0, -58],
        [2, -66],
      ],
      [
        [42, -6],
        [38, -34],
        [14, -54],
      ],
      [
        [-42, -6],
        [-38, -34],
        [-14, -54],
      ],
      [
        [49, -16],
        [48, -40],
        [30, -56],
      ],
      [
        [-49, -16],
        [-48, -40],
        [-30, -56],
      ],
    ],
  },
  hair_between_eyes: {
    edge: "Q54 -12 49 -24C48 -10 42 0 30 4C32 -4 31 -12 27 -20C26 -8 20 0 12 2C13 -4 12 -10 9 -16C9 0 6 14 -1 22C-4 12 -4 -2 -7 -16C-10 -6 -14 0 -22 3C-21 -4 -22 -12 -26 -20C-28 -8 -34 0 -44 4C-42 -6 -44 -14 -49 -24Q-54 -12 -58 2Z",
    parts: [
      [
        [27, -20],
        [28, -38],
        [16, -54],
      ],
      [
        [9, -16],
        [10, -36],
        [5, -54],
      ],
      [
        [-7, -16],
        [-7, -36],
        [-3, -54],
      ],
      [
        [-26, -20],
        [-26, -38],
        [-14, -54],
      ],
    ],
  },
  asymmetrical_bangs: {
    edge: "Q55 -6 51 -20C52 4 50 20 44 30C34 24 22 10 16 -14C10 -2 0 4 -10 5C-8 -2 -8 -8 -10 -14C-16 -4 -26 3 -36 4C-34 -4 -36 -10 -38 -16C-42 -8 -46 -4 -50 -4Q-54 -6 -58 2Z",
    parts: [
      [
        [16, -14],
        [12, -38],
        [2, -58],
      ],
      [
        [40, 12],
        [34, -24],
        [10, -56],
      ],
      [
        [-10, -14],
        [-8, -36],
        [0, -56],
      ],
      [
        [-38, -16],
        [-30, -38],
        [-10, -56],
      ],
    ],
  },
};

/** Fringe and side locks, drawn over face and eyes. */
export function drawHairFront(look: HairLook): string {
  const { tones } = look;
  const fringe = FRINGES[look.bangs];
  const strands = fringe.parts.map(([from, bend, to]) => taper(from, bend, to, tones.deep, 1.4)).join("");
  const depth = fringe.parts
    .map(([[x, y], bend, to]) =>
      taper([x + 4, y + 3], [bend[0] + 6, bend[1] + 6], [to[0] + 4, to[1] + 14], tones.shade, 3.4),
    )
    .join("");
  const side = shape("M58 2C62.4 -34.8 43 -56.9 18.8 -64.2C42 -54 53 -36 51 -18Q55 -8 58 2Z", tones.shade);
  return (
    drawSideLocks(look) +
    shape(DOME + fringe.edge, tones.base, tones.line, 2.4) +
    side +
    depth +
    strands +
    drawShine(tones) +
    shape(DOME + fringe.edge, "none", tones.line, 2.2)
  );
}

function drawShine(tones: HairTones): string {
  return (
    shape(
      "M-46 -24C-40 -42 -24 -52 -6 -54C12 -54 26 -50 36 -40C30 -41 27 -40 24 -37L20 -42L13 -36L8 -43L-1 -37L-7 -44L-16 -36L-22 -41L-29 -32L-34 -35C-40 -31 -43 -28 -46 -24Z",
      tones.light,
      undefined,
      0,
      0.85,
    ) + taper([41, -35], [45, -31], [47, -25], tones.light, 1.6)
  );
}

type Lock = "short" | "chin" | "chest" | "blunt" | "spiky" | "wavy";

const LOCKS: Readonly<Partial<Record<HairLook["style"], Lock>>> = {
  short_hair: "short",
  messy_hair: "spiky",
  spiked_hair: "spiky",
  hime_cut: "blunt",
  long_hair: "chest",
  very_long_hair: "chest",
  wavy_hair: "wavy",
  hair_bun: "chin",
  ponytail: "chin",
};

function drawSideLocks(look: HairLook): string {
  const { tones } = look;
  const lock =
    look.isBoy && look.style !== "long_hair" && look.style !== "low_ponytail"
      ? LOCKS[look.style] === "spiky"
        ? "spiky"
        : "short"
      : (LOCKS[look.style] ?? "chin");
  const chest = hang(look, 92);
  const left = {
    short: "M-58 -16C-62 6 -60 20 -54 32C-50 24 -48 14 -48 6C-46 10 -45 14 -44 18C-42 8 -41 -6 -43 -18Z",
    chin: "M-58 -16C-64 14 -62 38 -53 56C-51 48 -50 42 -50 36C-47 40 -46 43 -44 46C-45 26 -40 6 -42 -16Z",
    chest: d`M-58 -16C-66 20 -66 56 -56 ${chest}C-52 ${chest - 14} -50 66 -50 54C-47 60 -46 64 -44 68C-46 38 -40 10 -42 -16Z`,
    blunt: "M-59 -16C-62 10 -63 34 -62 58Q-52 61 -44 58C-45 34 -40 8 -42 -16Z",
    spiky: "M-58 -16L-68 12L-57 8L-62 32L-51 22L-48 38C-46 20 -41 0 -43 -18Z",
    wavy: "M-58 -16C-70 6 -56 22 -64 40C-68 54 -60 64 -54 70C-56 60 -50 54 -48 48C-44 36 -50 30 -46 18C-42 8 -41 -4 -42 -16Z",
  }[lock];
  const shadow = taper([-46, -8], [-47, 14], [-49, lock === "chest" ? 60 : 34], tones.shade, 2.6);
  const one = shape(left, tones.base, tones.line, 2.2) + shadow;
  return one + mirrored(one);
}
