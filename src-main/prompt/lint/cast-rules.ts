/** @file What the characters say together: their count, places, hair, and whether each says anything. */

import { fieldOf, saysSomething } from "../blocks.ts";
import { fieldText } from "../fields.ts";
import type { FindingFix } from "../findings.ts";
import { isElement } from "../tree.ts";
import type { ElementNode } from "../tree.ts";
import { placedItems, placeOfNode, rawTexts, withSpaceBefore } from "./context.ts";
import type { PlacedItem, Rule } from "./context.ts";
import { countProblem, expectedCount, genderOf, isCountTag } from "./count.ts";
import { tagSpan } from "./name-rules.ts";

export const countOfCharacters: Rule = ({ reading, characters, general, add }) => {
  const field = general.map((block) => fieldOf(block, "count")).find((element) => element !== undefined);
  const place = field && placeOfNode(reading, field);
  if (field === undefined || place === undefined || characters.length === 0) return;
  const texts = rawTexts(reading, field.children);
  const items = placedItems(texts);
  const genders = characters.map((card) => genderOf(fieldText(card, "gender")));
  const names = items.map(({ name }) => name);
  const problem = countProblem(names, genders);
  if (problem === undefined) return;
  const expected = expectedCount(names, genders);
  const first = items.find(({ name }) => isCountTag(name)) ?? items[0];
  const fix =
    texts.length === 1 && field.children.length === 1
      ? countFix(texts[0]?.text ?? "", place.contentStart, items, expected)
      : undefined;
  add({
    code: "cast.count-mismatch",
    severity: "warning",
    start: first?.start ?? place.start,
    end: first?.end ?? place.contentStart,
    values: [expected.join(", ")],
    message: `${problem}: \`${expected.join(", ")}\` is expected.`,
    ...(fix === undefined ? {} : { fix }),
  });
};

/** The whole list with the tags that count replaced, the others as they are written. */
function countFix(text: string, start: number, items: readonly PlacedItem[], expected: readonly string[]): FindingFix {
  const others = [
    ...new Set(items.filter(({ tag }) => !tag.items.every(({ name }) => isCountTag(name))).map(({ tag }) => tag.text)),
  ];
  const isSpaced = items.some(({ tag }) => /\w \w/.test(tag.text));
  const counted = expected.map((name) => (isSpaced ? name.replaceAll("_", " ") : name));
  const trimmed = text.trim();
  const lead = text.indexOf(trimmed);
  return {
    code: "write",
    values: [counted.join(", ")],
    edits: [{ start: start + lead, end: start + lead + trimmed.length, text: [...counted, ...others].join(", ") }],
    isMeaningKept: false,
  };
}

const SIDES = ["left", "right", "center"] as const;
type Side = (typeof SIDES)[number];
const FURTHER = ["", "foreground", "background", "top", "bottom"] as const;

/** The side that a word for a place means: `center_left`, `left_side` and `left` are one. */
function sideOf(name: string): Side | undefined {
  if (/^(?:center_|on_(?:the_)?|far_)?left(?:_side)?$/.test(name)) return "left";
  if (/^(?:center_|on_(?:the_)?|far_)?right(?:_side)?$/.test(name)) return "right";
  return /^(?:in_(?:the_)?)?(?:center|centre|middle)$/.test(name) ? "center" : undefined;
}

/** A word for another side in the manner of the old one. */
function sideWord(old: string, side: Side): string {
  if (side === "center") return "center";
  const form = /^(center_)?(?:left|right)(_side)?$/.exec(old);
  return `${form?.[1] ?? ""}${side}${form?.[2] ?? ""}`;
}

function placeKey(names: readonly string[]): string {
  return [...new Set(names.map((name) => sideOf(name) ?? name))].sort().join(",");
}

export const placesOfCharacters: Rule = ({ reading, characters, add }) => {
  const places = characters.map((card) => {
    const field = fieldOf(card, "position");
    const items = placedItems(rawTexts(reading, field?.children ?? []));
    return { card, field, items, key: placeKey(items.map(({ name }) => name)) };
  });
  const taken = new Set(places.map(({ key }) => key));
  const firsts = new Map<string, ElementNode>();
  for (const { card, field, items, key } of places) {
    const first = items[0];
    const earlier = firsts.get(key);
    if (earlier === undefined) firsts.set(key, card);
    if (key === "" || first === undefined || earlier === undefined || field === undefined) continue;
    const fix = otherPlace(items, taken);
    add({
      code: "cast.same-position",
      severity: "warning",
      start: first.start,
      end: items.at(-1)?.end ?? first.end,
      values: [card.name, earlier.name],
      message: `<${card.name}> stands in the same place as <${earlier.name}>.`,
      ...(fix === undefined ? {} : { fix }),
    });
  }
};

