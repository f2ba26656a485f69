/** @file What is pasted or dropped, understood before anything is changed, and the ways to take it over. */

import type { PngReading } from "../../../src-main/contract/studio.ts";
import type { Draft } from "../../../src-main/contract/drafts.ts";
import type { Dialect } from "../../../src-main/contract/prompt.ts";
import {
  addCharacter,
  blocksOf,
  captionText,
  charactersOf,
  fieldsOf,
  fieldText,
  generalOf,
  insertCharacter,
  setCaption,
  setCharacterField,
  setGeneralField,
  GENERAL_FIELDS,
} from "../../../src-main/prompt/index.ts";
import type { GeneralField, PromptTree } from "../../../src-main/prompt/index.ts";
import { readDocument } from "./document.ts";
import type { PromptDocument } from "./document.ts";
import { sortTags } from "./sorting.ts";
import type { Vocabulary } from "../../../src-main/prompt/tag-vocabulary.ts";

export interface Incoming {
  readonly source: "text" | "picture";
  /** The program that made the picture, where it was not ours. */
  readonly tool?: string;
  readonly document: PromptDocument;
  readonly negative?: string;
  readonly settings?: Partial<Draft["settings"]>;
}

export function incomingText(text: string): Incoming | undefined {
  return text.trim() === "" ? undefined : { source: "text", document: readDocument(text) };
}

export function incomingPicture(reading: PngReading): Incoming | undefined {
  if (reading.kind === "nothing") return undefined;
  if (reading.kind === "foreign") {
    const { tool, prompt, negative, settings } = reading;
    const given = negative === undefined ? {} : { negative };
    return { source: "picture", tool, document: readDocument(prompt), settings, ...given };
  }
  const { prompt, texts, seed, width, height, sampling, toggles } = reading.record;
  // Whatever the files of that name are here: the sums are those of the machine that made the picture.
  const loras = reading.record.loras.map(({ file, strength }) => ({ file, strength }));
  const settings = { seed, size: { width, height }, sampling, toggles, loras };
  return { source: "picture", document: readDocument(prompt), negative: texts.negative, settings };
}

/** Whether it has blocks; else it is tags or prose. */
export function isStructured({ document }: Incoming): boolean {
  return document.tree.dialect !== "plain";
}

/** The parts that can be taken one by one. */
export type IncomingPart = "characters" | "general" | "caption" | "negative" | "settings";

export function partsOf(incoming: Incoming): readonly IncomingPart[] {
  const { tree } = incoming.document;
  const parts: IncomingPart[] = [];
  if (charactersOf(tree).length > 0) parts.push("characters");
  if (generalOf(tree) !== undefined) parts.push("general");
  if (captionText(tree) !== "") parts.push("caption");
  if (incoming.negative !== undefined) parts.push("negative");
  if (incoming.settings !== undefined && Object.keys(incoming.settings).length > 0) parts.push("settings");
  return parts;
}

/** The tree with chosen parts of another: characters are added, general tags and caption replace those of one name. */
export function withParts(tree: PromptTree, from: PromptTree, parts: ReadonlySet<IncomingPart>): PromptTree {
  let result = tree;
  if (parts.has("characters")) for (const card of charactersOf(from)) result = insertCharacter(result, card).tree;
  const general = generalOf(from);
  if (parts.has("general") && general !== undefined)
    for (const { key } of fieldsOf(general)) {
      const field = key === "artist" ? "artists" : key;
      if (isGeneralField(field)) result = setGeneralField(result, field, fieldText(general, key));
    }
  return parts.has("caption") ? setCaption(result, captionText(from)) : result;
}

function isGeneralField(key: string): key is GeneralField {
  return (GENERAL_FIELDS as readonly string[]).includes(key);
}

/** Plain tags as fields: of the first character where there is one with room, else of a new one. */
export function withSortedTags(tree: PromptTree, list: string, vocabulary: Vocabulary): PromptTree {
  const { character, general } = sortTags(list, vocabulary);
  let result = tree;
  if (Object.keys(character).length > 0) {
    const added = addCharacter(result, { gender: character.gender ?? "1girl" });
    result = added.tree;
    for (const [key, text] of Object.entries(character))
      result = setCharacterField(result, added.id, key as keyof typeof character, text);
  }
  for (const [key, text] of Object.entries(general))
    result = setGeneralField(result, key as keyof typeof general, text);
  return result;
}

/** Whether a pasted text is meant to replace or add a whole prompt, rather than some words in a field. */
export function looksLikePrompt(text: string): boolean {
  const { tree } = readDocument(text);
  return tree.dialect !== "plain" && blocksOf(tree).length > 0;
}

export function dialectOfIncoming({ document }: Incoming): Dialect {
  return document.tree.dialect;
}
