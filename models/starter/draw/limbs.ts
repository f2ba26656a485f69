/** @file Arms with sleeves, hands, legs with socks and shoes. */

import { outline, shade } from "./colour.ts";
import type { Colour } from "./colour.ts";
import type { Frame } from "./frame.ts";
import { d, line, placed, shape, taper } from "./pen.ts";
import type { Point } from "./pen.ts";
import type { Arm, HandShape } from "./poses.ts";

export interface Sleeve {
  readonly colour: Colour;
  /** `long` ends at the wrist; `wide` opens as a kimono's does; `puff` is round at the shoulder. */
  readonly cut: "none" | "strap" | "short" | "long" | "wide" | "puff" | "loose";
  readonly cuff?: Colour;
}

export interface ArmDrawing {
  readonly limb: string;
  /** Apart, because it closes around what it holds. */
  readonly hand: string;
}

/** One arm whose x is positive; mirror it for the other side. */
export function drawArm(frame: Frame, arm: Arm, sleeve: Sleeve, skin: Colour): ArmDrawing {
  const { shoulder, elbow, wrist } = arm;
  const angle = (Math.atan2(wrist[1] - elbow[1], wrist[0] - elbow[0]) * 180) / Math.PI - 90;
  const hand = drawHand(arm.hand, frame.hand, skin, wrist, angle);
  const bare = limbOf([shoulder, elbow, wrist], [frame.armX * 0.86, frame.armX * 0.8, frame.wristX], skin);
  const cloth = sleeve.colour;
  const along = (amount: number): Point => [
    elbow[0] + (wrist[0] - elbow[0]) * amount,
    elbow[1] + (wrist[1] - elbow[1]) * amount,
  ];
  const half: Point = [shoulder[0] + (elbow[0] - shoulder[0]) * 0.62, shoulder[1] + (elbow[1] - shoulder[1]) * 0.62];
  const middle = (from: Point, to: Point): Point => [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
  const tube = (joints: readonly [Point, Point, Point], widths: readonly [number, number, number]): string =>
    limbOf(joints, widths, cloth, sleeve.cuff);
  const a = frame.armX;
  switch (sleeve.cut) {
    case "none":
    case "strap":
      return { limb: bare, hand };
    case "short":
      return { limb: bare + tube([shoulder, middle(shoulder, half), half], [a * 1.08, a * 1.16, a * 1.16]), hand };
    case "puff":
      return { limb: bare + tube([shoulder, middle(shoulder, half), half], [a * 1.1, a * 1.75, a * 1.02]), hand };
    case "long":
      return { limb: tube([shoulder, elbow, along(0.94)], [a * 1.06, a, frame.wristX * 1.24]), hand };
    case "loose":
      return { limb: tube([shoulder, elbow, along(0.97)], [a * 1.16, a * 1.2, frame.wristX * 1.5]), hand };
    case "wide":
      return { limb: tube([shoulder, elbow, along(0.9)], [a * 1.1, a * 1.35, a * 2]), hand };
  }
}

/** A tapered, bent tube through three points with the half widths given. */
function limbOf(
  joints: readonly [Point, Point, Point],
  widths: readonly [number, number, number],
  fill: Colour,
  cuff?: Colour,
): string {
  const [a, b, c] = joints;
  const normal = (from: Point, to: Point): Point => {
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]) || 1;
    return [-(to[1] - from[1]) / length, (to[0] - from[0]) / length];
  };
  const [first, second] = [normal(a, b), normal(b, c)];
  const bend: Point = [(first[0] + second[0]) / 2, (first[1] + second[1]) / 2];
  const side = (sign: number): readonly [Point, Point, Point] => [
    [a[0] + first[0] * widths[0] * sign, a[1] + first[1] * widths[0] * sign],
    // The control point of a quadratic curve lies about twice as far out as the curve it makes.
    [b[0] * 1 + bend[0] * widths[1] * sign, b[1] * 1 + bend[1] * widths[1] * sign],
    [c[0] + second[0] * widths[2] * sign, c[1] + second[1] * widths[2] * sign],
  ];
  const [left, right] = [side(1), side(-1)];
  const control = (points: readonly [Point, Point, Point]): Point => [
    points[1][0] * 1.5 - (points[0][0] + points[2][0]) * 0.25,
    points[1][1] * 1.5 - (points[0][1] + points[2][1]) * 0.25,
  ];
  const [lc, rc] = [control(left), control(right)];
  const ink = outline(fill);
  const tube = d`M${left[0][0]} ${left[0][1]}Q${lc[0]} ${lc[1]} ${left[2][0]} ${left[2][1]}L${right[2][0]} ${right[2][1]}Q${rc[0]} ${rc[1]} ${right[0][0]} ${right[0][1]}Q${a[0]} ${a[1] - widths[0] * 1.2} ${left[0][0]} ${left[0][1]}Z`;
  // The second tone lies along the side that is turned to the body.
  const inner = left[1][0] < right[1][0] ? left : right;
  const shadow = taper(
    inner[0],
    [inner[1][0] + (b[0] - inner[1][0]) * 0.2, inner[1][1] + (b[1] - inner[1][1]) * 0.2],
    inner[2],
    shade(fill, 0.2),
    widths[1] * 0.42,
  );
  const band =
    cuff === undefined
      ? ""
      : line(d`M${left[2][0]} ${left[2][1]}L${right[2][0]} ${right[2][1]}`, outline(cuff), 5) +
        line(d`M${left[2][0]} ${left[2][1]}L${right[2][0]} ${right[2][1]}`, cuff, 2.8);
  return shape(tube, fill) + shadow + shape(tube, "none", ink, 2) + band;
}

