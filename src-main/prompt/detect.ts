/** @file Which dialect a prompt is written in, judged by what it is made of. */

import type { Dialect } from "../contract/prompt.ts";
import { isRootMark } from "./carrier.ts";
import { isElement } from "./tree.ts";
import type { PromptNode } from "./tree.ts";

/**
 * The dialect of a body that is no envelope. `readme` and `webapp` share one grammar, so what a prompt uses decides:
 * the model's page has `quality`, the web apps have `artists`, `lighting` and a caption instead.
 */
export function detectDialect(nodes: readonly PromptNode[], hasElements: boolean): Dialect {
  if (!hasElements) return "plain";
  // A root taken off on the way to a dialect without one left its mark: elements named like a root are then content.
  const root = nodes.some(isRootMark) ? undefined : nodes.find((node) => isElement(node) && node.role === "root");
  if (root !== undefined) return isElement(root) && root.key === "img" ? "formatter" : "nodes";
  const elements = nodes.filter(isElement);
  const fields = new Set(
    elements
      .filter(({ key }) => key === "general_tags")
      .flatMap(({ children }) => children.filter(isElement).map(({ key }) => key)),
  );
  if (fields.has("quality")) return "readme";
  const hasCaption = elements.some(({ key }) => key === "caption");
  return hasCaption || fields.has("artists") || fields.has("lighting") ? "webapp" : "readme";
}