/** A place that nobody has yet, with as little change as possible. */
function otherPlace(items: readonly PlacedItem[], taken: ReadonlySet<string>): FindingFix | undefined {
  const names = items.map(({ name }) => name);
  const sided = items.find(({ name }) => sideOf(name) !== undefined);
  const first = items[0];
  if (first === undefined) return undefined;
  for (const further of FURTHER)
    for (const side of SIDES) {
      const rest = names.filter((name) => name !== sided?.name);
      if (taken.has(placeKey([side, ...rest, ...(further === "" ? [] : [further])]))) continue;
      const word = sided === undefined ? side : sideWord(sided.name, side);
      const text = further === "" ? word : `${word}, ${further}`;
      const edit =
        sided === undefined
          ? { start: first.tag.start + first.raw.start, end: first.tag.start + first.raw.start, text: `${text}, ` }
          : { start: sided.start, end: sided.end, text };
      return { code: "place", values: [text], edits: [edit], isMeaningKept: false };
    }
  return undefined;
}

/** Offered in this order where two have the same. */
const PALETTE = [
  "black", "blonde", "blue", "pink", "red", "white", "green", "purple", "brown", "orange", "light_blue", "aqua", "grey",
] as const; // prettier-ignore
const FURTHER_COLOURS = [
  "platinum_blonde", "light_brown", "dark_brown", "dark_blue", "light_green", "dark_green", "light_purple", "dark_purple",
  "dark_red", "light_pink", "light_grey", "dark_grey", "yellow", "gold", "golden", "teal", "cyan", "turquoise", "violet",
  "lavender", "magenta", "crimson", "mint", "beige", "tan",
] as const; // prettier-ignore
/** The same colour under another name, as the vocabulary has it. */
const SAME_COLOURS: ReadonlyMap<string, string> = new Map([
  ["blond", "blonde"],
  ["gray", "grey"],
  ["silver", "grey"],
  ["light_gray", "light_grey"],
  ["dark_gray", "dark_grey"],
  ["cyan", "aqua"],
  ["golden", "gold"],
]);
const COLOURS: ReadonlySet<string> = new Set([...PALETTE, ...FURTHER_COLOURS, ...SAME_COLOURS.keys()]);

interface HairColour {
  /** The colour's name in the vocabulary. */
  readonly colour: string;
  /** What the tag calls it, with `_hair` behind it. */
  readonly written: string;
}

/** The colour in `blue_hair`, and in what prose makes of it: `long_blue_hair` says more than the colour. */
function hairColour(name: string): HairColour | undefined {
  const words = /^(.{1,60})_hair$/.exec(name)?.[1]?.split("_") ?? [];
  for (const count of [2, 1]) {
    const last = words.slice(-count).join("_");
    if (words.length >= count && COLOURS.has(last))
      return { colour: SAME_COLOURS.get(last) ?? last, written: `${last}_hair` };
  }
  return undefined;
}

export const hairOfCharacters: Rule = ({ reading, characters, add }) => {
  const hair = characters.map((card) => {
    const items = placedItems(rawTexts(reading, fieldOf(card, "appearance")?.children ?? []));
    return { card, items: items.filter(({ name }) => hairColour(name) !== undefined) };
  });
  const colourOf = ({ name }: PlacedItem): string => hairColour(name)?.colour ?? "";
  const used = new Set(hair.flatMap(({ items }) => items.map(colourOf)));
  const wearers = new Map<string, ElementNode>();
  for (const { card, items } of hair) {
    const shared = items.find((item) => wearers.has(colourOf(item)) && wearers.get(colourOf(item)) !== card);
    if (shared !== undefined) {
      const other = wearers.get(colourOf(shared));
      const free = PALETTE.find((colour) => !used.has(colour));
      add({
        code: "cast.same-hair",
        severity: "info",
        start: shared.start,
        end: shared.end,
        values: [card.name, other?.name ?? ""],
        message: `<${card.name}> has the hair colour of <${other?.name ?? ""}>: models mix up such characters.`,
        ...(free === undefined ? {} : { fix: hairFix(shared, free) }),
      });
    }
    for (const item of items) if (!wearers.has(colourOf(item))) wearers.set(colourOf(item), card);
  }
};

function hairFix(item: PlacedItem, colour: string): FindingFix {
  const written = item.raw.text.slice(item.start - item.raw.start, item.end - item.raw.start);
  const name = `${colour}_hair`;
  const text = written.includes("_") ? name : name.replaceAll("_", " ");
  // What stands before the colour stays; spaces and underscores in a row make the written tag longer than its name.
  const length = hairColour(item.name)?.written.length ?? written.length;
  const start = written.length === item.name.length ? item.end - length : item.start;
  return { code: "make", values: [text], edits: [{ start, end: item.end, text }], isMeaningKept: false };
}

export const emptyCharacters: Rule = ({ reading, characters, add }) => {
  for (const card of characters) {
    const place = placeOfNode(reading, card);
    if (place === undefined || saysSomething(card)) continue;
    const isBare =
      card.attributes.length === 0 && card.children.every((node) => isElement(node) || node.kind === "text");
    const fix: FindingFix = {
      code: "remove-character",
      edits: [{ start: withSpaceBefore(reading.region.text, place.start), end: place.end, text: "" }],
      isMeaningKept: false,
    };
    add({
      code: "cast.empty-character",
      severity: "warning",
      ...tagSpan(place),
      values: [card.name],
      message: `<${card.name}> says nothing about the character.`,
      ...(isBare ? { fix } : {}),
    });
  }
};
