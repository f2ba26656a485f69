/**
 * @file A prompt against its negative: the same tag asked for and forbidden, and tags whose meaning the usual negative
 * rules out. The fix takes the tag out of the negative, never out of the prompt.
 */

import type { Finding } from "../findings.ts";
import { readSource } from "../read.ts";
import type { PromptNode } from "../tree.ts";
import { placedItems, rawTexts, tagTexts } from "./context.ts";
import type { ForbiddenTags, LintContext, PlacedItem, Rule } from "./context.ts";

const COLOURED = [
  "white", "black", "grey", "blue", "pink", "red", "green", "yellow", "purple", "orange", "brown", "beige", "aqua",
  "gradient", "transparent", "two-tone",
] as const; // prettier-ignore

/** What a tag cannot be drawn without: the recommended negative of the web apps forbids each of these. */
const IMPLIED: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ...COLOURED.map((colour): [string, readonly string[]] => [`${colour}_background`, ["simple_background"]]),
  ["greyscale", ["monochrome"]],
  ["sepia", ["monochrome"]],
  ["lineart", ["sketch", "monochrome"]],
  ["pixel_art", ["pixelated", "low_res", "lowres"]],
  ["motion_blur", ["blurry", "blurred"]],
  ["blurry_background", ["blurry", "blurred"]],
  ["depth_of_field", ["blurry", "blurred"]],
  ["english_text", ["text"]],
  ["speech_bubble", ["text"]],
  ["cross-eyed", ["cross-eye"]],
  ["character_sheet", ["lineup", "sequence"]],
  ["multiple_views", ["sequence", "lineup"]],
  ["comic", ["sequence"]],
  ["abstract_background", ["abstract"]],
]);

/**
 * Every tag of a negative prompt by its name, with the places in the text that go when it is removed (UTF-16 units).
 * @throws prompt.too-large, prompt.malformed
 */
export function forbiddenTags(negative: string): ForbiddenTags {
  const reading = readSource(negative, "checking");
  const { toSource } = reading.region;
  const tags = new Map<string, { start: number; end: number }[]>();
  for (const item of placedItems(allTexts(reading.tree.nodes).flatMap((nodes) => rawTexts(reading, nodes)))) {
    const { start, end } = removal(item);
    const spans = tags.get(item.name) ?? [];
    spans.push({ start: toSource(start), end: toSource(end) });
    tags.set(item.name, spans);
  }
  return tags;
}

function allTexts(nodes: readonly PromptNode[]): readonly (readonly PromptNode[])[] {
  return [nodes, ...nodes.flatMap((node) => (node.kind === "element" ? allTexts(node.children) : []))];
}

/** What to cut so that the tag goes with one of its commas, and with its weight if it has one of its own. */
function removal({ start, end, tag, raw }: PlacedItem): { start: number; end: number } {
  const isAlone = tag.items.length === 1;
  const from = isAlone ? tag.start : start - raw.start;
  const to = isAlone ? tag.end : end - raw.start;
  const after = /^\s*[,，、]\s*/.exec(raw.text.slice(to, to + 40));
  if (after !== null) return { start: raw.start + from, end: raw.start + to + after[0].length };
  const before = /[,，、]\s*$/.exec(raw.text.slice(Math.max(0, from - 40), from));
  return { start: raw.start + from - (before?.[0].length ?? 0), end: raw.start + to };
}

export const againstNegative: Rule = (context) => {
  if (context.negative.size === 0) return;
  const seen = new Set<string>();
  for (const item of placedItems(tagTexts(context))) {
    if (seen.has(item.name)) continue;
    seen.add(item.name);
    if (context.negative.has(item.name)) context.add(findingFor(context, item, item.name, "negative.positive-tag"));
    for (const implied of IMPLIED.get(item.name) ?? [])
      if (context.negative.has(implied)) context.add(findingFor(context, item, implied, "negative.contradiction"));
  }
};

function findingFor(context: LintContext, item: PlacedItem, forbidden: string, code: string): Finding {
  const edits: { start: number; end: number; text: string }[] = [];
  for (const span of context.negative.get(forbidden) ?? []) {
    const start = Math.max(span.start, edits.at(-1)?.end ?? 0);
    if (start < span.end) edits.push({ start, end: span.end, text: "" });
  }
  return {
    code,
    severity: "warning",
    start: item.start,
    end: item.end,
    values: item.name === forbidden ? [item.name] : [item.name, forbidden],
    message:
      item.name === forbidden
        ? `\`${item.name}\` is asked for here and forbidden in the negative prompt.`
        : `\`${item.name}\` is asked for here, but the negative prompt forbids \`${forbidden}\`.`,
    fix: { code: "take-from-negative", values: [forbidden], edits, isMeaningKept: false, target: "negative" },
  };
}
