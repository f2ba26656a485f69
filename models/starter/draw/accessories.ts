/** @file What is worn on head and neck: ears, hats, ribbons, glasses. Each says where it is drawn. */

import { mix, outline, shade, tint } from "./colour.ts";
import type { Colour } from "./colour.ts";
import type { Frame } from "./frame.ts";
import type { HairTones } from "./hair-tones.ts";
import { bow } from "./outfit-parts.ts";
import { around, bothSides, d, ellipse, line, mirrored, placed, shape, taper } from "./pen.ts";

export interface AccessoryLook {
  readonly colour: Colour;
  readonly hair: HairTones;
  readonly frame: Frame;
}

/**
 * `behind` lies under the back hair's front edge but over its mass, `face` over the face and under the fringe,
 * `head` over all hair, `neck` on the body in body units.
 */
export interface AccessoryDrawing {
  readonly behind?: string;
  readonly face?: string;
  readonly head?: string;
  readonly neck?: string;
}

const FRAME_DARK = "#2e2733";

function petals(count: number, size: number, colour: Colour): string {
  return (
    around(count, ellipse(0, -size * 0.78, size * 0.52, size * 0.72, colour, outline(colour), 1.5)) +
    ellipse(0, 0, size * 0.42, size * 0.42, "#f8dc6d", "#b98f2a", 1.3)
  );
}

function ear(path: string, inside: string, look: AccessoryLook, insideColour: Colour): AccessoryDrawing {
  return { behind: bothSides(shape(path, look.hair.base, look.hair.line, 2.4) + shape(inside, insideColour)) };
}

const PINK = "#f6b3c4";

