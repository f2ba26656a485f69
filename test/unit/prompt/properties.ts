/** @file What must hold of every prompt: said once here, for the tests and for the benchmark that runs it longer. */

import assert from "node:assert/strict";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import { DIALECTS } from "../../../src-main/contract/prompt.ts";
import type { Dialect } from "../../../src-main/contract/prompt.ts";
import { convertPrompt, isSamePrompt, modelText, readPrompt, writePrompt } from "../../../src-main/prompt/index.ts";
import type { PromptTree } from "../../../src-main/prompt/index.ts";
import { printXml } from "../../../src-main/prompt/print.ts";
import { readStrictly } from "./well-formed.ts";

/** `readme` and `webapp` are one grammar: what uses none of their own fields may be taken for either. */
export function asDialect(tree: PromptTree, dialect: Dialect): PromptTree {
  const areRootless = [tree.dialect, dialect].every((name) => name === "readme" || name === "webapp");
  return areRootless ? { ...tree, dialect } : tree;
}

/** read(write(tree)) says what the tree says, cleanly, and is written the same again. Returns the text. */
export function checkRoundTrip(tree: PromptTree): string {
  const text = writePrompt(tree);
  const reading = readPrompt(text);
  const read = asDialect(reading.tree, tree.dialect);
  assert.equal(read.dialect, tree.dialect, text);
  assert.ok(isSamePrompt(read, tree), `read(write(x)) differs from x:\n${text}`);
  assert.deepEqual(
    reading.diagnostics.filter(({ severity }) => severity === "error"),
    [],
    text,
  );
  assert.equal(writePrompt(reading.tree), text);
  return text;
}

/** What is written in an XML dialect is well-formed for a strict parser. */
export function checkWellFormed(tree: PromptTree): void {
  if (tree.dialect === "plain") return;
  const nodes = tree.nodes.filter(({ kind }) => kind !== "instruction");
  const { fault } = readStrictly(printXml(nodes));
  assert.equal(fault, undefined, printXml(nodes));
}

/** To another dialect, through text, and back: the same prompt. */
export function checkConversion(tree: PromptTree, dialect: Dialect): void {
  const converted = convertPrompt(tree, dialect).tree;
  const text = writePrompt(converted);
  const read = asDialect(readPrompt(text).tree, dialect);
  assert.equal(read.dialect, dialect, text);
  assert.ok(isSamePrompt(read, converted), `the ${dialect} form reads otherwise than it was written:\n${text}`);
  checkWellFormed(read);
  const back = convertPrompt(read, tree.dialect).tree;
  assert.ok(
    isSamePrompt(back, tree),
    `${tree.dialect} -> ${dialect} -> ${tree.dialect}:\n${writePrompt(tree)}\n${text}`,
  );
}

export type FuzzOutcome = "read" | "refused";

/**
 * Any text is read or refused with a typed error; what was read is written stably and, in XML, well-formed; and the
 * reader calls an error exactly what a strict parser refuses.
 */
export function checkAnyText(text: string): FuzzOutcome {
  try {
    const { tree, dialect, diagnostics } = readPrompt(text);
    const written = writePrompt(tree);
    const again = readPrompt(written);
    assert.equal(again.dialect, dialect, text);
    assert.ok(isSamePrompt(again.tree, tree), `what was written reads otherwise:\n${text}\n--- written\n${written}`);
    assert.equal(writePrompt(again.tree), written, text);
    checkWellFormed(tree);
    if (dialect !== "comfy" && dialect !== "plain" && isJudgeable(text)) {
      const body = text.slice((tree.hasByteOrderMark ? 1 : 0) + tree.system.length);
      const isStrict = readStrictly(body).fault === undefined;
      const isClean = !diagnostics.some(({ severity }) => severity === "error");
      assert.equal(isClean, isStrict, `strict parser: ${String(readStrictly(body).fault)}\n${text}`);
      const isKept = !diagnostics.some(({ code }) => code === "caption.nested");
      if (isStrict && isKept) assert.equal(written, text);
    }
    for (const target of DIALECTS) modelText(tree, target);
    return "read";
  } catch (error) {
    if (!isTachieError(error)) throw error;
    assert.match(error.code, /^prompt\./);
    assert.match(error.where ?? "", /^\d+:\d+$/);
    return "refused";
  }
}

/** Where saxes can be the judge: it lets lone surrogates pass, and declarations inside the root it puts around. */
function isJudgeable(text: string): boolean {
  return text.isWellFormed() && !text.includes("<?");
}
