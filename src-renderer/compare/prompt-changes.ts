/** @file What differs between two prompts, as lines for a reader: where, and what went and came. */

import {
  convertPrompt,
  diffPrompts,
  isTagList,
  nodeText,
  readPrompt,
  tagNames,
  withoutCarriers,
} from "../../src-main/prompt/index.ts";
import type { ChangePlace, PromptTree } from "../../src-main/prompt/index.ts";

export interface ChangeLine {
  readonly kind: "changed" | "added" | "removed" | "moved";
  readonly place: ChangePlace;
  /** Tags, or the whole text as one, that are only in the first prompt, in the second, and how many are in both. */
  readonly gone: readonly string[];
  readonly come: readonly string[];
  readonly kept: number;
}

export interface PromptComparison {
  readonly lines: readonly ChangeLine[];
  /** Where they are written in different dialects. */
  readonly dialects?: readonly [string, string];
}

/** Prompts in two dialects are compared by what they say in one. */
export function comparePrompts(left: string, right: string): PromptComparison {
  const [ours, theirs] = [readPrompt(left).tree, readPrompt(right).tree];
  if (ours.dialect === theirs.dialect) return { lines: linesOf(ours, theirs) };
  const [one, other] = [inReadme(ours), inReadme(theirs)];
  return { lines: linesOf(one, other), dialects: [ours.dialect, theirs.dialect] };
}

/** Without the comments in which another dialect's structure is carried along: they say nothing to a reader. */
function inReadme(tree: PromptTree): PromptTree {
  const converted = tree.dialect === "readme" ? tree : convertPrompt(tree, "readme").tree;
  return { ...converted, nodes: withoutCarriers(converted.nodes) };
}

function linesOf(left: PromptTree, right: PromptTree): readonly ChangeLine[] {
  return diffPrompts(left, right).flatMap((change): ChangeLine[] => {
    switch (change.kind) {
      case "frame":
        return frameLines(change.before, change.after);
      case "changed":
        return [{ kind: "changed", place: change.place, ...wordsOf(nodeText(change.before), nodeText(change.after)) }];
      case "renamed":
        return [{ kind: "changed", place: change.place, gone: [change.before], come: [change.after], kept: 0 }];
      case "added":
        return [{ kind: "added", place: change.place, ...wordsOf("", nodeText(change.node)) }];
      case "removed":
        return [{ kind: "removed", place: change.place, ...wordsOf(nodeText(change.node), "") }];
      case "moved":
        return [{ kind: "moved", place: change.place, gone: [], come: [], kept: change.order.length }];
    }
  });
}

function frameLines(before: { readonly system: string }, after: { readonly system: string }): ChangeLine[] {
  const place: ChangePlace = { block: "other", name: "" };
  if (before.system.trimEnd() === after.system.trimEnd())
    return [{ kind: "changed", place, gone: [], come: [], kept: 0 }];
  return [{ kind: "changed", place, gone: listed(before.system.trim()), come: listed(after.system.trim()), kept: 0 }];
}

function wordsOf(before: string, after: string): Pick<ChangeLine, "gone" | "come" | "kept"> {
  const [left, right] = [partsOf(before), partsOf(after)];
  return {
    gone: left.filter((part) => !right.includes(part)),
    come: right.filter((part) => !left.includes(part)),
    kept: left.filter((part) => right.includes(part)).length,
  };
}

function partsOf(text: string): readonly string[] {
  return isTagList(text) ? tagNames(text) : listed(text);
}

function listed(text: string): readonly string[] {
  return text === "" ? [] : [text];
}
