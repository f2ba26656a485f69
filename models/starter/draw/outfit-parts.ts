/** @file The cuts that outfits are sewn from: torso, skirt, trousers, collars, bows, buttons. All follow the frame. */

import { brightness, outline, shade, tint } from "./colour.ts";
import type { Colour } from "./colour.ts";
import type { Frame } from "./frame.ts";
import type { LegWear, Sleeve } from "./limbs.ts";
import { d, ellipse, line, shape, taper } from "./pen.ts";

export interface OutfitLook {
  readonly frame: Frame;
  /** The colour that the prompt names with the outfit. */
  readonly colour: Colour;
  /** Skirt, trousers, ribbon or trimming, depending on the outfit. */
  readonly second: Colour;
  readonly skin: Colour;
}

/** An outfit taken apart in the order of drawing. */
export interface OutfitDrawing {
  readonly legs: LegWear;
  readonly lower: string;
  readonly torso: string;
  readonly sleeve: Sleeve;
  /** Over torso and arms: collars, bows, capes. */
  readonly collar: string;
  /** Behind everything but the hair: a cape's back. */
  readonly behind?: string;
}

export const WHITE = "#f8f7fc";
export const DARK = "#393745";
export const METAL = "#c9d2e4";

export interface TorsoCut {
  /** How far the cloth stands off the body. */
  readonly ease?: number;
  readonly hem?: number;
  readonly hemX?: number;
  readonly neck?: "round" | "high" | "deep";
}

export function torsoPath(f: Frame, cut: TorsoCut = {}): string {
  const ease = cut.ease ?? 1;
  const [s, c, w] = [f.shoulderX + ease * 0.5, f.chestX + ease, f.waistX + ease * 1.3];
  const [hem, hemX] = [cut.hem ?? f.hipY, (cut.hemX ?? f.hipX) + ease];
  const nape = f.neckX + 4;
  const dip = f.shoulderY + (cut.neck === "high" ? -5 : cut.neck === "deep" ? 16 : 5);
  const top = f.shoulderY - 5;
  const arm = f.shoulderY + f.armX * 0.9;
  const waist = (f.chestY + f.waistY) / 2;
  return d`M${-nape} ${top}C${-s * 0.66} ${top + 2} ${-s} ${top + 2} ${-s} ${arm}L${-c} ${f.chestY}Q${-w} ${waist} ${-w} ${f.waistY}Q${-w - 1} ${(f.waistY + hem) / 2} ${-hemX} ${hem}Q0 ${hem + 5} ${hemX} ${hem}Q${w + 1} ${(f.waistY + hem) / 2} ${w} ${f.waistY}Q${w} ${waist} ${c} ${f.chestY}L${s} ${arm}C${s} ${top + 2} ${s * 0.66} ${top + 2} ${nape} ${top}Q0 ${dip * 2 - top} ${-nape} ${top}Z`;
}

/** The torso with its second tone on the side away from the light. */
export function torso(f: Frame, colour: Colour, cut: TorsoCut = {}): string {
  const path = torsoPath(f, cut);
  const ease = cut.ease ?? 1;
  const hem = cut.hem ?? f.hipY;
  const hemX = (cut.hemX ?? f.hipX) + ease;
  const c = f.chestX + ease;
  const dark = shade(colour, 0.2);
  const shadow = shape(
    d`M${c} ${f.shoulderY + 12}L${c} ${f.chestY}Q${f.waistX + ease} ${(f.chestY + f.waistY) / 2} ${f.waistX + ease} ${f.waistY}L${hemX} ${hem}Q${hemX * 0.6} ${hem + 3} ${hemX * 0.3} ${hem + 2}Q${f.waistX * 0.5} ${f.waistY} ${c * 0.62} ${f.chestY + 2}Q${c * 0.8} ${f.chestY - 8} ${c} ${f.shoulderY + 12}Z`,
    dark,
  );
  const bust =
    f.isBoy || f.proportion === "chibi"
      ? ""
      : taper(
          [-c * 0.9, f.chestY + 2],
          [-c * 0.45, f.chestY + 15],
          [-c * 0.06, f.chestY + 3],
          shade(colour, 0.26),
          2.4,
        ) +
        taper([c * 0.06, f.chestY + 3], [c * 0.45, f.chestY + 15], [c * 0.9, f.chestY + 2], shade(colour, 0.3), 2.4);
  return shape(path, colour) + shadow + bust + shape(path, "none", outline(colour), 2.2);
}

