/** @file One character, put together from its parts in the order in which they cover each other. */

import { drawAccessory } from "./accessories.ts";
import type { Accessory } from "./accessories.ts";
import { FACE_SIGNS } from "./expressions.ts";
import type { Expression } from "./expressions.ts";
import { drawBrows, drawEyes, EYE_X, EYE_Y } from "./eyes.ts";
import { drawFace, drawSignsOver } from "./face.ts";
import { createFrame } from "./frame.ts";
import type { Frame, Proportion } from "./frame.ts";
import { drawHairBehind, drawHairOver } from "./hair-back.ts";
import { drawHairFront } from "./hair-front.ts";
import { hairTones } from "./hair-tones.ts";
import type { Bangs, HairStyle } from "./hair-tones.ts";
import { drawArm, drawLegs } from "./limbs.ts";
import type { Sleeve } from "./limbs.ts";
import { neck } from "./outfit-parts.ts";
import { OUTFITS } from "./outfits.ts";
import type { Outfit } from "./outfits.ts";
import { CLOTH_COLOURS, EYE_COLOURS, HAIR_COLOURS, SKIN_TONES } from "./palette.ts";
import type { ClothColour, EyeColour, HairColour, SkinTone } from "./palette.ts";
import { mirrored, placed } from "./pen.ts";
import type { Definitions } from "./pen.ts";
import { poseOf } from "./poses.ts";
import type { Action, Arm } from "./poses.ts";
import { drawProp } from "./props.ts";

/** Where the chin is below the middle of the face. */
const CHIN = 46;

export type Gender = "1girl" | "1boy";

export interface CharacterSpec {
  readonly gender: Gender;
  readonly hairColour: HairColour;
  readonly hairStyle: HairStyle;
  readonly bangs: Bangs;
  readonly eyeColour: EyeColour;
  readonly skin: SkinTone;
  readonly expression: Expression;
  readonly outfit: Outfit;
  readonly outfitColour: ClothColour;
  /** Of skirt, trousers, ribbon or trimming. */
  readonly secondColour: ClothColour;
  readonly accessories: readonly { readonly kind: Accessory; readonly colour: ClothColour }[];
  readonly action: Action;
  /** Small differences that no tag names: tilt of the head in degrees, gaze -1 to 1, which arm acts. */
  readonly tilt: number;
  readonly gaze: number;
  readonly isMirrored: boolean;
}

/** What rises above the skull, in head units. */
const STYLE_TOPS: Readonly<Partial<Record<HairStyle, number>>> = {
  hair_bun: -102,
  double_bun: -86,
  spiked_hair: -90,
  messy_hair: -78,
  ponytail: -82,
};
const ACCESSORY_TOPS: Readonly<Partial<Record<Accessory, number>>> = {
  hair_bow: -96,
  beret: -106,
  witch_hat: -134,
  cat_ears: -106,
  fox_ears: -120,
  dog_ears: -76,
  rabbit_ears: -148,
  horns: -100,
  halo: -102,
  crown: -98,
  maid_headdress: -80,
  straw_hat: -84,
  baseball_cap: -82,
  ahoge: -100,
};

/** The figure in head units around the middle of its face, and the places that tests and evaluation look at. */
export interface FigureDrawing {
  readonly svg: string;
  readonly headScale: number;
  readonly eyeX: number;
  readonly eyeY: number;
  readonly chestY: number;
  readonly chestX: number;
  readonly waistY: number;
  readonly soleY: number;
  /** The highest thing on the head: negative, as heights grow downward. */
  readonly top: number;
}

export function drawFigure(spec: CharacterSpec, proportion: Proportion, definitions: Definitions): FigureDrawing {
  const isBoy = spec.gender === "1boy";
  const frame = createFrame(proportion, isBoy);
  const skin = SKIN_TONES[spec.skin];
  const tones = hairTones(HAIR_COLOURS[spec.hairColour]);
  const second = CLOTH_COLOURS[spec.secondColour];
  const outfit = OUTFITS[spec.outfit]({ frame, colour: CLOTH_COLOURS[spec.outfitColour], second, skin });
  const hair = { style: spec.hairStyle, bangs: spec.bangs, tones, length: frame.hairLength, isBoy, tie: second };
  const eyes = { colour: EYE_COLOURS[spec.eyeColour], hair: tones.base, skin, isBoy, gaze: spec.gaze };
  const signs = FACE_SIGNS[spec.expression];
  const worn = spec.accessories.map(({ kind, colour }) =>
    drawAccessory(kind, { colour: CLOTH_COLOURS[colour], hair: tones, frame }),
  );
  const layer = (name: "behind" | "face" | "head" | "neck"): string =>
    worn.map((accessory) => accessory[name] ?? "").join("");

  // The head turns around the chin, so that the neck stays where it is.
  const chin = CHIN * frame.headScale;
  const headTurn = (content: string): string =>
    content === "" ? "" : placed(placed(content, 0, -CHIN), 0, chin, { scale: frame.headScale, turn: spec.tilt });

  const pose = poseOf(spec.action, frame);
  const arms = armDrawings(pose.right, pose.left, frame, outfit.sleeve, skin, spec.isMirrored);
  const prop = drawProp(pose.prop, pose.right.wrist, frame, second);
  const flip = (content: string): string => (spec.isMirrored && content !== "" ? mirrored(content) : content);

  const svg =
    headTurn(drawHairBehind(hair) + layer("behind")) +
    (outfit.behind ?? "") +
    arms.behind +
    drawLegs(frame, skin, outfit.legs) +
    outfit.lower +
    neck(frame, skin) +
    outfit.torso +
    arms.front +
    outfit.collar +
    layer("neck") +
    flip(prop.under) +
    arms.hands +
    headTurn(
      drawHairOver(hair) +
        drawFace({ skin, isBoy, hasBareForehead: spec.bangs === "parted_bangs" }, signs, definitions) +
        drawEyes(eyes, signs.lids, definitions) +
        layer("face") +
        drawHairFront(hair) +
        drawBrows(eyes, signs.brows) +
        layer("head") +
        drawSignsOver(signs),
    ) +
    flip(prop.over) +
    arms.over;
  return {
    svg,
    headScale: frame.headScale,
    eyeX: EYE_X * frame.headScale,
    eyeY: EYE_Y * frame.headScale,
    chestY: frame.chestY,
    chestX: frame.chestX,
    waistY: frame.waistY,
    soleY: frame.soleY,
    top:
      frame.headScale *
      Math.min(STYLE_TOPS[spec.hairStyle] ?? -68, ...spec.accessories.map(({ kind }) => ACCESSORY_TOPS[kind] ?? -68)),
  };
}

type ArmLayers = Record<"behind" | "front" | "hands" | "over", string>;

function armDrawings(
  right: Arm,
  left: Arm,
  frame: Frame,
  sleeve: Sleeve,
  skin: string,
  isMirrored: boolean,
): ArmLayers {
  const layers: ArmLayers = { behind: "", front: "", hands: "", over: "" };
  const sides = isMirrored ? [right, left] : [left, right];
  sides.forEach((arm, index) => {
    const { limb, hand } = drawArm(frame, arm, sleeve, skin);
    const side = (content: string): string => (index === 0 ? mirrored(content) : content);
    if (arm.layer === "front") {
      layers.front += side(limb);
      layers.hands += side(hand);
    } else layers[arm.layer] += side(arm.hand === "flat" || arm.hand === "none" ? limb + hand : hand + limb);
  });
  return layers;
}