/** A hand at the wrist; unturned, its fingers point down. */
function drawHand(hand: HandShape, size: number, skin: Colour, wrist: Point, angle: number): string {
  const s = size / 10;
  const ink = outline(skin);
  const at = (content: string): string => placed(content, wrist[0], wrist[1], { scale: s, turn: angle });
  const crease = (path: string): string => line(path, ink, 1.3);
  switch (hand) {
    case "none":
      return "";
    case "relaxed":
      return at(
        shape("M-6 -3C-8 5 -7 13 -2 17C3 19 7 13 7 5L6 -3Z", skin, ink, 2.2) +
          shape("M-5 0C-11 3 -11 10 -8 12C-6 9 -5 7 -3 6Z", skin, ink, 1.8) +
          crease("M1 17L2 11"),
      );
    case "open":
      return at(
        shape(
          "M-6 -2C-7 2 -8 4 -11 6C-14 8 -13 12 -10 11C-8 10 -7 9 -6 9L-6.5 18C-6.5 21.5 -2.8 21.5 -2.6 18.4L-2 14L-1.6 20.5C-1.4 23.6 2.2 23.4 2.2 20.4L2 14L4 19.4C5 22 8.2 21 7.4 18L6 12L8.6 15.6C10.4 17.6 12.8 15.8 11.4 13.4C9 9 8 4 6 -2Z",
          skin,
          ink,
          2,
        ),
      );
    case "v":
      return at(
        shape("M-4 8L-9 22C-10 25.6 -6 27 -4.8 23.8L0 11Z", skin, ink, 2) +
          shape("M1 10L4 25C4.8 28.4 8.6 27.4 8 24L5 7Z", skin, ink, 2) +
          shape("M-7 -2C-10 6 -8 12 -2 13C5 14 9 9 8 3L6 -2Z", skin, ink, 2.2) +
          crease("M-3 12L-1 6M2 12.5L3 7"),
      );
    case "grip":
      return at(
        shape("M-7 -3C-10 4 -9 12 -2 13.5C6 14.5 10 9 9 3L6 -3Z", skin, ink, 2.2) +
          crease("M-3 12.6L-2.4 7.4M1.4 13L1.6 7.6M5.4 12L5 7"),
      );
    case "flat":
      return at(
        shape("M-6 -3C-8 4 -7 14 -3 19C0 22 5 20 6.6 14C7.6 8 7 2 6 -3Z", skin, ink, 2.2) +
          crease("M-1 20L0 13M3 18.6L3 12"),
      );
  }
}

export interface LegWear {
  /** Sock or stocking: from the ankle up to this share of the leg (0 none, 0.45 knee, 0.8 thigh). */
  readonly sock?: { readonly colour: Colour; readonly height: number };
  readonly shoe: { readonly colour: Colour; readonly kind: "shoe" | "boot" };
}

export function drawLegs(frame: Frame, skin: Colour, wear: LegWear): string {
  const f = frame;
  const top = f.crotchY - 14;
  const width = (y: number): number =>
    y < f.kneeY
      ? f.thigh + ((f.calf - f.thigh) * (y - top)) / (f.kneeY - top)
      : f.calf - (f.calf * 0.22 * (y - f.kneeY)) / (f.ankleY - f.kneeY);
  const middle = (y: number): number => f.legX + ((f.footX - f.legX) * (y - top)) / (f.ankleY - top);
  const side = (y: number, sign: number): Point => [middle(y) + sign * width(y), y];
  const tube = (from: number, to: number, extra = 0): string => {
    const point = (y: number, sign: number): string => d`${side(y, sign)[0] + sign * extra} ${y}`;
    const knee = (from + to) / 2;
    const bulge = from < f.kneeY && to > f.kneeY ? 0 : 1.2;
    return d`M${point(from, -1)}Q${side(knee, -1)[0] - bulge} ${knee} ${point(to, -1)}L${point(to, 1)}Q${side(knee, 1)[0] + bulge + 1} ${knee} ${point(from, 1)}Z`;
  };
  const ink = outline(skin);
  const shadow = (from: number, to: number, colour: Colour): string =>
    taper(
      [side(from, -1)[0] + 2, from],
      [side((from + to) / 2, -1)[0] + 3, (from + to) / 2],
      [side(to, -1)[0] + 2, to],
      shade(colour, 0.2),
      width(from) * 0.35,
    );
  let leg = shape(tube(top, f.ankleY), skin, ink, 2) + shadow(top, f.ankleY - 6, skin);
  if (wear.sock !== undefined) {
    const from = f.ankleY - (f.ankleY - top) * wear.sock.height;
    leg +=
      shape(tube(from, f.ankleY + 2, 0.8), wear.sock.colour, outline(wear.sock.colour), 2) +
      shadow(from + 3, f.ankleY - 4, wear.sock.colour);
  }
  const { colour, kind } = wear.shoe;
  const [x, w] = [f.footX, f.calf];
  const toe = d`M${x - w * 0.95} ${f.ankleY - 3}C${x - w * 1.2} ${f.soleY - 6} ${x - w * 1.1} ${f.soleY} ${x - w * 0.6} ${f.soleY}L${x + w * 1.2} ${f.soleY}C${x + w * 1.75} ${f.soleY} ${x + w * 1.4} ${f.ankleY + 2} ${x + w * 0.95} ${f.ankleY - 3}Z`;
  if (kind === "boot")
    leg += shape(tube(f.ankleY - (f.ankleY - f.kneeY) * 0.72, f.ankleY + 4, 1.6), colour, outline(colour), 2);
  leg +=
    shape(toe, colour, outline(colour), 2) +
    line(d`M${x - w * 0.9} ${f.soleY - 2.6}L${x + w * 1.25} ${f.soleY - 2.6}`, shade(colour, 0.45), 1.3);
  return leg + `<g transform="scale(-1 1)">${leg}</g>`;
}
