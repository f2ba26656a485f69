/**
 * @file The tags for what a character looks like: Danbooru names first, then other words that authors use for the same.
 * Every alternative of an attribute means exactly the same drawing.
 */

import type { Accessory } from "../draw/accessories.ts";
import type { Bangs, HairStyle } from "../draw/hair-tones.ts";
import type { ClothColour, EyeColour, HairColour, SkinTone } from "../draw/palette.ts";

/** One way to say something: tags that stand side by side. */
export type Wording = readonly string[];

export const HAIR_COLOUR_TAGS: Readonly<Record<HairColour, readonly string[]>> = {
  black: ["black_hair"],
  brown: ["brown_hair"],
  blonde: ["blonde_hair", "blonde_hair", "yellow_hair"],
  red: ["red_hair"],
  pink: ["pink_hair"],
  blue: ["blue_hair"],
  light_blue: ["light_blue_hair", "light_blue_hair", "sky_blue_hair"],
  green: ["green_hair"],
  purple: ["purple_hair", "purple_hair", "violet_hair"],
  white: ["white_hair"],
  grey: ["grey_hair", "silver_hair", "gray_hair"],
  orange: ["orange_hair"],
  aqua: ["aqua_hair", "aqua_hair", "teal_hair", "turquoise_hair"],
};

export const EYE_COLOUR_TAGS: Readonly<Record<EyeColour, readonly string[]>> = {
  blue: ["blue_eyes"],
  light_blue: ["light_blue_eyes", "sky_blue_eyes"],
  aqua: ["aqua_eyes", "aqua_eyes", "teal_eyes", "turquoise_eyes"],
  green: ["green_eyes"],
  light_green: ["light_green_eyes", "lime_eyes"],
  yellow: ["yellow_eyes", "amber_eyes", "golden_eyes"],
  orange: ["orange_eyes"],
  red: ["red_eyes"],
  pink: ["pink_eyes"],
  purple: ["purple_eyes", "purple_eyes", "violet_eyes"],
  brown: ["brown_eyes"],
  grey: ["grey_eyes", "gray_eyes"],
  black: ["black_eyes"],
};

export const HAIR_STYLE_TAGS: Readonly<Record<HairStyle, readonly Wording[]>> = {
  short_hair: [["short_hair"]],
  bob_cut: [["bob_cut"], ["short_hair", "bob_cut"]],
  medium_hair: [["medium_hair"], ["medium_length_hair"]],
  long_hair: [["long_hair"], ["long_hair"], ["straight_hair", "long_hair"]],
  very_long_hair: [["very_long_hair"], ["absurdly_long_hair"]],
  wavy_hair: [["wavy_hair"], ["long_hair", "wavy_hair"], ["curly_hair"]],
  hime_cut: [["hime_cut"], ["long_hair", "hime_cut"]],
  twintails: [["twintails"], ["long_hair", "twintails"], ["twin_tails"]],
  low_twintails: [["low_twintails"], ["long_hair", "low_twintails"]],
  twin_drills: [["twin_drills"], ["drill_hair"], ["drill_hair", "twin_drills"]],
  twin_braids: [["twin_braids"], ["long_hair", "twin_braids"], ["braids"]],
  single_braid: [["single_braid"], ["braid"], ["long_hair", "single_braid"]],
  ponytail: [["ponytail"], ["high_ponytail"], ["long_hair", "ponytail"]],
  side_ponytail: [["side_ponytail"], ["long_hair", "side_ponytail"]],
  low_ponytail: [["low_ponytail"], ["long_hair", "low_ponytail"]],
  hair_bun: [["hair_bun"], ["single_hair_bun"]],
  double_bun: [["double_bun"], ["hair_buns"], ["double_bun", "hair_buns"]],
  messy_hair: [["messy_hair"], ["short_hair", "messy_hair"]],
  spiked_hair: [["spiked_hair"], ["spiky_hair"], ["short_hair", "spiked_hair"]],
};

export const BANGS_TAGS: Readonly<Record<Bangs, readonly string[]>> = {
  blunt_bangs: ["blunt_bangs", "straight_bangs"],
  swept_bangs: ["swept_bangs", "side-swept_bangs"],
  parted_bangs: ["parted_bangs", "forehead"],
  hair_between_eyes: ["hair_between_eyes"],
  asymmetrical_bangs: ["asymmetrical_bangs", "hair_over_one_eye"],
};

export const SKIN_TAGS: Readonly<Record<SkinTone, readonly string[]>> = {
  pale_skin: ["pale_skin"],
  light_skin: ["light_skin", "fair_skin"],
  tan: ["tan", "tanned_skin"],
  dark_skin: ["dark_skin", "brown_skin"],
};

/** The part of an accessory's tag behind its colour, if it takes one. */
export const ACCESSORY_TAGS: Readonly<Record<Accessory, readonly string[]>> = {
  hair_ribbon: ["hair_ribbon"],
  hair_bow: ["hair_bow"],
  hairband: ["hairband", "headband"],
  hair_flower: ["hair_flower", "flower_in_hair"],
  hairclip: ["hairclip", "hair_clip"],
  beret: ["beret"],
  witch_hat: ["witch_hat"],
  headphones: ["headphones"],
  baseball_cap: ["baseball_cap", "cap"],
  scarf: ["scarf"],
  choker: ["choker"],
  glasses: ["glasses", "black-framed_eyewear"],
  eyepatch: ["eyepatch"],
  cat_ears: ["cat_ears", "nekomimi"],
  fox_ears: ["fox_ears"],
  dog_ears: ["dog_ears"],
  rabbit_ears: ["rabbit_ears", "bunny_ears"],
  horns: ["horns", "demon_horns"],
  halo: ["halo"],
  crown: ["crown"],
  maid_headdress: ["maid_headdress"],
  straw_hat: ["straw_hat"],
  ahoge: ["ahoge"],
};

export const COLOUR_WORDS: Readonly<Record<ClothColour, readonly string[]>> = {
  white: ["white"],
  black: ["black"],
  red: ["red"],
  blue: ["blue"],
  light_blue: ["light_blue", "light_blue", "sky_blue"],
  pink: ["pink"],
  green: ["green"],
  yellow: ["yellow"],
  purple: ["purple", "purple", "violet"],
  brown: ["brown"],
  grey: ["grey", "gray"],
  orange: ["orange"],
  aqua: ["aqua", "aqua", "teal", "turquoise"],
};
