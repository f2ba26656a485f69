/** @file Completion in the text: names of elements where a tag is written, tags where a field's content is. */

import { pickedCompletion, startCompletion } from "@codemirror/autocomplete";
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";
import type { BibleCharacter } from "../../../src-main/contract/drafts.ts";
import type { Language } from "../../../src-main/contract/settings.ts";
import { CHARACTER_FIELDS, GENERAL_FIELDS, writingPlace } from "../../../src-main/prompt/index.ts";
import type { WritingPlace } from "../../../src-main/prompt/index.ts";
import { writtenName } from "../model/chips.ts";
import { charactersNamed } from "../model/mention.ts";
import { wantedCategories } from "../model/sorting.ts";
import { tagLabel } from "../../../src-main/prompt/tag-vocabulary.ts";
import type { Vocabulary } from "../../../src-main/prompt/tag-vocabulary.ts";

export interface CompletionSources {
  readonly vocabulary: () => Vocabulary | undefined;
  readonly language: () => Language;
  /** Of the character bible, which `@` begins the name of. */
  readonly characters: () => Promise<readonly BibleCharacter[]>;
  /** Puts one into the prompt once what was typed for it is gone. */
  readonly insertCharacter: (character: BibleCharacter) => void;
}

/** What is typed for a character: a name may have spaces in it, but not at its beginning. */
const MENTION = /(^|[\s,>])[@＠]([^\s@＠<>,][^@＠<>,\n]{0,60}|)$/;
const MENTION_LOOKBACK = 64;

export function promptCompletion(sources: CompletionSources) {
  const { vocabulary, language } = sources;
  return ({ state, pos, explicit }: CompletionContext): CompletionResult | null | Promise<CompletionResult | null> => {
    const mention = MENTION.exec(state.sliceDoc(Math.max(0, pos - MENTION_LOOKBACK), pos));
    if (mention !== null) return characterCompletion(mention[2] ?? "", pos, sources);
    const text = state.doc.toString();
    const place = writingPlace(text, pos);
    if (place.kind === "markup") return null;
    const from = Math.min(place.from, pos);
    if (place.kind === "content") return tagCompletion(text.slice(from, pos), from, place, explicit);
    const names = place.kind === "end" ? endNames(place) : startNames(place, text);
    const options = names.map((name) => nameCompletion(name, place.kind === "start"));
    return { from, options, validFor: /^[\w ]*$/ };
  };

  function tagCompletion(
    written: string,
    from: number,
    { open }: WritingPlace,
    isExplicit: boolean,
  ): CompletionResult | null {
    const field = open.at(-1);
    // Sentences are not completed, nor is white space between blocks.
    if (field?.key === "caption" || (open.length > 0 && field?.role === "block")) return null;
    if (written.length < (isExplicit ? 0 : 2) || written.split(" ").length > 4) return null;
    const query = written.replace(/^\(+/, "");
    const found = vocabulary()?.search(query, 12, wantedCategories(field?.key ?? "")) ?? [];
    if (found.length === 0) return null;
    const start = from + written.length - query.length;
    const options = found.map((tag, index): Completion => ({
      label: writtenName(tag.name),
      detail: language() === "en" ? `${tag.zh} · ${tag.ja}` : tagLabel(tag, language()),
      type: tag.category,
      boost: -index,
    }));
    // The vocabulary has ranked them, by other words than their names too: no filter of the editor's own.
    return { from: start, options, filter: false };
  }
}

async function characterCompletion(
  typed: string,
  pos: number,
  { characters, insertCharacter }: CompletionSources,
): Promise<CompletionResult | null> {
  const found = charactersNamed(await characters(), typed);
  if (found.length === 0) return null;
  const options = found.map((character): Completion => ({
    label: `@${character.name}`,
    type: "character",
    apply(view: EditorView, completion: Completion, from: number, to: number) {
      view.dispatch({
        changes: { from, to },
        annotations: pickedCompletion.of(completion),
        userEvent: "input.complete",
      });
      insertCharacter(character);
    },
  }));
  return { from: pos - typed.length - 1, options, filter: false };
}

function endNames({ open }: WritingPlace): readonly string[] {
  return open.map(({ name }) => name).reverse();
}

function startNames({ open }: WritingPlace, text: string): readonly string[] {
  const parent = open.findLast(({ role }) => role !== "unknown");
  if (parent?.key === "character") return CHARACTER_FIELDS;
  if (parent?.key === "general_tags") return GENERAL_FIELDS;
  if (parent !== undefined && parent.role !== "root") return [];
  const numbers = [...text.matchAll(/<character[_ -]?(\d{1,4})/gi)].map((match) => Number(match[1]));
  return [`character_${Math.max(0, ...numbers) + 1}`, "general_tags", "caption"];
}

function nameCompletion(name: string, isStart: boolean): Completion {
  return {
    label: name,
    type: "element",
    apply: (view: EditorView, completion: Completion, from: number, to: number): void => {
      const behind = view.state.sliceDoc(to, to + 1) === ">" ? 1 : 0;
      const isBlock = isStart && (name.startsWith("character_") || name === "general_tags");
      const inside = isBlock ? "\n\n" : "";
      const insert = isStart ? `${name}>${inside}</${name}>` : `${name}>`;
      const cursor = from + name.length + 1 + (isBlock ? 1 : 0);
      view.dispatch({
        changes: { from, to: to + behind, insert },
        selection: { anchor: cursor },
        annotations: pickedCompletion.of(completion),
        userEvent: "input.complete",
      });
      if (isStart && !isBlock) startCompletion(view);
    },
  };
}
