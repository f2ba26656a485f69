/** @file How far two judges of the same pictures agree: the prompt, the reader, a person's eye. Pure. */

import { hasOpenEye } from "../captions/wording.ts";
import { POSITIONS } from "../draw/scene.ts";
import type { SceneSpec } from "../draw/scene.ts";
import { UNTOLD } from "./labels.ts";
import type { Label } from "./labels.ts";
import { CLOSED_EYES } from "./reader.ts";
import type { FoundCharacter } from "./reader.ts";
import type { SeenCharacter } from "./tally.ts";

/** What is compared, as both judges name it. */
export const COMPARED = ["hairColour", "eyeColour", "outfitColour"] as const;
export type Compared = (typeof COMPARED)[number];

/** One judge's words on a picture's characters, from the left. */
export type Verdict = readonly Readonly<Record<Compared, string>>[];

export interface Agreement {
  /** Pictures by "count of one judge/count of the other". */
  readonly counts: ReadonlyMap<string, number>;
  readonly attributes: ReadonlyMap<Compared, AttributeAgreement>;
}

export interface AttributeAgreement {
  readonly same: number;
  readonly compared: number;
  /** Pairs that differ, "one judge's word → the other's", the most frequent first. */
  readonly confusions: readonly (readonly [pair: string, times: number])[];
}

const X: Readonly<Record<string, number>> = { left: 0.25, center: 0.5, right: 0.75 };

export function verdictOfReader(found: readonly FoundCharacter[]): Verdict {
  return found.map(({ attributes }) => attributes);
}

export function verdictOfScene({ characters }: SceneSpec): Verdict {
  return [...characters]
    .sort((a, b) => POSITIONS.indexOf(a.position) - POSITIONS.indexOf(b.position))
    .map((character) => ({ ...character, eyeColour: hasOpenEye(character) ? character.eyeColour : CLOSED_EYES }));
}

/** Labels in the form in which `comparePicture` holds a picture against its prompt. A word that is `?` is not right. */
export function seenByEye(labels: readonly Label[]): SeenCharacter[] {
  return labels.map(({ position, ...attributes }) => ({ x: X[position] ?? -1, attributes }));
}

/**
 * Characters are compared from the left, in pictures where both judges saw as many; what either could not tell is left out.
 * @param pairs one judge's verdict and the other's on each picture
 */
export function agreementOf(pairs: readonly (readonly [Verdict, Verdict])[]): Agreement {
  const counts = new Map<string, number>();
  for (const [one, other] of pairs) increase(counts, `${one.length}/${other.length}`);
  const comparable = pairs.filter(([one, other]) => one.length === other.length);
  const attributes = COMPARED.map((name) => {
    const words = comparable.flatMap(([one, other]) =>
      one.map((character, index) => [character[name], other[index]?.[name] ?? UNTOLD] as const),
    );
    const told = words.filter((pair) => !pair.includes(UNTOLD));
    const confusions = new Map<string, number>();
    for (const [one, other] of told) if (one !== other) increase(confusions, `${one} → ${other}`);
    const same = told.filter(([one, other]) => one === other).length;
    const sorted = [...confusions].sort(([, a], [, b]) => b - a);
    return [name, { same, compared: told.length, confusions: sorted }] as const;
  });
  return { counts, attributes: new Map(attributes) };
}

function increase(map: Map<string, number>, key: string): void {
  map.set(key, (map.get(key) ?? 0) + 1);
}

const SHOWN_CONFUSIONS = 8;

/** Two Markdown tables: counts of characters, and attributes with what was most often taken for what. */
export function agreementTables({ counts, attributes }: Agreement, one: string, other: string): string {
  const numbers = [...counts.keys()].flatMap((key) => key.split("/").map(Number));
  const all = Array.from({ length: Math.max(3, ...numbers) + 1 }, (_, index) => index);
  const rows = all.map((row) => `| ${row} | ${all.map((column) => counts.get(`${row}/${column}`) ?? 0).join(" | ")} |`);
  const lines = [...attributes].map(([name, { same, compared, confusions }]) => {
    const share = compared === 0 ? "–" : `${((same / compared) * 100).toFixed(1)} % (${compared})`;
    const shown = confusions.slice(0, SHOWN_CONFUSIONS).map(([pair, times]) => `${pair} ${times}`);
    return `| ${name} | ${share} | ${shown.join(", ") || "–"} |`;
  });
  return [
    `| characters: ${one} ↓, ${other} → | ${all.join(" | ")} |`,
    `|---|${all.map(() => "---").join("|")}|`,
    ...rows,
    "",
    `| attribute | the same (of so many) | ${one} → ${other}, where they differ |`,
    "|---|---|---|",
    ...lines,
  ].join("\n");
}
