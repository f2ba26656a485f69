/**
 * @file The document: a prompt's text and the tree that was read of it. The text leads: it stays as typed, however
 * malformed, until a change in the form writes the tree back.
 */

import { isTachieError } from "../../../src-main/contract/errors.ts";
import type { Dialect } from "../../../src-main/contract/prompt.ts";
import { checkPrompt, convertPrompt, readPrompt, writePrompt } from "../../../src-main/prompt/index.ts";
import type { PromptTree } from "../../../src-main/prompt/index.ts";

export interface PromptDocument {
  readonly text: string;
  /** What could be read; of a refused text what is harmless in it, or nothing. */
  readonly tree: PromptTree;
  /**
   * `exact`: the tree writes this very text. `repaired`: it writes it properly, so the first change in the form also
   * mends the spelling. `refused`: the form only shows, because writing would lose what could not be read.
   */
  readonly state: "exact" | "repaired" | "refused";
  /** Why it was refused. */
  readonly problem?: string;
}

const NOTHING: PromptTree = { dialect: "plain", hasByteOrderMark: false, system: "", nodes: [], nextId: 1 };

export function readDocument(text: string): PromptDocument {
  try {
    const { tree } = readPrompt(text);
    return { text, tree, state: writePrompt(tree) === text ? "exact" : "repaired" };
  } catch (error) {
    if (!isTachieError(error)) throw error;
    return { text, tree: readHarmless(text), state: "refused", problem: error.message };
  }
}

/** The checks leave declarations out where the reader refuses them. */
function readHarmless(text: string): PromptTree {
  try {
    return checkPrompt(text).tree;
  } catch (error) {
    if (!isTachieError(error)) throw error;
    return NOTHING;
  }
}

export function documentOf(tree: PromptTree): PromptDocument {
  return { text: writePrompt(tree), tree, state: "exact" };
}

/**
 * The dialect of a tree, where readme and webapp, which share one grammar, are told apart by what the author chose, and
 * an empty text is in whatever dialect the form will write.
 */
export function dialectOf(tree: PromptTree, chosen: Dialect): Dialect {
  const isRootless = (dialect: Dialect): boolean => dialect === "readme" || dialect === "webapp";
  if (isRootless(tree.dialect) && isRootless(chosen)) return chosen;
  return tree.nodes.length === 0 && tree.dialect === "plain" ? chosen : tree.dialect;
}

export type TreeChange = (tree: PromptTree) => PromptTree;

/**
 * The document after a change in the form. Plain text has no fields, so it gets blocks first, in the dialect that the
 * author chose.
 */
export function changeDocument(document: PromptDocument, chosen: Dialect, change: TreeChange): PromptDocument {
  if (document.state === "refused") return document;
  const ready = withBlocks(document.tree, chosen);
  const changed = change(ready);
  return changed === ready ? document : documentOf(changed);
}

function withBlocks(tree: PromptTree, chosen: Dialect): PromptTree {
  if (tree.dialect !== "plain") return tree;
  return convertPrompt(tree, chosen === "plain" ? "readme" : chosen).tree;
}

/** The words of a prompt without blocks; comments, in which another dialect may carry its structure, are left out. */
export function plainText({ nodes }: PromptTree): string {
  return nodes
    .map((node) => (node.kind === "text" || node.kind === "cdata" ? node.text : ""))
    .join("")
    .trim();
}

/** The tree with other words where the words stood. */
export function withPlainText(tree: PromptTree, text: string): PromptTree {
  const others = tree.nodes.filter(({ kind }) => kind !== "text" && kind !== "cdata");
  const space = others.length === 0 ? "" : "\n";
  return { ...tree, nodes: [{ kind: "text", text: text + space }, ...others] };
}