export function neck(f: Frame, skin: Colour): string {
  const [x, top, base] = [f.neckX, f.neckTop - 6, f.shoulderY + 10];
  const path = d`M${-x} ${top}L${-x} ${f.shoulderY - 8}Q${-x - 2} ${f.shoulderY - 2} ${-x - 9} ${f.shoulderY}L0 ${base + 12}L${x + 9} ${f.shoulderY}Q${x + 2} ${f.shoulderY - 2} ${x} ${f.shoulderY - 8}L${x} ${top}Z`;
  const shadow = d`M${-x} ${top}L${-x} ${f.shoulderY - 7}Q0 ${f.shoulderY + 3} ${x} ${f.shoulderY - 9}L${x} ${top}Z`;
  return (
    shape(path, skin, outline(skin), 2) +
    shape(shadow, shade(skin, 0.24)) +
    line(d`M${-x} ${top}L${-x} ${f.shoulderY - 8}M${x} ${top}L${x} ${f.shoulderY - 8}`, outline(skin), 2)
  );
}

export interface SkirtCut {
  readonly from?: number;
  /** Where the hem lies, as a share of the way from the hips to the soles. */
  readonly length: number;
  /** Hem width over hip width. */
  readonly flare: number;
  readonly pleats?: number;
  readonly frill?: Colour;
}

export function skirt(f: Frame, colour: Colour, cut: SkirtCut): string {
  const top = cut.from ?? f.waistY + (f.hipY - f.waistY) * 0.5;
  const topX = top <= f.waistY ? f.waistX + 2 : f.waistX + (f.hipX - f.waistX) * 0.3 + 1;
  const hem = f.hipY + (f.soleY - f.hipY) * cut.length;
  const hemX = f.hipX * cut.flare;
  const hip = f.hipX + (hemX - f.hipX) * 0.35;
  const ink = outline(colour);
  const path = d`M${-topX} ${top}Q${-hip - 1} ${f.hipY - 2} ${-hemX} ${hem}Q${-hemX * 0.5} ${hem + 7} 0 ${hem + 7}Q${hemX * 0.5} ${hem + 7} ${hemX} ${hem}Q${hip + 1} ${f.hipY - 2} ${topX} ${top}Q0 ${top + 5} ${-topX} ${top}Z`;
  const frill = cut.frill === undefined ? "" : drawFrill(hemX, hem, cut.frill, f);
  const right = shape(
    d`M${topX} ${top}Q${hip + 1} ${f.hipY - 2} ${hemX} ${hem}Q${hemX * 0.7} ${hem + 5} ${hemX * 0.42} ${hem + 6}Q${topX * 0.6} ${f.hipY} ${topX * 0.55} ${top + 3}Z`,
    shade(colour, 0.2),
  );
  const count = cut.pleats ?? 0;
  let pleats = "";
  for (let index = 1; index < count; index++) {
    const share = (index / count) * 2 - 1;
    const [x0, x1] = [share * topX * 0.9, share * hemX];
    const y1 = hem + 7 - Math.abs(share) * 5;
    pleats +=
      shape(d`M${x0} ${top + 5}L${x1} ${y1}L${x1 + hemX * 0.12} ${y1 - 0.4}Z`, shade(colour, 0.26)) +
      line(d`M${x0} ${top + 5}L${x1} ${y1}`, ink, 1.3);
  }
  const folds =
    count > 0
      ? ""
      : taper(
          [-topX * 0.5, top + 8],
          [-hemX * 0.4, (top + hem) / 2],
          [-hemX * 0.5, hem + 3],
          shade(colour, 0.26),
          1.8,
        ) +
        taper([topX * 0.2, top + 10], [hemX * 0.12, (top + hem) / 2], [hemX * 0.2, hem + 5], shade(colour, 0.3), 1.8);
  return frill + shape(path, colour) + right + pleats + folds + shape(path, "none", ink, 2.2);
}

function drawFrill(hemX: number, hem: number, colour: Colour, f: Frame): string {
  const size = f.proportion === "chibi" ? 9 : 16;
  let edge = d`M${-hemX} ${hem - 2}`;
  const waves = 7;
  for (let index = 0; index < waves; index++) {
    const at = (share: number): number => (share * 2 - 1) * (hemX + 2);
    const y = (share: number): number => hem + size - Math.abs(share * 2 - 1) * 6;
    const [from, to] = [index / waves, (index + 1) / waves];
    edge += d`${index === 0 ? `L${-hemX - 2} ${hem + size - 6}` : ""}Q${at((from + to) / 2)} ${y((from + to) / 2) + 7} ${at(to)} ${y(to)}`;
  }
  return shape(edge + d`L${hemX} ${hem - 2}Z`, colour, outline(colour), 1.8);
}

