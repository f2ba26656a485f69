/** @file Names of elements: known ones spelled otherwise, unknown ones, fields and captions that stand twice or elsewhere. */

import { directText } from "../blocks.ts";
import type { FindingFix } from "../findings.ts";
import type { NodePlace } from "../structure.ts";
import { elementsOf, isElement } from "../tree.ts";
import type { ElementNode } from "../tree.ts";
import { canonicalName, CHARACTER_FIELDS, editDistance, GENERAL_FIELDS, likelyField } from "../vocabulary.ts";
import { placeOfNode, withSpaceBefore } from "./context.ts";
import type { LintContext, Rule } from "./context.ts";

/** Edits that give both tags of an element another name. */
export function renamingEdits(place: NodePlace, name: string): FindingFix["edits"] {
  return [place.startTag, place.endTag].flatMap((tag) =>
    tag === undefined ? [] : [{ start: tag.nameStart, end: tag.nameEnd, text: name }],
  );
}

function renamingFix(place: NodePlace, name: string): FindingFix {
  return { code: "rename", values: [`<${name}>`], edits: renamingEdits(place, name), isMeaningKept: true };
}

/** Where a finding about an element is shown: its start tag. */
export function tagSpan(place: NodePlace): { start: number; end: number } {
  return { start: place.start, end: place.contentStart };
}

export const spellingOfNames: Rule = ({ reading, nodes, add }) => {
  for (const element of elementsOf(nodes)) {
    const place = placeOfNode(reading, element);
    const name = canonicalName(element);
    if (place === undefined || name === undefined || name === element.name) continue;
    const isCase = name.toLowerCase() === element.name.toLowerCase();
    add({
      code: isCase ? "name.case" : "name.spelling",
      severity: "warning",
      ...tagSpan(place),
      values: [element.name, name],
      message: `<${element.name}> is read as <${name}>; the model knows only that spelling.`,
      fix: renamingFix(place, name),
    });
  }
};

/** More names than this are no slips of the pen, and comparing them all would take long. */
const MOST_SUGGESTIONS = 50;
/** Wrappers of negative prompts. */
const WRAPPERS: ReadonlySet<string> = new Set(["danbooru_tags", "e621_tags"]);

export const unknownNames: Rule = ({ reading, level, blocks, characters, general, add }) => {
  const suggestions = new Map<string, string | undefined>();
  const suggest = (name: string): string | undefined => {
    if (!suggestions.has(name))
      suggestions.set(name, suggestions.size < MOST_SUGGESTIONS ? likelyName(name) : undefined);
    return suggestions.get(name);
  };
  const inside = [...characters, ...general].flatMap(({ children }) => children);
  for (const element of [...level, ...inside].filter(isElement)) {
    const place = placeOfNode(reading, element);
    if (place === undefined || element.role !== "unknown" || WRAPPERS.has(element.key)) continue;
    const where = blocks.includes(element) ? "block" : "field";
    const name = suggest(element.name);
    add({
      code: name === undefined ? `${where}.unknown` : `${where}.misspelt`,
      severity: name === undefined ? "info" : "warning",
      ...tagSpan(place),
      values: name === undefined ? [element.name] : [element.name, name],
      message:
        name === undefined
          ? `<${element.name}> is not a name that the model was taught; it is kept and read as it is.`
          : `<${element.name}> is unknown: is <${name}> meant?`,
      ...(name === undefined ? {} : { fix: renamingFix(place, name) }),
    });
  }
};

function likelyName(name: string): string | undefined {
  const [, letters, number] = /^([a-z]{7,11})[_-]?(\d{1,3})$/i.exec(name) ?? [];
  if (letters !== undefined && number !== undefined && editDistance(letters.toLowerCase(), "character") <= 2)
    return `character_${Number(number)}`;
  const field = likelyField(name);
  return field === "character" ? undefined : field;
}

export const artistName: Rule = ({ reading, general, add }) => {
  const isFormatter = reading.tree.dialect === "formatter";
  const [usual, other] = isFormatter ? ["artist", "artists"] : ["artists", "artist"];
  for (const block of general) {
    const fields = block.children.filter(isElement);
    const odd = fields.find(({ key }) => key === other);
    const place = odd && placeOfNode(reading, odd);
    if (place === undefined) continue;
    const proper = fields.find(({ key }) => key === usual);
    const properPlace = proper && placeOfNode(reading, proper);
    const fix =
      properPlace === undefined ? renamingFix(place, usual) : mergingFix(reading.region.text, properPlace, place);
    add({
      code: "field.artist",
      severity: "warning",
      ...tagSpan(place),
      values: [usual, other],
      message: `This dialect calls the field <${usual}>, not <${other}>.`,
      ...(fix === undefined ? {} : { fix }),
    });
  }
};

