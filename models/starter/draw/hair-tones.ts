/** @file The tones that one hair colour is drawn in, the styles and fringes there are, and the strokes they share. */

import { brightness, mix, outline, shade } from "./colour.ts";
import type { Colour } from "./colour.ts";

export const HAIR_STYLES = [
  "short_hair",
  "bob_cut",
  "medium_hair",
  "long_hair",
  "very_long_hair",
  "wavy_hair",
  "hime_cut",
  "twintails",
  "low_twintails",
  "twin_drills",
  "twin_braids",
  "single_braid",
  "ponytail",
  "side_ponytail",
  "low_ponytail",
  "hair_bun",
  "double_bun",
  "messy_hair",
  "spiked_hair",
] as const;
export type HairStyle = (typeof HAIR_STYLES)[number];

export const BANGS = ["blunt_bangs", "swept_bangs", "parted_bangs", "hair_between_eyes", "asymmetrical_bangs"] as const;
export type Bangs = (typeof BANGS)[number];

export interface HairTones {
  readonly base: Colour;
  /** The second tone: hair in shadow, and all hair behind the head. */
  readonly shade: Colour;
  readonly deep: Colour;
  readonly light: Colour;
  readonly line: Colour;
}

export function hairTones(colour: Colour): HairTones {
  const light = brightness(colour);
  return {
    base: colour,
    shade: shade(colour, 0.2),
    // Strands of dark hair would drown in it: they are drawn lighter instead.
    deep: light < 0.25 ? mix(colour, "#8b86b5", 0.3) : shade(colour, 0.36),
    light: mix(colour, light < 0.25 ? "#b9b4e0" : "#ffffff", light < 0.25 ? 0.3 : light > 0.85 ? 0.8 : 0.45),
    line: outline(colour),
  };
}

/** How a style of hair is drawn: what hangs behind the body and what falls over it. */
export interface HairLook {
  readonly style: HairStyle;
  readonly bangs: Bangs;
  readonly tones: HairTones;
  /** Stretches everything below the chin: 1 for chibi, more for grown figures. */
  readonly length: number;
  readonly isBoy: boolean;
  /** The colour of bands and ribbons that hold the hair. */
  readonly tie: Colour;
}

/** Moves what lies below the chin down by the look's length. */
export function hang(look: HairLook, y: number): number {
  return y <= 40 ? y : 40 + (y - 40) * look.length;
}
