/**
 * @file The writers. A tree written in its own dialect comes back byte for byte where it was well-formed and nobody
 * touched it; what was not well-formed is written properly, so the XML that leaves here always is. What is normalised:
 * tags that a strict parser would refuse, bare `&` and `<`, characters that XML forbids, captions inside captions, and in
 * an envelope a comma behind the last entry.
 */

import type { Dialect } from "../contract/prompt.ts";
import { convertPrompt } from "./dialects/convert.ts";
import { printTree, printTreeForModel } from "./print-tree.ts";
import type { PromptTree } from "./tree.ts";

/** The prompt as text in a dialect. Total: `convertPrompt` says what had to be carried in comments. */
export function writePrompt(tree: PromptTree, dialect: Dialect = tree.dialect): string {
  return printTree(convertPrompt(tree, dialect).tree);
}

/**
 * What the model reads of a prompt in a dialect: the same text with references resolved and comments left out, without
 * a system prefix (the model's own is added where the picture is made) and without white space at its ends.
 */
export function modelText(tree: PromptTree, dialect: Dialect = tree.dialect): string {
  return printTreeForModel(convertPrompt(tree, dialect).tree);
}
