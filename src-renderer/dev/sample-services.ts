/** @file A studio of words and nothing behind them: counts a token for every few letters, keeps characters in memory. */

import type { BibleCharacter } from "../../src-main/contract/drafts.ts";
import type { BlockBudget, TokenBudget } from "../../src-main/contract/tokens.ts";
import { modelTextParts, readPrompt } from "../../src-main/prompt/index.ts";
import type { EditorServices } from "../editor/services.ts";

const LETTERS_PER_TOKEN = 3.6;

export function sampleServices(limit: number): EditorServices {
  let characters: readonly BibleCharacter[] = [
    {
      id: "1",
      name: "Yuzuki",
      xml: "<character_1>\n<n>yuzuki</n>\n<gender>1girl</gender>\n<appearance>silver_hair, long_hair, purple_eyes</appearance>\n<clothing>white_dress</clothing>\n</character_1>",
      savedAt: "2026-01-01T00:00:00.000Z",
    },
  ];
  return {
    measurePrompt: ({ text }) => Promise.resolve(measured(text, limit)),
    characters: () => Promise.resolve({ characters }),
    saveCharacter: ({ name, xml }) => {
      const saved = { id: `${characters.length + 1}`, name, xml, savedAt: new Date().toISOString() };
      characters = [...characters.filter((other) => other.name !== name), saved];
      return Promise.resolve(saved);
    },
    removeCharacter: ({ id }) => {
      characters = characters.filter((other) => other.id !== id);
      return Promise.resolve({});
    },
    readPng: () => Promise.resolve({ kind: "nothing" }),
  };
}

function measured(text: string, limit: number): TokenBudget {
  const { blocks, text: read } = modelTextParts(readPrompt(text).tree);
  const count = (start: number, end: number): number => Math.round((end - start) / LETTERS_PER_TOKEN);
  const beyond = (start: number, end: number): number =>
    Math.max(0, Math.round(end / LETTERS_PER_TOKEN - Math.max(limit, start / LETTERS_PER_TOKEN)));
  const budgets: readonly BlockBudget[] = blocks.map(({ id, name, start, end, fields }) => ({
    id,
    name,
    tokens: count(start, end),
    cutTokens: beyond(start, end),
    fields: fields.map((field) => ({
      id: field.id,
      name: field.name,
      tokens: count(field.start, field.end),
      cutTokens: beyond(field.start, field.end),
    })),
  }));
  const total = count(0, read.length) + 21;
  const first = budgets.find(({ cutTokens }) => cutTokens > 0)?.name;
  const cut = { tokens: total - limit, text: read.slice(limit * LETTERS_PER_TOKEN) };
  return {
    limit,
    total,
    special: 1,
    system: 20,
    blocks: budgets,
    other: 0,
    ...(total > limit ? { cut: first === undefined ? cut : { ...cut, from: first } } : {}),
  };
}
