/** @file A draft made of a picture: all that it was made of, or chosen parts put into another draft. */

import type { Draft } from "../../src-main/contract/drafts.ts";
import type { GenerationRecord } from "../../src-main/contract/generation.ts";
import { charactersOf, insertCharacter } from "../../src-main/prompt/index.ts";
import { changeDocument, readDocument } from "../editor/model/document.ts";
import { withParts } from "../editor/model/incoming.ts";
import type { IncomingPart } from "../editor/model/incoming.ts";
import { draftOf } from "../generate/request.ts";

export const RECALLED_PARTS = [
  "wholePrompt",
  "general",
  "caption",
  "negative",
  "seed",
  "size",
  "sampling",
  "toggles",
  "model",
  "loras",
] as const;
export type RecalledPart = (typeof RECALLED_PARTS)[number];

export interface RecallChoice {
  readonly parts: ReadonlySet<RecalledPart>;
  /** Places of the cards that are taken one by one, from 0; they are added behind those of the draft. */
  readonly characters: ReadonlySet<number>;
  /** Whether the rest is that of the present draft; else there is none. */
  readonly isFromDraft: boolean;
}

const EMPTY: Draft = { text: "", negative: "", dialect: "readme", settings: {} };

/** @param present what is in the editor; not changed */
export function recalled(record: GenerationRecord, choice: RecallChoice | "all", present: Draft): Draft {
  const whole = draftOf(record);
  if (choice === "all") return whole;
  const { parts, isFromDraft } = choice;
  const base = isFromDraft ? present : { ...EMPTY, dialect: whole.dialect };
  const settings = (["seed", "size", "sampling", "toggles", "model", "loras"] as const).filter((name) =>
    parts.has(name),
  );
  const taken = Object.fromEntries(settings.map((name) => [name, whole.settings[name]]));
  return {
    text: parts.has("wholePrompt") ? whole.text : withChosen(base, record.prompt, choice),
    dialect: parts.has("wholePrompt") ? whole.dialect : base.dialect,
    negative: parts.has("negative") ? whole.negative : base.negative,
    settings: { ...base.settings, ...taken },
  };
}

function withChosen(base: Draft, prompt: string, { parts, characters }: RecallChoice): string {
  const from = readDocument(prompt).tree;
  const blocks = new Set<IncomingPart>((["general", "caption"] as const).filter((part) => parts.has(part)));
  if (blocks.size === 0 && characters.size === 0) return base.text;
  return changeDocument(readDocument(base.text), base.dialect, (tree) => {
    let result = tree;
    for (const [place, card] of charactersOf(from).entries())
      if (characters.has(place)) result = insertCharacter(result, card).tree;
    return withParts(result, from, blocks);
  }).text;
}
