/**
 * @file What fixes do, in English, as labels for buttons: by code, with the values that they name as `{0}`. The page says
 * the same in its own languages.
 */

import type { FixCode, FixName } from "../contract/prompt.ts";

export const FIX_TITLES: Readonly<Record<FixCode, string>> = {
  "add-entry": "Add the entry",
  "close-before": "Close {0} before it",
  "close-envelope": "Close it",
  "close-tag": "Close {0}",
  "escape-parentheses": "Escape the parentheses",
  join: "Join them",
  "join-envelope": "Join it to the envelope's",
  "keep-last": "Keep the last one",
  make: "Make it {0}",
  "make-caption": "Make it the caption",
  "make-comment": "Make it a comment",
  "move-out": "Move it out",
  place: "Place it {0}",
  remove: "Remove it",
  "remove-character": "Remove the character",
  "remove-comma": "Remove the comma",
  "remove-end-tag": "Remove the end tag",
  "remove-entry": "Remove the entry",
  "remove-inner-tags": "Remove the inner tags",
  "remove-line": "Remove the line",
  "remove-sign": "Remove the character",
  rename: "Name it {0}",
  renumber: "Number them anew",
  "take-from-negative": "Take {0} out of the negative",
  write: "Write {0}",
  "write-properly": "Write it properly",
};

const PLACE = /\{(\d)\}/g;

export function fixTitle({ code, values }: FixName, titles: Readonly<Record<FixCode, string>> = FIX_TITLES): string {
  return titles[code].replaceAll(PLACE, (place, index: string) => values?.[Number(index)] ?? place);
}
