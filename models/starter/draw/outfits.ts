/** @file The table of outfits: a name for the prompt, a drawing for the page. */

import { apronDress, chinaDress, dress, kimono, lolita, maid, sundress } from "./outfits-dresses.ts";
import { armor, cape, coat, hoodie, jacket, overalls, shirt, tShirt } from "./outfits-casual.ts";
import { blazer, serafuku, suit, sweater, trackJacket, vest } from "./outfits-school.ts";
import type { OutfitDrawing, OutfitLook } from "./outfit-parts.ts";

export const OUTFITS = {
  serafuku,
  blazer,
  vest,
  track_jacket: trackJacket,
  suit,
  sweater,
  dress,
  sundress,
  maid,
  china_dress: chinaDress,
  lolita_fashion: lolita,
  kimono,
  pinafore_dress: apronDress,
  hoodie,
  "t-shirt": tShirt,
  shirt,
  jacket,
  coat,
  overalls,
  armor,
  cape,
} as const satisfies Record<string, (look: OutfitLook) => OutfitDrawing>;
export type Outfit = keyof typeof OUTFITS;
