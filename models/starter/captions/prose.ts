/** @file Sentences about a scene: what a caption field holds, and prompts of people who write no tags. */

import type { CharacterSpec } from "../draw/figure.ts";
import type { Random } from "../draw/random.ts";
import type { SceneSpec } from "../draw/scene.ts";
import type { Wording } from "./tags-appearance.ts";
import { OUTFIT_WORDS } from "./tags-clothing.ts";
import { POSITION_TAGS } from "./tags-acting.ts";
import { backgroundWords, characterWords, colourWord, hasOpenEye, withColour } from "./wording.ts";

const ACTIONS: Readonly<Record<CharacterSpec["action"], string>> = {
  standing: "standing",
  waving: "waving",
  hands_on_own_hips: "standing with hands on hips",
  hand_on_own_hip: "standing with a hand on hip",
  arms_up: "with arms up",
  v: "making a peace sign",
  holding_book: "holding a book",
  holding_flower: "holding a flower",
  holding_cup: "holding a cup",
  holding_balloon: "holding a balloon",
  arms_behind_back: "with arms behind back",
  hand_on_own_chest: "with a hand on chest",
  own_hands_together: "with hands together",
  salute: "saluting",
};

const EXPRESSIONS: Readonly<Record<CharacterSpec["expression"], string>> = {
  smile: "smiling",
  open_mouth: "smiling with open mouth",
  grin: "grinning",
  closed_eyes: "laughing with closed eyes",
  one_eye_closed: "winking",
  angry: "looking angry",
  sad: "looking sad",
  crying: "crying",
  surprised: "looking surprised",
  embarrassed: "blushing and embarrassed",
  expressionless: "with no expression",
  "half-closed_eyes": "looking sleepy",
  pout: "pouting",
  smug: "looking smug",
  ":3": "with a cat mouth",
  nervous: "looking nervous",
};

function article(phrase: string): string {
  return /^[aeiou]/.test(phrase) ? "an" : "a";
}

function spaced(words: Wording): string {
  return words.map((word) => word.replaceAll("_", " ")).join(" ");
}

/** One sentence a character, in an order that says who is where. */
export function sentences(scene: SceneSpec, random: Random): string {
  const said = scene.characters.map((character) => {
    const words = characterWords(character, random);
    const colour = colourWord(character.outfitColour, random);
    const outfit = spaced(withColour([OUTFIT_WORDS[character.outfit].phrase], colour));
    const who = character.gender === "1girl" ? "girl" : "boy";
    const eyes = hasOpenEye(character) ? ` and ${spaced(words.eyes)}` : "";
    const style = random.chance(0.6) ? `${spaced(words.hairStyle)} and ` : "";
    const hair = `${style}${spaced(words.hairColour)}`;
    const worn = words.accessories.length > 0 && random.chance(0.7) ? ` and ${spaced(words.accessories[0] ?? [])}` : "";
    const doing = random.shuffled([
      ...(random.chance(0.8) ? [ACTIONS[character.action]] : []),
      ...(random.chance(0.85) ? [EXPRESSIONS[character.expression]] : []),
    ]);
    const tail = doing.length === 0 ? "" : `, ${doing.join(", ")}`;
    const side = random.pick(POSITION_TAGS[character.position].filter((word) => !word.includes("_")));
    const isUnsaid = scene.characters.length === 1 && character.position === "center";
    const where = isUnsaid ? "" : ` ${character.position === "center" ? "in" : "on"} the ${side}`;
    return random.chance(0.5)
      ? `A ${who} with ${hair}${eyes} wearing ${article(outfit)} ${outfit}${worn}${where}${tail}.`
      : `${where === "" ? "There is" : `${where.slice(1, 2).toUpperCase()}${where.slice(2)} is`} a ${who} with ${hair}${eyes} in ${article(outfit)} ${outfit}${worn}${tail}.`;
  });
  const { place, time, weather } = backgroundWords(scene, random);
  const setting = [...place, ...(random.chance(0.8) ? time : []), ...weather];
  const scenery =
    setting.length > 0 && random.chance(0.85)
      ? ` ${random.pick(["The background is", "The scene is", "In the background there is"])} ${spaced(setting)}.`
      : "";
  return said.join(" ") + scenery;
}
