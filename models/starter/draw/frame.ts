/**
 * @file The figure's measures below the head, in head units (a head with hair is about 116 wide).
 * Outfits, limbs and poses are written against these names, so one drawing serves chibi and grown figures.
 */

export const PROPORTIONS = ["chibi", "normal"] as const;
export type Proportion = (typeof PROPORTIONS)[number];

export interface Frame {
  readonly proportion: Proportion;
  readonly isBoy: boolean;
  /** Scale of the head around the chin. */
  readonly headScale: number;
  readonly neckTop: number;
  readonly neckX: number;
  readonly shoulderY: number;
  readonly shoulderX: number;
  readonly chestY: number;
  readonly chestX: number;
  readonly waistY: number;
  readonly waistX: number;
  readonly hipY: number;
  readonly hipX: number;
  readonly crotchY: number;
  readonly kneeY: number;
  readonly ankleY: number;
  readonly soleY: number;
  /** Distance of a leg's middle from the axis at the hip and at the ankle. */
  readonly legX: number;
  readonly footX: number;
  readonly thigh: number;
  readonly calf: number;
  readonly upperArm: number;
  readonly lowerArm: number;
  /** Half widths of the arm at shoulder and wrist, and the hand's radius. */
  readonly armX: number;
  readonly wristX: number;
  readonly hand: number;
  /** How far long hair is stretched, see `hang`. */
  readonly hairLength: number;
}

const CHIBI = {
  headScale: 1,
  neckTop: 42,
  neckX: 8.5,
  shoulderY: 58,
  shoulderX: 29,
  chestY: 76,
  chestX: 26,
  waistY: 92,
  waistX: 23,
  hipY: 110,
  hipX: 29,
  crotchY: 126,
  kneeY: 156,
  ankleY: 186,
  soleY: 200,
  legX: 13,
  footX: 14,
  thigh: 11.5,
  calf: 8.5,
  upperArm: 25,
  lowerArm: 24,
  armX: 8.5,
  wristX: 6.2,
  hand: 7.6,
  hairLength: 1,
};

const GROWN = {
  headScale: 0.88,
  neckTop: 36,
  neckX: 10.5,
  shoulderY: 61,
  shoulderX: 50,
  chestY: 97,
  chestX: 39,
  waistY: 133,
  waistX: 31,
  hipY: 178,
  hipX: 45,
  crotchY: 208,
  kneeY: 296,
  ankleY: 384,
  soleY: 404,
  legX: 21,
  footX: 22,
  thigh: 20,
  calf: 13,
  upperArm: 58,
  lowerArm: 55,
  armX: 12.5,
  wristX: 8.2,
  hand: 12,
  hairLength: 1.55,
};

export function createFrame(proportion: Proportion, isBoy: boolean): Frame {
  const base = { ...(proportion === "chibi" ? CHIBI : GROWN), proportion, isBoy };
  if (!isBoy) return base;
  return proportion === "chibi"
    ? { ...base, shoulderX: 31, chestX: 28, waistX: 26, hipX: 27 }
    : { ...base, shoulderX: 57, chestX: 47, waistX: 40, hipX: 43, neckX: 13.5, armX: 14, wristX: 9.2, hand: 13 };
}
