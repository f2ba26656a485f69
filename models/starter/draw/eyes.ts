/** @file Eyes and brows: large irises in a gradient, highlights, lashes that swell and taper. */

import { mix, outline, shade, tint } from "./colour.ts";
import type { Colour } from "./colour.ts";
import type { Lid } from "./expressions.ts";
import { clipped, d, ellipse, mirrored, placed, shape, taper } from "./pen.ts";
import type { Definitions } from "./pen.ts";

const LASH = "#2f2130";

/** Distance of an eye's middle from the face's axis, and its height, in head units. */
export const EYE_X = 22;
export const EYE_Y = 9;

export interface EyeLook {
  readonly colour: Colour;
  readonly hair: Colour;
  readonly skin: Colour;
  readonly isBoy: boolean;
  /** Where the eyes look, -1 left to 1 right. */
  readonly gaze: number;
}

/** Both eyes; the viewer's left lid first. */
export function drawEyes(look: EyeLook, lids: readonly [Lid, Lid], definitions: Definitions): string {
  const scale = look.isBoy ? 0.93 : 1;
  const left = placed(mirrored(drawEye(look, lids[0], -look.gaze, definitions)), -EYE_X, EYE_Y, { scale });
  return left + placed(drawEye(look, lids[1], look.gaze, definitions), EYE_X, EYE_Y, { scale });
}

/** One eye whose outer corner is on the right. */
function drawEye(look: EyeLook, lid: Lid, gaze: number, definitions: Definitions): string {
  if (lid === "arch") return shape("M-13 6C-9 -6 8 -7 14 5L16 3.5L14.5 8.5C8 0 -7 0 -13 6Z", LASH, LASH, 1.2);
  if (lid === "rest") return shape("M-13 2C-8 9 8 10 14 2L17 4L13 7C7 12 -8 11 -13 2Z", LASH, LASH, 1);
  const squeeze = look.isBoy ? 0.8 : 1;
  const open = squeeze * { open: 1, half: 0.62, wide: 1.1, sharp: 0.9, soft: 0.94 }[lid];
  const iris = lid === "wide" ? 0.74 : 1;
  const top = 15.5 * open;
  const bottom = 15 * (lid === "half" ? 0.94 : Math.min(1, open + 0.06));
  // An angry lid falls towards the nose, a sad one away from it.
  const slant = lid === "sharp" ? 5 : lid === "soft" ? -3.5 : 0;
  const white = d`M-12.5 ${-1 * open}C-12 ${-top * 0.75 + slant} -5 ${-top + slant * 0.6} 2 ${-top}C9 ${-top} 13.5 ${-top * 0.5 - slant * 0.5} 13.5 0C13 ${bottom * 0.66} 7 ${bottom} 0.5 ${bottom}C-7 ${bottom} -12 ${bottom * 0.6} -12.5 ${-1 * open}Z`;
  const lash = d`M-14.5 ${0.5 * open + slant * 0.3}C-13 ${-top * 0.8 + slant} -6 ${-top - 4 + slant * 0.6} 2.5 ${-top - 3.8}C10.5 ${-top - 3} 14.5 ${-top * 0.6 - slant * 0.6} ${look.isBoy ? 15.5 : 18.5} ${-top * 0.3 - slant * 0.5}C15.5 ${-top * 0.34 - slant * 0.5} 14.4 ${-top * 0.28} 13.2 ${-top * 0.14}C11.5 ${-top * 0.66} 7.5 ${-top + 0.8} 2 ${-top + 0.8}C-4.5 ${-top + 0.8 + slant * 0.6} -9.5 ${-top * 0.62 + slant} -11.6 ${-0.6 * open + slant * 0.3}C-12.5 ${0.8 * open} -13.5 ${0.8 * open} -14.5 ${0.5 * open + slant * 0.3}Z`;
  const x = 0.5 + gaze * 2.2;
  const y = lid === "half" ? 1.5 : 0.3;
  const dark = mix(look.colour, "#1a1030", 0.62);
  const fill = definitions.gradient([
    [0.05, mix(look.colour, "#1a1030", 0.5)],
    [0.42, look.colour],
    [0.75, tint(look.colour, 0.18)],
    [1, tint(look.colour, 0.5)],
  ]);
  const [rx, ry] = [10.4 * iris, 13.6 * iris * squeeze];
  const inside =
    ellipse(x, y, rx, ry, fill, dark, 1.6) +
    ellipse(x, y + 0.5, 3.9 * iris, 5.4 * iris * squeeze, mix(look.colour, "#140c20", 0.8)) +
    shape(
      d`M-14 ${-top - 3}L15 ${-top - 3}L14 ${-top * 0.42}Q2 ${-top * 0.78} -13 ${-top * 0.34}Z`,
      "#3a2a55",
      undefined,
      0,
      0.3,
    );
  const lights =
    ellipse(x - 4, y - 5.4 * open, 3.7 * iris, 4.3 * iris * open, "#ffffff") +
    ellipse(x + 4.3, y + 6.4 * open, 2 * iris, 2.2 * iris, "#ffffff");
  const corner = look.isBoy
    ? ""
    : shape(d`M12.8 ${-top * 0.46}L20.5 ${-top * 0.62 - slant * 0.4}L14.2 ${-top * 0.04}Z`, LASH);
  const fold = taper(
    [-7, -top - 7 + slant * 0.4],
    [4, -top - 10],
    [14, -top - 3 - slant * 0.5],
    shade(look.skin, 0.5),
    0.9,
  );
  const below = taper([1, bottom + 1.6], [8, bottom + 1.4], [12.4, bottom * 0.62], outline(look.skin), 1);
  return (
    shape(white, "#ffffff") +
    clipped(inside, definitions.clip(white)) +
    lights +
    shape(lash, LASH) +
    corner +
    fold +
    below
  );
}

/** Brows, drawn over the fringe as anime does. `raise` as in `FaceSigns.brows`. */
export function drawBrows(look: EyeLook, raise: readonly [inner: number, outer: number]): string {
  const [inner, outer] = [-14 - raise[0], -15 - raise[1]];
  const width = look.isBoy ? 3.2 : 2;
  const arch = Math.abs(raise[0] - raise[1]) > 6 ? 1.5 : 4;
  const brow = taper([10, inner], [21, (inner + outer) / 2 - arch], [33, outer], outline(look.hair), width);
  return brow + mirrored(brow);
}