export const repeatedFields: Rule = ({ reading, characters, general, add }) => {
  for (const block of [...characters, ...general]) {
    const firsts = new Map<string, ElementNode>();
    for (const field of block.children.filter(isElement)) {
      if (field.role !== "field") continue;
      const first = firsts.get(field.key);
      const place = placeOfNode(reading, field);
      if (first === undefined) firsts.set(field.key, field);
      const firstPlace = first && placeOfNode(reading, first);
      if (firstPlace === undefined || place === undefined) continue;
      const fix = field.attributes.length > 0 ? undefined : mergingFix(reading.region.text, firstPlace, place);
      add({
        code: "field.twice",
        severity: "warning",
        ...tagSpan(place),
        values: [field.name, block.name],
        message: `<${field.name}> stands twice in <${block.name}>; most tools read only one of them.`,
        ...(fix === undefined ? {} : { fix }),
      });
    }
  }
};

/** Puts the content of the second element behind that of the first; undefined where a tag is missing. */
export function mergingFix(text: string, first: NodePlace, second: NodePlace, joint = ", "): FindingFix | undefined {
  if (first.endTag === undefined || second.endTag === undefined) return undefined;
  const content = text.slice(second.contentStart, second.contentEnd).trim();
  const before = text.slice(first.contentStart, first.contentEnd);
  const end = first.contentStart + before.trimEnd().length;
  const separator = before.trim() === "" || content === "" ? "" : joint;
  return {
    code: "join",
    edits: [
      { start: end, end, text: separator + content },
      { start: withSpaceBefore(text, second.start), end: second.end, text: "" },
    ],
    isMeaningKept: true,
  };
}

const CHARACTER_KEYS: ReadonlySet<string> = new Set(CHARACTER_FIELDS);
const GENERAL_KEYS: ReadonlySet<string> = new Set([...GENERAL_FIELDS, "artist", "body_type", "inset_panel"]);

export const misplacedFields: Rule = ({ reading, characters, general, add }) => {
  const check = (block: ElementNode, own: ReadonlySet<string>, where: string): void => {
    for (const field of block.children.filter(isElement)) {
      const place = placeOfNode(reading, field);
      if (place === undefined || field.role !== "field" || own.has(field.key)) continue;
      const message = `<${field.name}> is usually a field of ${where}; it is kept and read here.`;
      add({ code: "field.misplaced", severity: "info", ...tagSpan(place), values: [field.name], message });
    }
  };
  for (const block of characters) check(block, CHARACTER_KEYS, "<general_tags>");
  for (const block of general) check(block, GENERAL_KEYS, "a character");
};

/** A caption whose place is not beside the blocks, and more captions than one. */
export const captions: Rule = (context) => {
  const { reading, blocks, characters, general, add } = context;
  const { text } = reading.region;
  for (const block of [...characters, ...general])
    for (const caption of block.children.filter(isElement).filter(({ key }) => key === "caption")) {
      const place = placeOfNode(reading, caption);
      const outer = placeOfNode(reading, block);
      if (place === undefined || outer === undefined) continue;
      const edits = [
        { start: withSpaceBefore(text, place.start), end: place.end, text: "" },
        { start: outer.end, end: outer.end, text: `\n\n${text.slice(place.start, place.end)}` },
      ];
      const isMovable = place.endTag !== undefined && outer.endTag !== undefined;
      add({
        code: "caption.misplaced",
        severity: "info",
        ...tagSpan(place),
        values: [block.name],
        message: `The caption usually stands beside <${block.name}>, not in it.`,
        ...(isMovable ? { fix: { code: "move-out", edits, isMeaningKept: true } } : {}),
      });
    }
  const [first, ...others] = blocks.filter(({ key }) => key === "caption");
  const firstPlace = first && placeOfNode(reading, first);
  for (const caption of others) {
    const place = placeOfNode(reading, caption);
    if (place === undefined || firstPlace === undefined) continue;
    const fix = caption.attributes.length > 0 ? undefined : mergingFix(text, firstPlace, place, "\n");
    add({
      code: "caption.twice",
      severity: "warning",
      ...tagSpan(place),
      message: "There is a caption already; most tools read only one.",
      ...(fix === undefined ? {} : { fix }),
    });
  }
  if (first !== undefined && firstPlace !== undefined) envelopeCaption(context, first, firstPlace);
};

/** A caption in the tags beside the envelope's own. */
function envelopeCaption({ reading, addInSource }: LintContext, element: ElementNode, place: NodePlace): void {
  const own = reading.envelope?.caption;
  if (own === undefined || own.text.trim() === "") return;
  const { region } = reading;
  const isSimple = element.children.every(({ kind }) => kind === "text") && element.attributes.length === 0;
  const end = own.toSource(own.text.length);
  const start = region.toSource(withSpaceBefore(region.text, place.start));
  const fix: FindingFix = {
    code: "join-envelope",
    edits: [
      { start, end: region.toSource(place.end), text: "" },
      { start: end, end, text: own.encode(`\n${directText(element).trim()}`) },
    ],
    isMeaningKept: true,
  };
  addInSource({
    code: "caption.twice",
    severity: "warning",
    start: region.toSource(place.start),
    end: region.toSource(place.contentStart),
    message: "The envelope has a caption already.",
    ...(isSimple && place.endTag !== undefined ? { fix } : {}),
  });
}