export function trousers(
  f: Frame,
  colour: Colour,
  cut: { readonly length?: number; readonly ease?: number; readonly from?: number } = {},
): string {
  const ease = cut.ease ?? 2;
  const top = cut.from ?? f.waistY + (f.hipY - f.waistY) * 0.4;
  const end = f.crotchY + (f.ankleY + 4 - f.crotchY) * (cut.length ?? 1);
  const share = (end - f.crotchY) / (f.ankleY - f.crotchY);
  const middle = f.legX + (f.footX - f.legX) * share;
  const half = f.thigh + (f.calf - f.thigh) * share + ease;
  const hip = f.hipX + ease * 0.5;
  const ink = outline(colour);
  const path = d`M${-f.waistX - ease} ${top}Q${-hip} ${f.hipY - 4} ${-hip} ${f.hipY + 6}L${-middle - half} ${end}Q${-middle} ${end + 3} ${-middle + half} ${end}Q${-2} ${f.crotchY + 12} 0 ${f.crotchY + 2}Q2 ${f.crotchY + 12} ${middle - half} ${end}Q${middle} ${end + 3} ${middle + half} ${end}L${hip} ${f.hipY + 6}Q${hip} ${f.hipY - 4} ${f.waistX + ease} ${top}Z`;
  const dark = shade(colour, 0.22);
  const inner =
    shape(
      d`M${middle + half} ${end}L${hip} ${f.hipY + 6}L${hip - 5} ${f.hipY}Q${middle + half * 0.4} ${(f.hipY + end) / 2} ${middle + half * 0.35} ${end + 1.5}Z`,
      dark,
    ) +
    shape(
      d`M${-middle + half} ${end}Q${-2} ${f.crotchY + 12} 0 ${f.crotchY + 2}Q${-8} ${f.crotchY + 12} ${-middle + half * 0.3} ${end + 1.5}Z`,
      dark,
    );
  return (
    shape(path, colour) +
    inner +
    shape(path, "none", ink, 2.2) +
    taper([-2, f.crotchY - 10], [0, f.crotchY - 4], [0, f.crotchY + 4], ink, 0.9)
  );
}

/** A bow whose knot is at (x, y); `size` is half its width. */
export function bow(x: number, y: number, size: number, colour: Colour, tails = false): string {
  const ink = outline(colour);
  const loop = (sign: number): string =>
    shape(
      d`M${x} ${y}C${x + sign * size * 0.4} ${y - size * 0.9} ${x + sign * size * 1.1} ${y - size * 0.7} ${x + sign * size} ${y}C${x + sign * size * 1.05} ${y + size * 0.6} ${x + sign * size * 0.4} ${y + size * 0.7} ${x} ${y}Z`,
      colour,
      ink,
      1.8,
    ) +
    taper(
      [x + sign * size * 0.2, y],
      [x + sign * size * 0.5, y - size * 0.06],
      [x + sign * size * 0.75, y + size * 0.1],
      shade(colour, 0.35),
      size * 0.09 + 0.5,
    );
  const tail = (sign: number): string =>
    shape(
      d`M${x} ${y}Q${x + sign * size * 0.3} ${y + size * 0.8} ${x + sign * size * 0.7} ${y + size * 1.5}L${x + sign * size * 0.2} ${y + size * 1.35}Z`,
      colour,
      ink,
      1.6,
    );
  return (
    (tails ? tail(1) + tail(-1) : "") + loop(1) + loop(-1) + ellipse(x, y, size * 0.26, size * 0.28, colour, ink, 1.6)
  );
}

export function buttons(x: number, from: number, to: number, count: number, colour: Colour, size = 1.8): string {
  return Array.from({ length: count }, (_, index) =>
    ellipse(x, from + ((to - from) * index) / Math.max(1, count - 1), size, size, colour, outline(colour), 0.9),
  ).join("");
}

/** A flat band across the body, such as a belt or sash. */
export function band(y: number, halfWidth: number, height: number, colour: Colour): string {
  return (
    shape(
      d`M${-halfWidth} ${y}Q0 ${y + 4} ${halfWidth} ${y}L${halfWidth + 1} ${y + height}Q0 ${y + height + 4} ${-halfWidth - 1} ${y + height}Z`,
      colour,
      outline(colour),
      1.8,
    ) +
    shape(
      d`M${halfWidth * 0.4} ${y + 2}L${halfWidth} ${y + 0.4}L${halfWidth + 1} ${y + height}L${halfWidth * 0.3} ${y + height + 2}Z`,
      shade(colour, 0.2),
    )
  );
}

/** Two pointed collar wings of a shirt. */
export function shirtCollar(f: Frame, colour: Colour): string {
  const [x, y, s] = [f.neckX + 4, f.shoulderY - 6, f.proportion === "chibi" ? 1 : 1.5];
  const wing = d`M${x} ${y}L${x + 5 * s} ${y + 9 * s}L${6 * s} ${y + 13 * s}L0 ${y + 8 * s}Q${x * 0.8} ${y + 6 * s} ${x} ${y}Z`;
  const one = shape(wing, colour, outline(colour), 1.7);
  return one + `<g transform="scale(-1 1)">${one}</g>`;
}

/** A lighter or darker companion for a colour, for seams that must show on it. */
export function seam(colour: Colour): Colour {
  return brightness(colour) < 0.3 ? tint(colour, 0.25) : shade(colour, 0.34);
}
