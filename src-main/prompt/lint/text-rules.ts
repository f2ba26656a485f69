/** @file Text around the blocks: a system prefix, code fences, stray text, tags written with full-width brackets. */

import { carriedBy } from "../carrier.ts";
import { isContainer } from "../equality.ts";
import { isElement } from "../tree.ts";
import type { ElementNode, PromptNode } from "../tree.ts";
import { meaningOf } from "../vocabulary.ts";
import { lessThanFinding } from "../text-reading.ts";
import { rawTexts } from "./context.ts";
import type { LintContext, RawText, Rule } from "./context.ts";

export const systemPrefix: Rule = ({ reading, addInSource }) => {
  const { parts, end } = reading.system;
  if (parts.length === 0) return;
  const start = reading.tree.hasByteOrderMark ? 1 : 0;
  const lastBefore = parts.at(-2);
  const isDoubled = lastBefore !== undefined;
  addInSource({
    code: isDoubled ? "system.twice" : "system.prefix",
    severity: isDoubled ? "warning" : "info",
    start,
    end,
    message: isDoubled
      ? "The system prompt stands here more than once."
      : "A system prompt: it is kept in the file and not sent, because the model's own is put before the prompt.",
    fix: {
      code: isDoubled ? "keep-last" : "remove",
      edits: [{ start, end: lastBefore ?? end, text: "" }],
      isMeaningKept: true,
    },
  });
};

const FENCE = /^[ \t]{0,8}```[a-z]{0,10}[ \t]{0,8}(?:\r\n|\n|\r|$)/gim;

export const codeFences: Rule = ({ reading, level, add, addInSource }) => {
  const say = {
    code: "text.code-fence",
    severity: "warning",
    message: "A code fence of Markdown: the model reads it.",
  } as const;
  const fix = (start: number, end: number) =>
    ({ code: "remove-line", edits: [{ start, end, text: "" }], isMeaningKept: true }) as const;
  for (const { start, end } of fencesIn(rawTexts(reading, level))) add({ ...say, start, end, fix: fix(start, end) });
  const envelope = reading.tree.envelope;
  if (envelope === undefined) return;
  const around = [
    { text: envelope.before, start: reading.system.end },
    { text: envelope.after, start: reading.source.length - envelope.after.length },
  ];
  for (const { start, end } of fencesIn(around)) addInSource({ ...say, start, end, fix: fix(start, end) });
};

function fencesIn(texts: readonly RawText[]): readonly { start: number; end: number }[] {
  return texts.flatMap(({ text, start }) =>
    Array.from(text.matchAll(FENCE), (match) => ({
      start: start + match.index,
      end: start + match.index + match[0].length,
    })),
  );
}

/** Text beside the blocks. The model reads it, but forms of other tools have no place for it. */
export const strayText: Rule = (context) => {
  const { reading, level, blocks, add } = context;
  if (reading.tree.dialect === "plain" || blocks.length === 0) return;
  const hasCaption = blocks.some(({ key }) => key === "caption") || hasEnvelopeCaption(context);
  let isFirst = true;
  for (const { text, start } of rawTexts(reading, level)) {
    const trimmed = text.trim();
    const isFence = trimmed.replace(FENCE, "").trim() === "";
    if (trimmed === "" || isFence) continue;
    const from = start + text.indexOf(trimmed);
    const edits = [
      { start: from, end: from, text: "<caption>" },
      { start: from + trimmed.length, end: from + trimmed.length, text: "</caption>" },
    ];
    const canWrap = isFirst && !hasCaption && !trimmed.includes("```");
    add({
      code: "text.outside",
      severity: "info",
      start: from,
      end: from + trimmed.length,
      message: "Text outside every block: it is kept and read, but other tools may drop it.",
      ...(canWrap ? { fix: { code: "make-caption", edits, isMeaningKept: true } } : {}),
    });
    isFirst = false;
  }
};

function hasEnvelopeCaption({ reading }: LintContext): boolean {
  return (reading.envelope?.caption?.text ?? "").trim() !== "";
}

const LONGEST_TAG = 40;
const END_TAG = /<\/\s{0,8}([^<>]{1,40})>/g;

/** Plain text may hold any `<`; but the end of a field without its start, or the start of a comment, is half of a prompt. */
export const brokenMarkup: Rule = ({ reading, level, add }) => {
  if (reading.tree.dialect !== "plain") return;
  for (const { text, start } of rawTexts(reading, level)) {
    for (const { 0: written, 1: name = "", index } of text.matchAll(END_TAG)) {
      if (meaningOf(name.trim()).role === "unknown") continue;
      const span = { start: start + index, end: start + index + written.length };
      add({
        code: "xml.stray-end-tag",
        severity: "error",
        ...span,
        values: [written],
        message: `${written} closes nothing; it is read as text.`,
        fix: { code: "remove-end-tag", edits: [{ ...span, text: "" }], isMeaningKept: true },
      });
    }
    for (const { index } of text.matchAll(/<!--/g)) add(lessThanFinding(text, index, start));
  }
};

/**
 * `＜caption＞`: text to every parser, but surely meant as a tag where a tag can stand. Inside a field only its own end
 * is: anything else there is more likely content.
 */
export const fullWidthBrackets: Rule = (context) => {
  const { reading, nodes } = context;
  if (!reading.region.text.includes("＜") || nodes.some((node) => carriedBy(node)?.kind === "structure")) return;
  checkTexts(context, nodes, undefined);
};

function checkTexts(context: LintContext, nodes: readonly PromptNode[], owner: ElementNode | undefined): void {
  const isLeaf = owner !== undefined && !isContainer(owner);
  for (const raw of rawTexts(context.reading, nodes)) checkText(context, raw, isLeaf ? owner.key : undefined);
  for (const node of nodes) if (isElement(node)) checkTexts(context, node.children, node);
}

/** @param leaf the field or caption that the text is in */
function checkText({ add }: LintContext, { text, start: offset }: RawText, leaf: string | undefined): void {
  for (let start = text.indexOf("＜"); start !== -1; start = text.indexOf("＜", start + 1)) {
    const inside = text.slice(start + 1, start + 1 + LONGEST_TAG);
    const length = inside.search(/[＞>]/);
    const [, slash, written] = /^\s*([/／]?)\s*([^<＜]*)$/.exec(inside.slice(0, Math.max(0, length))) ?? [];
    if (slash === undefined || written === undefined) continue;
    const name = written.trim();
    const { key, role } = meaningOf(name);
    if (role === "unknown" || (leaf !== undefined && (slash === "" || key !== leaf))) continue;
    const end = start + length + 2;
    const proper = `<${slash === "" ? "" : "/"}${name}>`;
    add({
      code: "xml.full-width-bracket",
      severity: "error",
      start: offset + start,
      end: offset + end,
      values: [text.slice(start, end)],
      message: `${text.slice(start, end)} is text: the brackets of a tag are \`<\` and \`>\`.`,
      fix: {
        code: "write",
        values: [proper],
        edits: [{ start: offset + start, end: offset + end, text: proper }],
        isMeaningKept: true,
      },
    });
  }
}
