/** @file Holds what a picture shows against what its prompt asked for, and adds the answers up. */

import { hasOpenEye } from "../captions/wording.ts";
import { POSITIONS } from "../draw/scene.ts";
import type { Position, SceneSpec } from "../draw/scene.ts";
import { CLOSED_EYES, READ_ATTRIBUTES } from "./reader.ts";
import type { ReadAttribute } from "./reader.ts";

export interface Share {
  readonly right: number;
  readonly asked: number;
}

/** Shares by what they are about, such as `hairColour of 2` or `leaked hairColour`. */
export type Tally = ReadonlyMap<string, Share>;

/** Where the middle of a face may lie for each place, 0 to 1 from the left. */
const PLACES: Readonly<Record<Position, readonly [number, number]>> = {
  left: [0, 0.44],
  center: [0.3, 0.7],
  right: [0.56, 1],
};

/** A character as somebody or something sees it: the middle of its face, 0 to 1 from the left, and what is told of it. */
export interface SeenCharacter {
  readonly x: number;
  readonly attributes: Readonly<Partial<Record<ReadAttribute, string>>>;
}

/**
 * @param found characters from the left
 * @param attributes those that are asked about
 */
export function comparePicture(
  scene: SceneSpec,
  found: readonly SeenCharacter[],
  attributes: readonly ReadAttribute[] = READ_ATTRIBUTES,
): Tally {
  const tally = new Map<string, Share>();
  const wanted = [...scene.characters].sort((a, b) => POSITIONS.indexOf(a.position) - POSITIONS.indexOf(b.position));
  const size = wanted.length;
  const add = (name: string, isRight: boolean): void => {
    for (const key of [name, `${name} of ${size}`]) {
      const { right, asked } = tally.get(key) ?? { right: 0, asked: 0 };
      tally.set(key, { right: right + Number(isRight), asked: asked + 1 });
    }
  };
  add("count", found.length === size);
  const value = (index: number, attribute: ReadAttribute): string | undefined => {
    const character = wanted[index];
    if (character === undefined) return undefined;
    return attribute === "eyeColour" && !hasOpenEye(character) ? CLOSED_EYES : character[attribute];
  };
  for (const [index, { position }] of wanted.entries()) {
    const shown = found[index];
    const [low, high] = PLACES[position];
    add("position", shown !== undefined && shown.x >= low && shown.x <= high);
    for (const attribute of attributes) {
      const right = value(index, attribute);
      // Of closed eyes no colour was asked for.
      if (attribute === "eyeColour" && right === CLOSED_EYES) continue;
      const read = shown?.attributes[attribute];
      add(attribute, read === right);
      if (size > 1)
        add(
          `leaked ${attribute}`,
          read !== right && wanted.some((_, other) => other !== index && value(other, attribute) === read),
        );
    }
  }
  add(
    "every hair colour",
    wanted.every((_, index) => found[index]?.attributes.hairColour === value(index, "hairColour")) &&
      found.length >= size,
  );
  return tally;
}

export function sumTallies(tallies: readonly Tally[]): Tally {
  const sum = new Map<string, Share>();
  for (const tally of tallies)
    for (const [name, { right, asked }] of tally) {
      const before = sum.get(name) ?? { right: 0, asked: 0 };
      sum.set(name, { right: before.right + right, asked: before.asked + asked });
    }
  return sum;
}

/** What the model is to reach, by the names of `comparePicture`. */
export const GOALS: Readonly<Record<string, number>> = {
  "hairColour of 1": 0.95,
  "eyeColour of 1": 0.9,
  "outfitColour of 1": 0.9,
  "position of 1": 0.95,
  "every hair colour of 2": 0.9,
  "every hair colour of 3": 0.8,
  count: 0.95,
};

/**
 * A Markdown table: a row for each question, columns for one, two and three characters.
 * @param notJudged attributes whose figures would tell more about the judge than about the model
 */
export function tallyTable(tally: Tally, notJudged: ReadonlySet<ReadAttribute> = new Set()): string {
  const cell = (name: string): string => {
    if ([...notJudged].some((attribute) => name.split(" ").includes(attribute))) return "not judged";
    const share = tally.get(name);
    if (share === undefined || share.asked === 0) return "–";
    const goal = GOALS[name];
    return `${((share.right / share.asked) * 100).toFixed(1)} % (${share.asked})${goal === undefined ? "" : `, goal ${goal * 100} %`}`;
  };
  const names = [...tally.keys()].filter((name) => !/ of \d$/.test(name));
  const rows = names.map(
    (name) => `| ${name} | ${[name, `${name} of 1`, `${name} of 2`, `${name} of 3`].map(cell).join(" | ")} |`,
  );
  return ["| right (of so many) | all | one | two | three |", "|---|---|---|---|---|", ...rows].join("\n");
}
