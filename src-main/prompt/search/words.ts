/**
 * @file The words of a text as a search compares them, the same for what is stored and for what is asked.
 *
 * Width, case and katakana do not count. Chinese and Japanese have no spaces between words, so each run of their signs is
 * cut into pairs that overlap: 水手服 becomes 水手, 手服 and the last sign alone, so that every part of it is found as
 * words in a row, and a single sign as the beginning of one.
 */

import type { Match } from "./query.ts";

/** Letters and digits; marks belong to the letter before them. */
const RUN = /[\p{L}\p{N}\p{M}]+/gu;
const CJK = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー々〆]+/gu;
/** Of one word; what is longer is no word. */
const MAX_WORD = 64;

export function searchWords(text: string): string[] {
  return wordsOf(text, true);
}

/** The words of what is asked: without the last sign alone, which stands only behind the last pair. */
export function askedWords(text: string): string[] {
  return wordsOf(text, false);
}

function wordsOf(text: string, isStored: boolean): string[] {
  const words: string[] = [];
  for (const [run] of folded(text).matchAll(RUN)) {
    let end = 0;
    for (const found of run.matchAll(CJK)) {
      pushWord(words, run.slice(end, found.index));
      pushPairs(words, found[0], isStored);
      end = found.index + found[0].length;
    }
    pushWord(words, run.slice(end));
  }
  return words;
}

function folded(text: string): string {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[ァ-ヶ]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) - 0x60));
}

function pushWord(words: string[], word: string): void {
  if (word !== "") words.push(word.slice(0, MAX_WORD));
}

function pushPairs(words: string[], run: string, isStored: boolean): void {
  const signs = Array.from(run);
  for (let index = 0; index < signs.length - 1; index++) words.push(`${signs[index] ?? ""}${signs[index + 1] ?? ""}`);
  if (isStored || signs.length === 1) words.push(signs.at(-1) ?? "");
}

/** Whether the last word of what is asked is a single sign of Chinese or Japanese, which may begin a pair. */
export function endsInOneSign(words: readonly string[]): boolean {
  const last = words.at(-1) ?? "";
  return Array.from(last).length === 1 && new RegExp(CJK.source, "u").test(last);
}

/** Words with a space around each, so that words in a row are found as a part of it. */
export function spaced(words: readonly string[]): string {
  return ` ${words.join(" ")} `;
}

/** What is looked for in `spaced(searchWords(text))`. */
export function soughtIn({ how, text }: Match): string {
  const words = askedWords(text);
  const sought = spaced(words);
  return how === "prefix" || endsInOneSign(words) ? sought.slice(0, -1) : sought;
}

/** Whether a name (of a model, a file, an album) is what is asked for. */
export function matchesText(match: Match, name: string): boolean {
  if (match.how === "exact") return folded(name).trim() === folded(match.text).trim();
  return spaced(searchWords(name)).includes(soughtIn(match));
}