/** Accessories that take a colour of their own. */
export const COLOURED_ACCESSORIES = {
  hair_ribbon: (look: AccessoryLook): AccessoryDrawing => ({
    head: placed(bow(0, 0, 21, look.colour, true), 43, -46, { turn: 24 }),
  }),
  hair_bow: (look: AccessoryLook): AccessoryDrawing => ({ head: placed(bow(0, 0, 30, look.colour), 0, -70) }),
  hairband: (look: AccessoryLook): AccessoryDrawing => ({
    head:
      line("M-54 -26Q0 -92 54 -26", outline(look.colour), 11) +
      line("M-54 -26Q0 -92 54 -26", look.colour, 7.5) +
      line("M-36 -46Q-18 -58 0 -59", tint(look.colour, 0.5), 2),
  }),
  hair_flower: (look: AccessoryLook): AccessoryDrawing => ({ head: placed(petals(5, 14, look.colour), -44, -32) }),
  hairclip: (look: AccessoryLook): AccessoryDrawing => ({
    head: mirrored(
      line("M30 -16L47 -25M32 -7L48 -15", outline(look.colour), 6.5) +
        line("M30 -16L47 -25M32 -7L48 -15", look.colour, 3.8),
    ),
  }),
  beret: (look: AccessoryLook): AccessoryDrawing => ({
    head:
      shape(
        "M-54 -34C-76 -72 -20 -98 22 -94C66 -90 76 -58 56 -40C30 -54 -22 -52 -54 -34Z",
        look.colour,
        outline(look.colour),
        2.4,
      ) +
      shape("M62 -74C68 -62 66 -48 56 -40C44 -47 28 -50 10 -50C34 -54 54 -60 62 -74Z", shade(look.colour, 0.22)) +
      line("M-54 -34C-22 -52 30 -54 56 -40", shade(look.colour, 0.35), 4) +
      line("M16 -94Q18 -101 24 -104", outline(look.colour), 4.5) +
      taper([-40, -60], [-26, -80], [-4, -84], tint(look.colour, 0.4), 2.4),
  }),
  witch_hat: (look: AccessoryLook): AccessoryDrawing => {
    const hat = "#43345f";
    return {
      head:
        shape(
          "M-42 -42C-28 -70 -12 -96 4 -132C22 -128 40 -120 54 -106C44 -110 34 -110 28 -108C34 -84 40 -62 44 -42Z",
          hat,
          outline(hat),
          2.4,
        ) +
        shape(
          "M14 -120C26 -116 40 -112 54 -106C44 -110 34 -110 28 -108C34 -84 40 -62 44 -42L22 -44C24 -70 20 -96 14 -120Z",
          shade(hat, 0.35),
        ) +
        shape(
          "M-86 -26C-70 -54 -36 -62 0 -62C36 -62 70 -54 86 -26C60 -40 30 -44 0 -44C-30 -44 -60 -40 -86 -26Z",
          hat,
          outline(hat),
          2.4,
        ) +
        shape("M-42 -48C-20 -60 22 -60 44 -48L40 -60C20 -71 -18 -71 -36 -60Z", look.colour, outline(look.colour), 1.8) +
        shape("M-7 -69L7 -69L7 -57L-7 -57Z", "#f6d666", "#a3801f", 1.8),
    };
  },
  headphones: (look: AccessoryLook): AccessoryDrawing => ({
    head:
      line("M-57 4C-66 -92 66 -92 57 4", FRAME_DARK, 8) +
      line("M-57 4C-66 -92 66 -92 57 4", mix(look.colour, "#ffffff", 0.15), 4) +
      bothSides(
        ellipse(58, 10, 11, 17, look.colour, outline(look.colour), 2.4) +
          ellipse(60, 10, 6, 10, shade(look.colour, 0.25)) +
          taper([53, -1], [51, 8], [53, 17], tint(look.colour, 0.5), 1.6),
      ),
  }),
  baseball_cap: (look: AccessoryLook): AccessoryDrawing => ({
    head:
      shape("M-57 -22C-64 -92 64 -92 57 -22C36 -40 -36 -40 -57 -22Z", look.colour, outline(look.colour), 2.4) +
      shape("M14 -74C44 -70 60 -52 57 -22C48 -30 36 -34 24 -36C30 -50 26 -64 14 -74Z", shade(look.colour, 0.2)) +
      shape(
        "M-46 -29C-34 -44 34 -44 46 -29C56 -22 48 -12 40 -14C20 -24 -20 -24 -40 -14C-48 -12 -56 -22 -46 -29Z",
        shade(look.colour, 0.3),
        outline(look.colour),
        2.2,
      ) +
      ellipse(0, -77, 4, 3, look.colour, outline(look.colour), 1.6) +
      ellipse(0, -53, 8, 8, "#ffffff", undefined),
  }),
  scarf: (look: AccessoryLook): AccessoryDrawing => {
    const f = look.frame;
    const s = f.proportion === "chibi" ? 1 : 1.5;
    const y = f.shoulderY - 6;
    const c = look.colour;
    return {
      neck:
        shape(
          d`M${8 * s} ${y + 6}L${22 * s} ${y + 4}L${25 * s} ${y + 40 * s}L${12 * s} ${y + 42 * s}Z`,
          c,
          outline(c),
          2,
        ) +
        line(d`M${12 * s} ${y + 36 * s}L${24.6 * s} ${y + 34 * s}`, tint(c, 0.6), 2.6) +
        shape(
          d`M${-f.neckX - 15 * s} ${y}C${-f.neckX - 18 * s} ${y + 16 * s} ${-8 * s} ${y + 20 * s} 0 ${y + 20 * s}C${8 * s} ${y + 20 * s} ${f.neckX + 18 * s} ${y + 16 * s} ${f.neckX + 15 * s} ${y}C${f.neckX} ${y - 9 * s} ${-f.neckX} ${y - 9 * s} ${-f.neckX - 15 * s} ${y}Z`,
          c,
          outline(c),
          2.2,
        ) +
        taper([-f.neckX - 10 * s, y + 3], [0, y + 16 * s], [f.neckX + 8 * s, y + 4], shade(c, 0.28), 2.6) +
        taper([-f.neckX - 6 * s, y + 12 * s], [0, y + 21 * s], [f.neckX + 10 * s, y + 10 * s], shade(c, 0.28), 1.6),
    };
  },
  choker: (look: AccessoryLook): AccessoryDrawing => {
    const f = look.frame;
    const y = f.proportion === "chibi" ? 54.5 : 52;
    return {
      neck:
        line(d`M${-f.neckX - 0.5} ${y}Q0 ${y + 5} ${f.neckX + 0.5} ${y}`, outline(look.colour), 7.4) +
        line(d`M${-f.neckX - 0.5} ${y}Q0 ${y + 5} ${f.neckX + 0.5} ${y}`, look.colour, 5) +
        ellipse(0, y + 6.5, 3, 3.4, "#f6d666", "#a3801f", 1),
    };
  },
} as const satisfies Record<string, (look: AccessoryLook) => AccessoryDrawing>;

