/** @file What each action does with the arms: where elbows and wrists are, and what the hands hold. */

import type { Frame } from "./frame.ts";
import type { Point } from "./pen.ts";

export const ACTIONS = [
  "standing",
  "waving",
  "hands_on_own_hips",
  "hand_on_own_hip",
  "arms_up",
  "v",
  "holding_book",
  "holding_flower",
  "holding_cup",
  "holding_balloon",
  "arms_behind_back",
  "hand_on_own_chest",
  "own_hands_together",
  "salute",
] as const;
export type Action = (typeof ACTIONS)[number];

export type HandShape = "relaxed" | "open" | "v" | "grip" | "flat" | "none";
/** When an arm is drawn: behind the body, over it, or over hair and face too. */
export type ArmLayer = "behind" | "front" | "over";

export interface Arm {
  readonly shoulder: Point;
  readonly elbow: Point;
  readonly wrist: Point;
  readonly hand: HandShape;
  readonly layer: ArmLayer;
}

export interface Pose {
  /** The arm on the viewer's right and the one on the left; the left one is given mirrored, too (x positive). */
  readonly right: Arm;
  readonly left: Arm;
  readonly prop?: "book" | "flower" | "cup" | "balloon";
}

/** The arms of an action for one figure. */
export function poseOf(action: Action, frame: Frame): Pose {
  const f = frame;
  const isChibi = f.proportion === "chibi";
  const arm = (wrist: Point, hand: HandShape, layer: ArmLayer = "front", bend = 1): Arm =>
    reach(f, wrist, hand, layer, bend);
  const down = arm([f.shoulderX + (isChibi ? 15 : 19), f.hipY - (isChibi ? 4 : 2)], "relaxed", "front", 0.25);
  const raised: Point = isChibi ? [70, 24] : [f.shoulderX + 32, 8];
  switch (action) {
    case "standing":
      return { right: down, left: down };
    case "waving":
      return { right: arm(raised, "open", "over"), left: down };
    case "hands_on_own_hips": {
      const hip = arm([f.waistX + 5, f.waistY + (f.hipY - f.waistY) * 0.42], "none", "front", 1);
      return { right: hip, left: hip };
    }
    case "hand_on_own_hip":
      return { right: arm([f.waistX + 5, f.waistY + (f.hipY - f.waistY) * 0.42], "none"), left: down };
    case "arms_up": {
      const up = arm(isChibi ? [64, 2] : [f.shoulderX + 26, -30], "open", "over", 0.6);
      return { right: up, left: up };
    }
    case "v":
      return { right: arm(isChibi ? [64, 36] : [f.shoulderX + 18, 34], "v", "over"), left: down };
    case "holding_book": {
      const hold = arm([isChibi ? 20 : 26, f.chestY + (isChibi ? 24 : 30)], "grip");
      return { right: hold, left: hold, prop: "book" };
    }
    case "holding_flower":
      return { right: arm([isChibi ? 30 : 38, f.chestY + (isChibi ? 12 : 22)], "grip"), left: down, prop: "flower" };
    case "holding_cup": {
      const hold = arm([isChibi ? 10 : 13, f.chestY + (isChibi ? 16 : 22)], "grip");
      return { right: hold, left: hold, prop: "cup" };
    }
    case "holding_balloon":
      return { right: arm(isChibi ? [66, 44] : [f.shoulderX + 26, 58], "grip", "over"), left: down, prop: "balloon" };
    case "arms_behind_back": {
      const back = arm([f.waistX * 0.3, f.waistY + 8], "none", "behind", 1.1);
      return { right: back, left: back };
    }
    case "hand_on_own_chest":
      return { right: arm([isChibi ? 4 : 6, f.chestY + (isChibi ? 4 : 4)], "flat"), left: down };
    case "own_hands_together": {
      const hold = arm([isChibi ? 7 : 9, f.chestY + (isChibi ? 13 : 18)], "grip", "front", 0.8);
      return { right: hold, left: hold };
    }
    case "salute":
      return { right: arm(isChibi ? [52, -2] : [44, -4], "flat", "over"), left: down };
  }
}

/** Bends the arm so that the wrist is at its place; an arm that is too short is stretched, as chibi arms are. */
function reach(frame: Frame, wrist: Point, hand: HandShape, layer: ArmLayer, bend: number): Arm {
  const shoulder: Point = [frame.shoulderX - frame.armX * 0.75, frame.shoulderY + frame.armX * 0.95];
  const [dx, dy] = [wrist[0] - shoulder[0], wrist[1] - shoulder[1]];
  const distance = Math.hypot(dx, dy) || 1;
  const stretch = Math.max(1, (distance * 1.04) / (frame.upperArm + frame.lowerArm));
  const [upper, lower] = [frame.upperArm * stretch, frame.lowerArm * stretch];
  const along = (upper * upper - lower * lower + distance * distance) / (2 * distance);
  const height = Math.sqrt(Math.max(0, upper * upper - along * along)) * bend;
  const [ux, uy] = [dx / distance, dy / distance];
  // The elbow goes outward: of the two sides, the one with the larger x (or lower, where both are alike).
  const sides: readonly Point[] = [
    [shoulder[0] + ux * along - uy * height, shoulder[1] + uy * along + ux * height],
    [shoulder[0] + ux * along + uy * height, shoulder[1] + uy * along - ux * height],
  ];
  const elbow = [...sides].sort((a, b) => b[0] + b[1] * 0.35 - (a[0] + a[1] * 0.35))[0] ?? wrist;
  return { shoulder, elbow, wrist, hand, layer };
}
