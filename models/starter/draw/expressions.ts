/**
 * @file What each expression does to a face: lids, brows, mouth and small signs such as tears.
 * Eyes are closed only by expressions whose name says so.
 */

export const EXPRESSIONS = [
  "smile",
  "open_mouth",
  "grin",
  "closed_eyes",
  "one_eye_closed",
  "angry",
  "sad",
  "crying",
  "surprised",
  "embarrassed",
  "expressionless",
  "half-closed_eyes",
  "pout",
  "smug",
  ":3",
  "nervous",
] as const;
export type Expression = (typeof EXPRESSIONS)[number];

/** `arch` is the closed eye of a laugh, `rest` that of sleep. */
export type Lid = "open" | "half" | "wide" | "sharp" | "soft" | "arch" | "rest";
export type Mouth =
  | "smile"
  | "open"
  | "laugh"
  | "grin"
  | "flat"
  | "frown"
  | "shout"
  | "round"
  | "wave"
  | "pout"
  | "smirk"
  | "cat"
  | "small";

export interface FaceSigns {
  /** The viewer's left eye, then the right one. */
  readonly lids: readonly [Lid, Lid];
  /** How much the inner and the outer end of the brows are raised. */
  readonly brows: readonly [inner: number, outer: number];
  readonly mouth: Mouth;
  /** 0 to 1. */
  readonly blush: number;
  readonly extra?: "tears" | "blush-lines" | "anger" | "sweat" | "puff";
}

const OPEN: readonly [Lid, Lid] = ["open", "open"];

export const FACE_SIGNS: Readonly<Record<Expression, FaceSigns>> = {
  smile: { lids: OPEN, brows: [0, 0], mouth: "smile", blush: 0.42 },
  open_mouth: { lids: OPEN, brows: [2, 2], mouth: "open", blush: 0.42 },
  grin: { lids: OPEN, brows: [1, 2], mouth: "grin", blush: 0.42 },
  closed_eyes: { lids: ["arch", "arch"], brows: [2, 1], mouth: "laugh", blush: 0.5 },
  one_eye_closed: { lids: ["open", "arch"], brows: [1, 1], mouth: "laugh", blush: 0.42 },
  angry: { lids: ["sharp", "sharp"], brows: [-8, 4], mouth: "shout", blush: 0.25, extra: "anger" },
  sad: { lids: ["soft", "soft"], brows: [5, -5], mouth: "frown", blush: 0.3 },
  crying: { lids: ["soft", "soft"], brows: [6, -5], mouth: "wave", blush: 0.55, extra: "tears" },
  surprised: { lids: ["wide", "wide"], brows: [6, 6], mouth: "round", blush: 0.3 },
  embarrassed: { lids: OPEN, brows: [4, -1], mouth: "wave", blush: 0.95, extra: "blush-lines" },
  expressionless: { lids: OPEN, brows: [-1, -1], mouth: "flat", blush: 0.12 },
  "half-closed_eyes": { lids: ["half", "half"], brows: [-2, -2], mouth: "small", blush: 0.3 },
  pout: { lids: ["sharp", "sharp"], brows: [-4, 2], mouth: "pout", blush: 0.7, extra: "puff" },
  smug: { lids: ["half", "half"], brows: [-3, 4], mouth: "smirk", blush: 0.4 },
  ":3": { lids: OPEN, brows: [2, 1], mouth: "cat", blush: 0.5 },
  nervous: { lids: ["soft", "soft"], brows: [4, 0], mouth: "wave", blush: 0.35, extra: "sweat" },
};