/** Accessories that always look alike, or take the hair's colour. */
export const PLAIN_ACCESSORIES = {
  glasses: (): AccessoryDrawing => ({
    face:
      bothSides(
        shape(
          "M7 -3Q7 -8 13 -8L33 -8Q39 -8 39 -2L38 17Q37 25 28 25L18 25Q9 25 8 17Z",
          "#ffffff",
          FRAME_DARK,
          2.8,
          1,
        ).replace('fill="#ffffff"', 'fill="#ffffff" fill-opacity="0.14"') + line("M39 0L47 3", FRAME_DARK, 2.4),
      ) + line("M-7 2Q0 -2 7 2", FRAME_DARK, 2.6),
  }),
  eyepatch: (): AccessoryDrawing => ({
    face:
      line("M-46 -16L50 -2", FRAME_DARK, 2.4) +
      shape("M6 -8Q22 -16 38 -6Q41 16 23 27Q5 20 6 -8Z", "#f7f5fb", "#8f8aa0", 2),
  }),
  cat_ears: (look: AccessoryLook): AccessoryDrawing =>
    ear(
      "M18 -58C24 -78 36 -96 48 -104C56 -88 60 -64 58 -38Z",
      "M30 -62C34 -76 40 -86 46 -92C51 -80 53 -64 52 -48Z",
      look,
      PINK,
    ),
  fox_ears: (look: AccessoryLook): AccessoryDrawing =>
    ear(
      "M14 -58C24 -86 42 -110 58 -118C66 -94 66 -62 60 -32Z",
      "M28 -62C36 -82 46 -96 55 -103C59 -84 58 -62 54 -46Z",
      look,
      "#fff4e6",
    ),
  dog_ears: (look: AccessoryLook): AccessoryDrawing => ({
    head: bothSides(
      shape(
        "M26 -62C40 -78 62 -70 70 -46C76 -26 74 -8 66 0C58 -4 50 -16 48 -30C44 -42 34 -52 26 -62Z",
        look.hair.shade,
        look.hair.line,
        2.4,
      ) + taper([54, -54], [66, -34], [65, -8], look.hair.deep, 2.4),
    ),
  }),
  rabbit_ears: (look: AccessoryLook): AccessoryDrawing =>
    ear(
      "M16 -60C4 -98 8 -136 24 -146C40 -138 44 -98 40 -54Z",
      "M24 -66C16 -96 18 -122 25 -132C33 -122 36 -96 33 -62Z",
      look,
      PINK,
    ),
  horns: (): AccessoryDrawing => {
    const horn = "#7c2f43";
    return {
      head: bothSides(
        shape("M26 -58C26 -76 36 -92 54 -98C46 -86 48 -72 48 -50Q36 -48 26 -58Z", horn, outline(horn), 2.2) +
          line("M29 -64Q38 -60 47 -62M33 -76Q40 -72 46 -75", shade(horn, 0.4), 1.8),
      ),
    };
  },
  halo: (): AccessoryDrawing => ({
    behind: "",
    head:
      line("M-38 -88A38 10 0 1 0 38 -88A38 10 0 1 0 -38 -88Z", "#e0ae2b", 7.5) +
      line("M-38 -88A38 10 0 1 0 38 -88A38 10 0 1 0 -38 -88Z", "#ffe27a", 4.5),
  }),
  crown: (): AccessoryDrawing => ({
    head:
      shape("M-27 -58L-32 -88L-14 -74L0 -96L14 -74L32 -88L27 -58Q0 -66 -27 -58Z", "#f6cf52", "#96701d", 2.2) +
      shape("M6 -88L14 -74L32 -88L27 -58Q18 -62 8 -62Z", "#dca936") +
      ellipse(0, -73, 4.4, 5, "#d6394a", "#7f1f2c", 1.4) +
      ellipse(-17, -68, 2.6, 2.8, "#3f6ad0") +
      ellipse(17, -68, 2.6, 2.8, "#3f6ad0"),
  }),
  maid_headdress: (): AccessoryDrawing => ({
    head:
      shape(
        "M-50 -36C-54 -46 -48 -54 -42 -52C-42 -62 -32 -68 -26 -64C-24 -74 -12 -78 -7 -72C-3 -80 3 -80 7 -72C12 -78 24 -74 26 -64C32 -68 42 -62 42 -52C48 -54 54 -46 50 -36C30 -58 -30 -58 -50 -36Z",
        "#fbfaff",
        "#a19bb8",
        2.2,
      ) + line("M-46 -38C-28 -56 28 -56 46 -38", "#cfc9e0", 2),
  }),
  straw_hat: (): AccessoryDrawing => {
    const straw = "#ecca7f";
    return {
      head:
        shape("M-40 -40C-46 -92 46 -92 40 -40Z", straw, outline(straw), 2.4) +
        shape("M20 -74C38 -68 42 -52 40 -40L16 -44C22 -54 24 -64 20 -74Z", shade(straw, 0.2)) +
        shape(
          "M-84 -24C-64 -54 -34 -56 0 -56C34 -56 64 -54 84 -24C58 -42 30 -44 0 -44C-30 -44 -58 -42 -84 -24Z",
          straw,
          outline(straw),
          2.4,
        ) +
        line("M-40 -50C-20 -60 20 -60 40 -50", "#c9424a", 6.5),
    };
  },
  ahoge: (look: AccessoryLook): AccessoryDrawing => ({
    head:
      shape("M-4 -63C-9 -86 6 -102 30 -97C18 -94 9 -84 9 -64Z", look.hair.base, look.hair.line, 2.2) +
      taper([0, -68], [0, -86], [20, -94], look.hair.light, 1.2),
  }),
} as const satisfies Record<string, (look: AccessoryLook) => AccessoryDrawing>;

export type ColouredAccessory = keyof typeof COLOURED_ACCESSORIES;
export type PlainAccessory = keyof typeof PLAIN_ACCESSORIES;
export type Accessory = ColouredAccessory | PlainAccessory;

export function isColoured(accessory: Accessory): accessory is ColouredAccessory {
  return accessory in COLOURED_ACCESSORIES;
}

export function drawAccessory(accessory: Accessory, look: AccessoryLook): AccessoryDrawing {
  return isColoured(accessory) ? COLOURED_ACCESSORIES[accessory](look) : PLAIN_ACCESSORIES[accessory](look);
}

/** Of each group a head carries at most one: two hats would hide each other. */
export const ACCESSORY_GROUPS: readonly (readonly Accessory[])[] = [
  [
    "hair_bow",
    "hairband",
    "beret",
    "witch_hat",
    "headphones",
    "baseball_cap",
    "halo",
    "crown",
    "maid_headdress",
    "straw_hat",
  ],
  ["cat_ears", "fox_ears", "dog_ears", "rabbit_ears", "horns"],
  ["hair_ribbon", "hair_flower", "hairclip"],
  ["glasses", "eyepatch"],
  ["scarf", "choker"],
  ["ahoge"],
];
