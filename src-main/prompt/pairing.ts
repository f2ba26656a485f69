/** @file Which end tag belongs to which start, known before anything is built; and whether a text is XML at all. */

import type { TagToken, Token } from "./tokeniser.ts";
import { editDistance } from "./vocabulary.ts";

export function isTag(token: Token): token is TagToken {
  return token.kind === "start" || token.kind === "end";
}

/** For each start its end and for each end its start, by position in `tokens`; -1 where there is none. */
export function pairTags(tokens: readonly Token[]): Int32Array {
  const partners = new Int32Array(tokens.length).fill(-1);
  const open = new Map<string, number[]>();
  for (const [index, token] of tokens.entries()) {
    if (!isTag(token) || token.isSelfClosing) continue;
    // Numbers are left aside: `<character_1>…</character_2>` is met, and means one character.
    const { key, role } = token.meaning;
    const name = role === "unknown" ? key.toLowerCase() : key;
    if (token.kind === "start") {
      const stack = open.get(name);
      if (stack === undefined) open.set(name, [index]);
      else stack.push(index);
      continue;
    }
    const start = open.get(name)?.pop();
    if (start === undefined) continue;
    partners[start] = index;
    partners[index] = start;
  }
  return partners;
}

/** Whether the text is XML at all: it has an element, or a mark of those that other dialects leave among blocks. */
export function hasElements(text: string, tokens: readonly Token[], partners: Int32Array): boolean {
  return tokens.some((token, index) => {
    if (token.kind === "comment") return isMarkOfBlocks(text, token.content.start);
    if (token.kind !== "start") return false;
    return token.isSelfClosing || token.meaning.role !== "unknown" || partners[index] !== -1;
  });
}

function isMarkOfBlocks(text: string, contentStart: number): boolean {
  return text.startsWith(" tachie:", contentStart) && !text.startsWith(" tachie:structure", contentStart);
}

/** Whether an end tag that fits no start is a misspelt end of an element that has none. */
export function isLikelyEnd(start: TagToken, end: TagToken): boolean {
  if (start.meaning.role === "field" || start.meaning.key === "caption") return end.meaning.role !== "block";
  const distance = editDistance(start.name.slice(0, 32).toLowerCase(), end.name.slice(0, 32).toLowerCase());
  return distance <= 3 && end.name.length <= 32;
}
