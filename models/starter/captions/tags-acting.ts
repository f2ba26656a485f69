/** @file The tags for expressions, actions and places on the page. */

import type { Expression } from "../draw/expressions.ts";
import type { Action } from "../draw/poses.ts";
import type { Framing, Position } from "../draw/scene.ts";
import type { Wording } from "./tags-appearance.ts";

export const EXPRESSION_TAGS: Readonly<Record<Expression, readonly Wording[]>> = {
  smile: [["smile"], ["smile"], ["light_smile"], ["closed_mouth", "smile"]],
  open_mouth: [["open_mouth"], [":d"], ["open_mouth", "smile"], ["happy"]],
  grin: [["grin"], ["grin", "teeth"]],
  closed_eyes: [["closed_eyes"], ["closed_eyes", "smile"], ["closed_eyes", "open_mouth"], ["laughing"]],
  one_eye_closed: [["one_eye_closed"], ["wink"], ["one_eye_closed", "smile"]],
  angry: [["angry"], ["annoyed"], ["angry", "v-shaped_eyebrows"]],
  sad: [["sad"], ["frown"], ["sad", "frown"]],
  crying: [["crying"], ["tears"], ["crying", "tears"]],
  surprised: [["surprised"], ["wide-eyed"], ["surprised", "open_mouth"]],
  embarrassed: [["embarrassed"], ["blush"], ["embarrassed", "blush"], ["shy"]],
  expressionless: [["expressionless"], ["serious"]],
  "half-closed_eyes": [["half-closed_eyes"], ["sleepy"]],
  pout: [["pout"], ["pouting"]],
  smug: [["smug"], ["smirk"]],
  ":3": [[":3"], ["cat_mouth"]],
  nervous: [["nervous"], ["sweatdrop"], ["nervous", "sweatdrop"]],
};

export const ACTION_TAGS: Readonly<Record<Action, readonly Wording[]>> = {
  standing: [["standing"], ["standing", "looking_at_viewer"]],
  waving: [["waving"], ["waving", "looking_at_viewer"]],
  hands_on_own_hips: [["hands_on_own_hips"], ["hands_on_hips"]],
  hand_on_own_hip: [["hand_on_own_hip"], ["hand_on_hip"]],
  arms_up: [["arms_up"], ["raised_arms"]],
  v: [["v"], ["peace_sign"]],
  holding_book: [["holding_book"], ["holding", "book"], ["reading"]],
  holding_flower: [["holding_flower"], ["holding", "flower"]],
  holding_cup: [["holding_cup"], ["holding", "cup"]],
  holding_balloon: [["holding_balloon"], ["holding", "balloon"]],
  arms_behind_back: [["arms_behind_back"]],
  hand_on_own_chest: [["hand_on_own_chest"], ["hand_on_chest"]],
  own_hands_together: [["own_hands_together"], ["hands_clasped"]],
  salute: [["salute"], ["saluting"]],
};

export const POSITION_TAGS: Readonly<Record<Position, readonly string[]>> = {
  left: ["left", "center_left", "left_side"],
  center: ["center", "center", "middle"],
  right: ["right", "center_right", "right_side"],
};

export const FRAMING_TAGS: Readonly<Record<Framing, readonly string[]>> = {
  portrait: ["portrait", "close-up", "head_and_shoulders"],
  upper_body: ["upper_body", "half_length"],
  cowboy_shot: ["cowboy_shot"],
  full_body: ["full_body", "full-length"],
};
