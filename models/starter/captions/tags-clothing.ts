/**
 * @file The tags for clothes. `C` stands for the colour of the outfit; the second colour belongs to the piece named in
 * `second`, so that each colour in a prompt has one place in the picture.
 */

import type { Outfit } from "../draw/outfits.ts";
import type { Wording } from "./tags-appearance.ts";

export interface OutfitWords {
  /** Ways to name the outfit; `C_` is replaced by the colour. */
  readonly main: readonly Wording[];
  /** The piece that has the second colour, for girls and for boys; the first of each is the usual one. */
  readonly second: readonly string[];
  readonly secondOfBoys?: readonly string[];
  /** What the outfit is called in a sentence: `a C_x`. */
  readonly phrase: string;
}

const SKIRT = ["skirt", "pleated_skirt"];
const TROUSERS = ["pants", "trousers"];

export const OUTFIT_WORDS: Readonly<Record<Outfit, OutfitWords>> = {
  serafuku: {
    main: [["C_serafuku"], ["C_serafuku"], ["serafuku", "C_sailor_collar", "C_skirt"]],
    second: ["bow", "neckerchief", "ribbon"],
    phrase: "C_serafuku",
  },
  blazer: {
    main: [["C_blazer"], ["school_uniform", "C_blazer"]],
    second: SKIRT,
    secondOfBoys: TROUSERS,
    phrase: "C_blazer",
  },
  vest: { main: [["C_vest"], ["C_sweater_vest"]], second: SKIRT, secondOfBoys: TROUSERS, phrase: "C_vest" },
  track_jacket: {
    main: [["C_track_jacket"], ["C_jersey"]],
    second: ["pants", "track_pants"],
    phrase: "C_track_jacket",
  },
  suit: { main: [["C_suit"], ["C_suit", "formal"]], second: ["necktie", "tie"], phrase: "C_suit" },
  sweater: {
    main: [["C_sweater"], ["C_turtleneck_sweater"]],
    second: SKIRT,
    secondOfBoys: TROUSERS,
    phrase: "C_sweater",
  },
  dress: { main: [["C_dress"], ["C_dress", "puffy_sleeves"]], second: ["sash", "belt"], phrase: "C_dress" },
  sundress: { main: [["C_sundress"]], second: ["sash", "belt"], phrase: "C_sundress" },
  maid: {
    main: [["maid", "C_dress"], ["C_maid_dress"], ["maid", "C_maid_dress", "apron"]],
    second: ["bow", "ribbon"],
    phrase: "C_maid_dress",
  },
  china_dress: { main: [["C_china_dress"], ["C_cheongsam"]], second: ["trim"], phrase: "C_china_dress" },
  lolita_fashion: {
    main: [["lolita_fashion", "C_dress"], ["C_lolita_dress"]],
    second: ["bow", "frills"],
    phrase: "C_lolita_dress",
  },
  kimono: { main: [["C_kimono"], ["C_kimono"], ["C_yukata"]], second: ["sash", "obi"], phrase: "C_kimono" },
  pinafore_dress: {
    main: [["C_pinafore_dress"], ["C_apron_dress"]],
    second: ["bow", "ribbon"],
    phrase: "C_pinafore_dress",
  },
  hoodie: { main: [["C_hoodie"]], second: TROUSERS, phrase: "C_hoodie" },
  "t-shirt": { main: [["C_t-shirt"]], second: ["shorts"], phrase: "C_t-shirt" },
  shirt: { main: [["C_shirt"], ["C_collared_shirt"]], second: SKIRT, secondOfBoys: TROUSERS, phrase: "C_shirt" },
  jacket: { main: [["C_jacket"], ["open_jacket", "C_jacket"]], second: TROUSERS, phrase: "C_jacket" },
  coat: { main: [["C_coat"], ["C_trench_coat"]], second: ["belt", "boots"], phrase: "C_coat" },
  overalls: { main: [["C_overalls"]], second: ["undershirt", "sleeves"], phrase: "C_overalls" },
  armor: { main: [["C_armor"], ["C_breastplate"]], second: ["skirt"], phrase: "C_armor" },
  cape: { main: [["C_cape"], ["C_cloak"], ["C_capelet"]], second: ["tunic"], phrase: "C_cape" },
};
