/** @file The face under the hair: head shape, ears, nose, mouth, blush and signs of feeling. */

import { mix, outline, shade } from "./colour.ts";
import type { Colour } from "./colour.ts";
import type { FaceSigns, Mouth } from "./expressions.ts";
import { bothSides, clipped, d, ellipse, line, mirrored, placed, shape, taper } from "./pen.ts";
import type { Definitions } from "./pen.ts";

const FACE =
  "M-46 -14C-48 6 -46 22 -36 34C-26 45 -10 52 0 53C10 52 26 45 36 34C46 22 48 6 46 -14C44 -52 -44 -52 -46 -14Z";
const BOY_FACE =
  "M-45 -14C-47 6 -45 22 -37 34C-29 45 -11 54 0 55C11 54 29 45 37 34C45 22 47 6 45 -14C44 -52 -44 -52 -45 -14Z";
const LIP = "#8e3b40";
const INSIDE = "#c9525c";
const TONGUE = "#f0969a";

/** What the fringe throws on the forehead: a band under it, or two wedges beside a parting. */
const FRINGE_SHADOW = "M-60 -60L60 -60L60 -8C48 6 44 -4 34 -3C20 2 10 -6 0 -4C-12 -2 -22 3 -34 -3C-44 -4 -50 6 -60 -8Z";
const PARTED_SHADOW = "M0 -50C34 -36 42 -12 38 14L60 14L60 -60L-60 -60L-60 14L-38 14C-42 -12 -34 -36 0 -50Z";

export interface FaceLook {
  readonly skin: Colour;
  readonly isBoy: boolean;
  readonly hasBareForehead: boolean;
}

/** Ears, face and everything flat on it, but not the eyes. Drawn around the head's middle. */
export function drawFace(look: FaceLook, signs: FaceSigns, definitions: Definitions): string {
  const { skin, isBoy } = look;
  const ink = outline(skin);
  const path = isBoy ? BOY_FACE : FACE;
  const ear = ellipse(47, 9, 7, 10, skin, ink, 2) + taper([46, 5], [52, 7], [48, 14], shade(skin, 0.4), 1);
  const fringeShadow = look.hasBareForehead ? PARTED_SHADOW : FRINGE_SHADOW;
  const cheekShadow = "M47 -20C50 10 46 30 30 44C14 54 4 54 0 54L60 60L60 -20Z";
  const blushColour = mix(skin, "#ff5c76", 0.55);
  const cheek = (x: number): string =>
    ellipse(
      x,
      27,
      9.5,
      5.6,
      definitions.glow(blushColour, Math.min(1, signs.blush * (isBoy && signs.blush < 0.6 ? 0.8 : 1.7))),
    );
  const onSkin =
    shape(fringeShadow, shade(skin, 0.17)) + shape(cheekShadow, shade(skin, 0.09)) + cheek(-31) + cheek(31);
  return (
    bothSides(ear) +
    shape(path, skin) +
    clipped(onSkin, definitions.clip(path)) +
    line(path, ink, 2) +
    drawNose(skin) +
    drawMouth(signs.mouth) +
    drawSigns(signs, skin)
  );
}

function drawNose(skin: Colour): string {
  return taper([-0.5, 22], [2.6, 25], [-1.2, 26.5], shade(skin, 0.55), 0.9);
}

function drawMouth(mouth: Mouth): string {
  const curve = (path: string, width = 2.2): string => line(path, LIP, width);
  const open = (path: string, tongue: string): string => shape(path, INSIDE, LIP, 1.8) + tongue;
  switch (mouth) {
    case "smile":
      return curve("M-8 34Q0 41 8 34");
    case "open":
      return open("M-8 33Q0 31 8 33Q8 45 0 46Q-8 45 -8 33Z", ellipse(0, 42.4, 4.4, 2.6, TONGUE));
    case "laugh":
      return open("M-10.5 32Q0 36 10.5 32Q9 46 0 46.5Q-9 46 -10.5 32Z", ellipse(0, 42.6, 5.2, 3, TONGUE));
    case "grin":
      return (
        shape("M-10 33Q0 36.5 10 33Q8 43 0 43Q-8 43 -10 33Z", "#ffffff", LIP, 1.8) +
        line("M-9 37.4Q0 40.4 9 37.4", "#d3b9bd", 1.1)
      );
    case "flat":
      return curve("M-5.5 37L5.5 37");
    case "small":
      return curve("M-4 37Q0 39 4 37", 2);
    case "frown":
      return curve("M-6.5 40Q0 34 6.5 40");
    case "shout":
      return (
        shape("M-7.5 41Q-5 34 0 34Q5 34 7.5 41Q0 44.5 -7.5 41Z", INSIDE, LIP, 1.8) +
        line("M-4.6 36.4Q0 35 4.6 36.4", "#ffffff", 1.8)
      );
    case "round":
      return open("M0 33C5 33 6 37 6 40C6 44 3.4 46 0 46C-3.4 46 -6 44 -6 40C-6 37 -5 33 0 33Z", "");
    case "wave":
      return curve("M-8.5 37.5Q-5.5 33.5 -2.5 37.5Q0 41 2.5 37.5Q5.5 33.5 8.5 37.5");
    case "pout":
      return curve("M-4.5 39.5Q0 34.5 4.5 39.5", 2.4);
    case "smirk":
      return curve("M-6 38Q3 41 9 33.5");
    case "cat":
      return curve("M-9 34.5Q-8 40 -4.2 40Q-0.6 40 0 36Q0.6 40 4.2 40Q8 40 9 34.5");
  }
}

function drawSigns(signs: FaceSigns, skin: Colour): string {
  switch (signs.extra) {
    case "tears": {
      const drop =
        shape("M24 25C18 34 18 44 25 45C32 44 31 34 27 25Z", "#b6e3ff", "#6fb6ea", 1.3) +
        ellipse(23.5, 38, 1.6, 3, "#ffffff");
      return bothSides(drop);
    }
    case "blush-lines": {
      const strokes = [26, 31, 36]
        .map((x) => line(d`M${x + 1.6} 22L${x - 1.6} 30`, mix(skin, "#e8304f", 0.75), 1.7))
        .join("");
      return bothSides(strokes);
    }
    case "puff":
      return bothSides(taper([37, 18], [44, 28], [34, 37], shade(skin, 0.4), 1));
    default:
      // Anger and sweat are drawn over the hair.
      return "";
  }
}

/** Signs that hair must not cover. */
export function drawSignsOver(signs: FaceSigns): string {
  if (signs.extra === "anger")
    return placed(line("M-6 -2Q-3 -2 -3 -7M3 -7Q3 -2 7 -2M-6 3Q-3 3 -3 8M3 8Q3 3 7 3", "#e02f47", 3), 40, -34, {
      scale: 1.25,
    });
  if (signs.extra === "sweat")
    return mirrored(
      shape("M47 -26C40 -14 40 -6 47 -5C54 -6 54 -14 47 -26Z", "#c6e9ff", "#5fa9e0", 1.7) +
        ellipse(45, -11, 1.4, 2.6, "#ffffff"),
    );
  return "";
}
