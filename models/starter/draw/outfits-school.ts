/** @file Outfits of school and office: sailor suit, blazer, vest, tracksuit, suit. */

import { outline, shade } from "./colour.ts";
import { bothSides, d, line, shape, taper } from "./pen.ts";
import {
  WHITE,
  DARK,
  band,
  bow,
  buttons,
  seam,
  shirtCollar,
  skirt,
  torso,
  torsoPath,
  trousers,
} from "./outfit-parts.ts";
import type { OutfitDrawing, OutfitLook } from "./outfit-parts.ts";

const LOAFER = { colour: "#6b4230", kind: "shoe" } as const;

export function serafuku({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.55;
  const y = f.shoulderY;
  const ink = outline(colour);
  const v = y + 27 * s;
  const flap = d`M${f.neckX + 4} ${y - 6}C${f.shoulderX * 0.7} ${y - 5} ${f.shoulderX * 0.82} ${y - 3} ${f.shoulderX * 0.86} ${y + 4}L${f.shoulderX * 0.72} ${y + 15 * s}Q${f.shoulderX * 0.3} ${y + 18 * s} 2 ${v}L0 ${v - 3}Z`;
  const stripe = line(
    d`M${f.shoulderX * 0.76} ${y + 1}L${f.shoulderX * 0.63} ${y + 12 * s}Q${f.shoulderX * 0.26} ${y + 15 * s} 3 ${v - 5 * s}`,
    "#ffffff",
    1.6,
  );
  return {
    legs: { sock: { colour: f.isBoy ? DARK : "#3a3a4a", height: 0.42 }, shoe: LOAFER },
    lower: f.isBoy ? trousers(f, colour) : skirt(f, colour, { length: 0.3, flare: 1.5, pleats: 7 }),
    torso: torso(f, WHITE, { ease: 2, neck: "deep", hem: f.hipY - (f.hipY - f.waistY) * 0.3, hemX: f.hipX * 0.94 }),
    sleeve: { colour: WHITE, cut: "long", cuff: colour },
    collar: bothSides(shape(flap, colour, ink, 1.8) + stripe) + bow(0, v - 1, 9.5 * s, second, true),
  };
}

export function blazer({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const y = f.shoulderY;
  const s = f.proportion === "chibi" ? 1 : 1.6;
  const hem = f.hipY + 2;
  const ink = outline(colour);
  const v = f.chestY + 10 * s;
  const shirt = shape(
    d`M${-f.neckX - 5} ${y - 6}L0 ${v + 6}L${f.neckX + 5} ${y - 6}L${f.neckX - 2} ${y - 2}L${-f.neckX + 2} ${y - 2}Z`,
    WHITE,
  );
  const lapel = shape(
    d`M${f.neckX + 4} ${y - 6}L${f.neckX + 11 * s} ${y + 9 * s}L${f.neckX + 5 * s} ${y + 12 * s}L${f.neckX + 8 * s} ${y + 15 * s}L1 ${v + 3}Z`,
    shade(colour, 0.12),
    ink,
    1.7,
  );
  const tie = f.isBoy
    ? shape(
        d`M${-3 * s} ${y + 2}L${3 * s} ${y + 2}L${2 * s} ${y + 6 * s}L${3.4 * s} ${v - 2}L0 ${v + 4}L${-3.4 * s} ${v - 2}L${-2 * s} ${y + 6 * s}Z`,
        second,
        outline(second),
        1.5,
      )
    : bow(0, y + 7 * s, 8 * s, second, true);
  return {
    legs: { sock: { colour: DARK, height: 0.45 }, shoe: LOAFER },
    lower: f.isBoy ? trousers(f, second) : skirt(f, second, { length: 0.3, flare: 1.5, pleats: 7 }),
    torso: torso(f, colour, { ease: 2.5, neck: "deep", hem }) + shirt,
    sleeve: { colour, cut: "long" },
    collar:
      shirtCollar(f, WHITE) +
      tie +
      bothSides(lapel) +
      line(d`M0 ${v + 3}L0 ${hem + 2}`, ink, 1.6) +
      buttons(3.4 * s, v + 8 * s, v + 16 * s, 2, "#f1cf61", 1.5 * s),
  };
}

export function vest({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  const y = f.shoulderY;
  const v = f.chestY + 2;
  const edge = line(d`M${-f.neckX - 4} ${y - 5}L0 ${v}L${f.neckX + 4} ${y - 5}`, second, 2.6 * s);
  return {
    legs: { sock: { colour: WHITE, height: 0.42 }, shoe: LOAFER },
    lower: f.isBoy ? trousers(f, second) : skirt(f, second, { length: 0.28, flare: 1.5, pleats: 7 }),
    torso:
      torso(f, colour, { ease: 1.5, neck: "deep" }) +
      shape(d`M${-f.neckX - 5} ${y - 6}L0 ${v}L${f.neckX + 5} ${y - 6}Z`, WHITE) +
      edge +
      band(f.hipY - 6, f.hipX + 1, 5 * s, shade(colour, 0.18)),
    sleeve: { colour: WHITE, cut: "long" },
    collar: shirtCollar(f, WHITE) + (f.isBoy ? "" : bow(0, y + 6 * s, 7 * s, second)),
  };
}

export function trackJacket({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  const y = f.shoulderY;
  const high = shape(
    d`M${-f.neckX - 5} ${y - 3}L${-f.neckX - 3} ${y - 13 * s}Q0 ${y - 7 * s} ${f.neckX + 3} ${y - 13 * s}L${f.neckX + 5} ${y - 3}Q0 ${y + 6} ${-f.neckX - 5} ${y - 3}Z`,
    colour,
    outline(colour),
    2,
  );
  return {
    legs: { shoe: { colour: WHITE, kind: "shoe" } },
    lower: trousers(f, second, { ease: 3 }),
    torso:
      torso(f, colour, { ease: 3.5, neck: "high", hem: f.hipY }) +
      band(f.hipY - 4, f.hipX + 2, 5 * s, shade(colour, 0.2)),
    sleeve: { colour, cut: "loose", cuff: WHITE },
    collar:
      high +
      line(d`M0 ${y - 8 * s}L0 ${f.hipY}`, "#f6f6fb", 2.2) +
      bothSides(line(d`M${f.shoulderX - 3} ${y}L${f.chestX - 6} ${y + 4}`, WHITE, 2.4)),
  };
}

export function suit({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  const y = f.shoulderY;
  const v = f.waistY - 2;
  const ink = outline(colour);
  const lapel = shape(
    d`M${f.neckX + 4} ${y - 6}L${f.neckX + 12 * s} ${y + 12 * s}L1 ${v}L${f.neckX - 1} ${y + 6}Z`,
    shade(colour, 0.16),
    ink,
    1.7,
  );
  return {
    legs: { shoe: { colour: "#2e2a33", kind: "shoe" } },
    lower: trousers(f, colour),
    torso:
      torso(f, colour, { ease: 2.5, neck: "deep", hem: f.hipY + 6 }) +
      shape(d`M${-f.neckX - 5} ${y - 6}L0 ${v}L${f.neckX + 5} ${y - 6}Z`, WHITE),
    sleeve: { colour, cut: "long" },
    collar:
      shirtCollar(f, WHITE) +
      shape(
        d`M${-2.6 * s} ${y + 2}L${2.6 * s} ${y + 2}L${1.7 * s} ${y + 6 * s}L${3.4 * s} ${v - 10 * s}L0 ${v - 3 * s}L${-3.4 * s} ${v - 10 * s}L${-1.7 * s} ${y + 6 * s}Z`,
        second,
        outline(second),
        1.5,
      ) +
      bothSides(lapel) +
      line(d`M0 ${v}L0 ${f.hipY + 8}`, ink, 1.6) +
      buttons(3 * s, v + 5 * s, v + 12 * s, 2, seam(colour), 1.4 * s) +
      taper(
        [-f.chestX * 0.75, f.chestY - 2],
        [-f.chestX * 0.55, f.chestY - 1],
        [-f.chestX * 0.35, f.chestY - 4],
        "#f4f4fa",
        1.6 * s,
      ),
  };
}

/** A knitted jumper with a high collar. */
export function sweater({ frame: f, colour, second }: OutfitLook): OutfitDrawing {
  const s = f.proportion === "chibi" ? 1 : 1.6;
  const y = f.shoulderY;
  const ribs = [0.2, 0.42, 0.64, 0.86]
    .map((share) => {
      const at = f.shoulderY + 14 + (f.hipY - f.shoulderY - 16) * share;
      const w = f.waistX * 0.86;
      return line(d`M${-w} ${at}q${w / 4} ${4 * s} ${w / 2} 0t${w / 2} 0t${w / 2} 0t${w / 2} 0`, seam(colour), 1.5);
    })
    .join("");
  const roll = shape(
    d`M${-f.neckX - 5} ${y - 1}L${-f.neckX - 4} ${y - 12 * s}Q0 ${y - 8 * s} ${f.neckX + 4} ${y - 12 * s}L${f.neckX + 5} ${y - 1}Q0 ${y + 6} ${-f.neckX - 5} ${y - 1}Z`,
    colour,
    outline(colour),
    2,
  );
  return {
    legs: { sock: { colour: "#4a4552", height: f.isBoy ? 0 : 0.82 }, shoe: LOAFER },
    lower: f.isBoy ? trousers(f, second) : skirt(f, second, { length: 0.24, flare: 1.34 }),
    torso:
      shape(torsoPath(f, { ease: 4 }), colour) +
      torso(f, colour, { ease: 4, neck: "high", hem: f.hipY + 2 }) +
      ribs +
      band(f.hipY - 3 * s, f.hipX + 3, 5 * s, shade(colour, 0.16)),
    sleeve: { colour, cut: "loose", cuff: shade(colour, 0.16) },
    collar: roll + line(d`M${-f.neckX - 3} ${y - 6 * s}Q0 ${y - 2 * s} ${f.neckX + 3} ${y - 6 * s}`, seam(colour), 1.4),
  };
}
