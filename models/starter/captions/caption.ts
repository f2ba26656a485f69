/**
 * @file Captions of a scene: many different texts that all describe it truly, in the ways in which prompts are written.
 * What a caption leaves out is reported, so that training knows which attributes a text tells.
 */

import type { Random } from "../draw/random.ts";
import type { SceneSpec } from "../draw/scene.ts";
import { sampleTypography, USUAL_TYPOGRAPHY, writeCaption } from "./document.ts";
import type { CaptionDocument, CaptionField, CaptionForm, Typography } from "./document.ts";
import { sentences } from "./prose.ts";
import { FRAMING_TAGS, POSITION_TAGS } from "./tags-acting.ts";
import type { Wording } from "./tags-appearance.ts";
import { ARTIST_TAGS, CHIBI_TAGS, LIGHT_TAGS, MOOD_TAGS, QUALITY_TAGS, STYLE_TAGS } from "./tags-scene.ts";
import { backgroundWords, characterWords, countWords, hasOpenEye } from "./wording.ts";

/** What a caption says of one character. */
export interface Told {
  readonly hairColour: boolean;
  readonly eyeColour: boolean;
  readonly outfit: boolean;
  readonly position: boolean;
}

export interface Caption {
  readonly text: string;
  readonly form: CaptionForm;
  /** In the order of the scene's characters. */
  readonly told: readonly Told[];
}

const FORM_WEIGHTS = { readme: 0.4, webapp: 0.18, nodes: 0.1, formatter: 0.1, comfy: 0.08, plain: 0.06 };
/** Texts of sentences only, which belong to no dialect. */
const PROSE_WEIGHT = 0.08;
const EVERYTHING: Told = { hairColour: true, eyeColour: true, outfit: true, position: true };

export function sampleCaption(scene: SceneSpec, random: Random): Caption {
  const form = random.weighted({ ...FORM_WEIGHTS, prose: PROSE_WEIGHT });
  if (form === "prose") {
    const told = scene.characters.map((character) => ({ ...EVERYTHING, eyeColour: hasOpenEye(character) }));
    return { text: sentences(scene, random), form: "plain", told };
  }
  // A list of tags cannot say whose hair is blue: only for one character.
  if (form === "plain" && scene.characters.length > 1) return sampleCaption(scene, random);
  const { document, told } = sampleDocument(scene, form, random);
  return { text: writeCaption(document, form, sampleTypography(random)), form, told };
}

/** Everything that a scene's picture shows, in the usual order and words: what evaluation prompts are made of. */
export function fullCaption(scene: SceneSpec, random: Random, typography?: Typography): Caption {
  const { document, told } = sampleDocument(scene, "readme", {
    ...random,
    chance: (probability) => probability > 0.5,
    shuffled: (items) => [...items],
  });
  return { text: writeCaption(document, "readme", typography ?? USUAL_TYPOGRAPHY), form: "readme", told };
}

function sampleDocument(
  scene: SceneSpec,
  form: CaptionForm,
  random: Random,
): { document: CaptionDocument; told: Told[] } {
  const told: Told[] = [];
  const isCast = scene.characters.length > 1;
  const characters = scene.characters.map((character, index) => {
    const words = characterWords(character, random);
    const isDark = character.skin === "tan" || character.skin === "dark_skin";
    const says: Told = {
      hairColour: random.chance(0.96),
      eyeColour: random.chance(0.94) && (hasOpenEye(character) || random.chance(0.15)),
      outfit: random.chance(0.95),
      position: random.chance(isCast ? 0.96 : character.position === "center" ? 0.6 : 0.9),
    };
    told.push(says);
    const appearance = [
      ...(says.hairColour ? [words.hairColour] : []),
      ...(random.chance(0.9) ? [words.hairStyle] : []),
      ...(random.chance(0.65) ? [words.bangs] : []),
      ...(says.eyeColour ? [words.eyes] : []),
      ...(random.chance(isDark ? 0.92 : character.skin === "pale_skin" ? 0.55 : 0.2) ? [words.skin] : []),
      ...words.accessories.filter(() => random.chance(0.95)),
    ];
    const clothing = [...(says.outfit ? [words.outfit] : []), ...(random.chance(0.75) ? [words.second] : [])];
    const fields: CaptionField[] = [
      field("n", random.chance(0.5) ? [name(index, random)] : []),
      field("gender", random.chance(0.95) ? [character.gender] : []),
      field("appearance", (random.chance(0.45) ? random.shuffled(appearance) : appearance).flat()),
      field("clothing", (random.chance(0.3) ? random.shuffled(clothing) : clothing).flat()),
      field("expression", random.chance(0.92) ? words.expression : []),
      field("action", random.chance(0.9) ? words.action : []),
      field("position", says.position ? [random.pick(POSITION_TAGS[character.position])] : []),
    ].filter(({ words: tags }) => tags.length > 0);
    return random.chance(0.9) ? fields : random.shuffled(fields);
  });
  const general = generalFields(scene, form, random);
  const prose = random.chance(form === "readme" ? 0.08 : 0.35) ? sentences(scene, random) : undefined;
  return { document: { characters, general, ...(prose === undefined ? {} : { prose }) }, told };
}

function generalFields(scene: SceneSpec, form: CaptionForm, random: Random): CaptionField[] {
  const { place, time, weather } = backgroundWords(scene, random);
  const some = (words: Wording, most: number): Wording => random.shuffled(words).slice(0, 1 + random.below(most));
  const chibi = scene.proportion === "chibi" && random.chance(0.88) ? [random.pick(CHIBI_TAGS)] : [];
  const style = [...(random.chance(0.7) ? [random.pick(STYLE_TAGS)] : []), ...chibi];
  const hour = random.chance(0.85) ? time : [];
  const falling = random.chance(0.92) ? weather : [];
  const isBackgroundTold = random.chance(0.94);
  const split = isBackgroundTold && form !== "webapp" && random.chance(0.3);
  const late = random.chance(0.5);
  const fields: CaptionField[] = [
    field("count", random.chance(0.95) ? countWords(scene) : []),
    field("artists", random.chance(0.04) ? [random.pick(ARTIST_TAGS)] : []),
    field("style", random.chance(0.9) ? style : chibi),
    field("background", isBackgroundTold ? [...place, ...(split || late ? [] : [...hour, ...falling])] : []),
    field("environment", split ? [...hour, ...falling] : []),
    field("perspective", random.chance(0.85) ? [random.pick(FRAMING_TAGS[scene.framing])] : []),
    field("atmosphere", [
      ...(isBackgroundTold && late && !split ? [...hour, ...falling] : []),
      ...(random.chance(0.25) ? [random.pick(MOOD_TAGS)] : []),
    ]),
    field("lighting", random.chance(0.15) ? [random.pick(LIGHT_TAGS)] : []),
    field("quality", form !== "webapp" && random.chance(0.45) ? some(QUALITY_TAGS, 3) : []),
  ];
  const kept = fields.filter(({ words }) => words.length > 0);
  return random.chance(0.92) ? kept : random.shuffled(kept);
}

function field(name: string, words: Wording): CaptionField {
  return { name, words };
}

/** A placeholder mostly; sometimes a name that means nothing, so that names do no harm. */
function name(index: number, random: Random): string {
  if (random.chance(0.85)) return `$character_${index + 1}$`;
  const syllables = ["ka", "mi", "ha", "ru", "no", "yu", "ri", "sa", "to", "na", "ai", "ren", "shi", "ko", "mei"];
  return Array.from({ length: 2 + random.below(2) }, () => random.pick(syllables)).join("");
}
