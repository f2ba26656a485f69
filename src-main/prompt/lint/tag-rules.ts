/** @file Spelling of tags: parentheses that would be taken for weights, commas of another script. */

import { isTagList, parenthesisPairs, parseTags } from "../tags.ts";
import type { Tag } from "../tags.ts";
import { tagTexts } from "./context.ts";
import type { RawText, Rule } from "./context.ts";

export const parentheses: Rule = (context) => {
  for (const raw of tagTexts(context)) {
    if (!raw.text.includes("(") && !raw.text.includes(")")) continue;
    const pairs = parenthesisPairs(raw.text);
    for (const tag of parseTags(raw.text)) {
      const bare = bareParentheses(raw.text, tag, pairs);
      const first = bare[0];
      if (first === undefined) continue;
      context.add({
        code: "tag.bare-parenthesis",
        severity: "warning",
        start: raw.start + first,
        end: raw.start + first + 1,
        values: [tag.text.slice(0, 60)],
        message: `In \`${tag.text.slice(0, 60)}\` parentheses mean a weight; those of a name are written \`\\(\` and \`\\)\`.`,
        fix: {
          code: "escape-parentheses",
          edits: bare.map((at) => ({
            start: raw.start + at,
            end: raw.start + at + 1,
            text: `\\${raw.text[at] ?? ""}`,
          })),
          isMeaningKept: true,
        },
      });
    }
  }
};

/** Parentheses in a tag that group nothing: without a partner, or behind the beginning of a name. */
function bareParentheses(text: string, tag: Tag, pairs: ReadonlyMap<number, number>): readonly number[] {
  const bare = new Set<number>();
  let isInName = false;
  for (let at = tag.start; at < tag.end; at++) {
    const sign = text[at] ?? "";
    if (sign === "\\") {
      at++;
      isInName = true;
    } else if (sign === "(") {
      const partner = pairs.get(at);
      if (partner !== undefined && !isInName) continue;
      bare.add(at);
      if (partner !== undefined) bare.add(partner);
    } else if (sign === ")") {
      if (!pairs.has(at)) bare.add(at);
    } else if (sign === ",") isInName = false;
    else if (/\S/.test(sign)) isInName = true;
  }
  return [...bare].sort((left, right) => left - right);
}

export const foreignCommas: Rule = (context) => {
  for (const raw of tagTexts(context)) {
    const commas = foreignCommasIn(raw);
    const first = commas[0];
    if (first === undefined || !isTagList(raw.text)) continue;
    context.add({
      code: "tag.foreign-comma",
      severity: "info",
      start: raw.start + first,
      end: raw.start + first + 1,
      message: "Tags are parted by `, `: the model was not taught this comma.",
      fix: {
        code: "write",
        values: ["`, `"],
        edits: commas.map((at) => ({
          start: raw.start + at,
          end: raw.start + at + 1,
          text: /\s/.test(raw.text[at + 1] ?? " ") ? "," : ", ",
        })),
        isMeaningKept: true,
      },
    });
  }
};

function foreignCommasIn({ text }: RawText): readonly number[] {
  return Array.from(text.matchAll(/[，、]/g), ({ index }) => index);
}
