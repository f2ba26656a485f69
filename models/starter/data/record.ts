/**
 * @file What training knows of one picture, as a record of fixed size: who is where, and captions as token ids.
 * `recordFormat` describes the bytes, so that a reader in another language needs no second description.
 */

import { sampleCaption } from "../captions/caption.ts";
import { EXPRESSIONS } from "../draw/expressions.ts";
import { PROPORTIONS } from "../draw/frame.ts";
import { BANGS, HAIR_STYLES } from "../draw/hair-tones.ts";
import { OUTFITS } from "../draw/outfits.ts";
import { CLOTH_COLOURS, EYE_COLOURS, HAIR_COLOURS, SKIN_TONES, keysOf } from "../draw/palette.ts";
import { ACTIONS } from "../draw/poses.ts";
import { createRandom } from "../draw/random.ts";
import { FRAMINGS, POSITIONS } from "../draw/scene.ts";
import type { Box, CharacterPlace, SceneSpec } from "../draw/scene.ts";
import { hasOpenEye } from "../captions/wording.ts";
import { tokenCount } from "../tokenizer/build.ts";
import type { TokenizerDefinition } from "../tokenizer/build.ts";
import type { Encoder } from "../draw/token-encoder.ts";

export const CAPTIONS_PER_PICTURE = 6;
/** Longer captions are drawn anew, so nothing is ever cut. */
export const MOST_TOKENS = 192;
const MOST_CHARACTERS = 3;

/** Attributes of a character, each a number into its list; 255 stands for nothing to see. */
export const ATTRIBUTES = {
  position: POSITIONS,
  gender: ["1girl", "1boy"],
  hairColour: keysOf(HAIR_COLOURS),
  hairStyle: HAIR_STYLES,
  bangs: BANGS,
  eyeColour: keysOf(EYE_COLOURS),
  skin: keysOf(SKIN_TONES),
  expression: EXPRESSIONS,
  outfit: keysOf(OUTFITS),
  outfitColour: keysOf(CLOTH_COLOURS),
  secondColour: keysOf(CLOTH_COLOURS),
  action: ACTIONS,
} as const;
const NONE = 255;

const FIELDS = [
  { name: "characters", type: "u1", shape: [] },
  { name: "proportion", type: "u1", shape: [] },
  { name: "framing", type: "u1", shape: [] },
  { name: "unused", type: "u1", shape: [] },
  { name: "attributes", type: "u1", shape: [MOST_CHARACTERS, Object.keys(ATTRIBUTES).length] },
  /** Head, left eye, right eye, torso: x, y, width, height in page units. */
  { name: "boxes", type: "<i2", shape: [MOST_CHARACTERS, 4, 4] },
  { name: "lengths", type: "<u2", shape: [CAPTIONS_PER_PICTURE] },
  /** Bits: 1 hair colour, 2 eye colour, 4 outfit and colour, 8 position are told by the caption. */
  { name: "told", type: "u1", shape: [CAPTIONS_PER_PICTURE, MOST_CHARACTERS] },
  { name: "ids", type: "<u2", shape: [CAPTIONS_PER_PICTURE, MOST_TOKENS] },
] as const;

const WIDTHS = { u1: 1, "<i2": 2, "<u2": 2 } as const;

/** The layout and the lists that the numbers point into, as JSON. */
export function recordFormat(picture: number, definition: TokenizerDefinition): object {
  const idOf = (tag: string): number | undefined => definition.added_tokens.find(({ content }) => content === tag)?.id;
  const numbers = Array.from({ length: MOST_CHARACTERS }, (_, index) => index + 1);
  return {
    picture,
    tokens: tokenCount(definition),
    /** Token ids of `<character_1>`… and of their closing tags. */
    blocks: [
      numbers.map((number) => idOf(`<character_${number}>`)),
      numbers.map((number) => idOf(`</character_${number}>`)),
    ],
    captions: CAPTIONS_PER_PICTURE,
    longest: MOST_TOKENS,
    proportions: PROPORTIONS,
    framings: FRAMINGS,
    attributes: Object.entries(ATTRIBUTES).map(([name, values]) => ({ name, values })),
    fields: FIELDS,
  };
}

export const RECORD_BYTES = FIELDS.reduce(
  (sum, { type, shape }) => sum + WIDTHS[type] * shape.reduce((product: number, size) => product * size, 1),
  0,
);

/** The record of a scene; `seed` decides the captions. */
export function writeRecord(
  scene: SceneSpec,
  places: readonly CharacterPlace[],
  encoder: Encoder,
  seed: number,
): Buffer {
  const random = createRandom(seed);
  const record = Buffer.alloc(RECORD_BYTES);
  let at = 0;
  const u1 = (value: number): void => void (at = record.writeUInt8(value, at));
  u1(scene.characters.length);
  u1(PROPORTIONS.indexOf(scene.proportion));
  u1(FRAMINGS.indexOf(scene.framing));
  u1(0);
  for (let index = 0; index < MOST_CHARACTERS; index++) {
    const character = scene.characters[index];
    for (const [name, values] of Object.entries(ATTRIBUTES) as [keyof typeof ATTRIBUTES, readonly string[]][])
      u1(
        character === undefined || (name === "eyeColour" && !hasOpenEye(character))
          ? NONE
          : values.indexOf(character[name]),
      );
  }
  for (let index = 0; index < MOST_CHARACTERS; index++) {
    const place = places[index];
    const boxes: readonly (Box | undefined)[] = [place?.head, place?.eyes[0], place?.eyes[1], place?.torso];
    for (const box of boxes)
      for (const value of [box?.x, box?.y, box?.width, box?.height])
        at = record.writeInt16LE(Math.round(value ?? 0), at);
  }
  const captions = Array.from({ length: CAPTIONS_PER_PICTURE }, () => {
    for (;;) {
      const caption = sampleCaption(scene, random);
      const ids = encoder.ids(caption.text);
      if (ids.length <= MOST_TOKENS) return { ids, told: caption.told };
    }
  });
  for (const { ids } of captions) at = record.writeUInt16LE(ids.length, at);
  for (const { told } of captions)
    for (let index = 0; index < MOST_CHARACTERS; index++) {
      const bits = told[index];
      u1(
        bits === undefined
          ? 0
          : Number(bits.hairColour) + Number(bits.eyeColour) * 2 + Number(bits.outfit) * 4 + Number(bits.position) * 8,
      );
    }
  for (const { ids } of captions)
    for (let index = 0; index < MOST_TOKENS; index++) at = record.writeUInt16LE(ids[index] ?? 1, at);
  return record;
}
