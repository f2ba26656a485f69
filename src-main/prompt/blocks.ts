/**
 * @file The blocks of a prompt: characters, general tags, captions and whatever stands beside them, inside the root
 * where there is one. Everything that asks or changes a prompt goes through here, so it need not know of roots.
 */

import { isElement, replaced } from "./tree.ts";
import type { ElementNode, PromptNode, PromptTree } from "./tree.ts";
import { isRooted } from "./vocabulary.ts";

export function rootOf(tree: PromptTree): ElementNode | undefined {
  if (!isRooted(tree.dialect)) return undefined;
  return tree.nodes.find((node): node is ElementNode => isElement(node) && node.role === "root");
}

/** The elements at the level of blocks, those beside the root included, in order. */
export function blocksOf(tree: PromptTree): readonly ElementNode[] {
  const root = rootOf(tree);
  return tree.nodes.flatMap((node) => (node === root ? root.children : [node])).filter(isElement);
}

/** The nodes among which blocks stand: the root's children, or the body. */
export function blockNodes(tree: PromptTree): readonly PromptNode[] {
  return rootOf(tree)?.children ?? tree.nodes;
}

export function withBlockNodes(tree: PromptTree, nodes: readonly PromptNode[]): PromptTree {
  const root = rootOf(tree);
  if (root === undefined) return { ...tree, nodes };
  return { ...tree, nodes: replaced(tree.nodes, root.id, (element) => [{ ...element, children: nodes }]) };
}

export function blocksOfKey(tree: PromptTree, key: string): readonly ElementNode[] {
  return blocksOf(tree).filter((element) => element.key === key);
}

/** The text that stands directly in an element: not that of elements inside it. */
export function directText(element: ElementNode): string {
  return element.children.map((node) => (node.kind === "text" || node.kind === "cdata" ? node.text : "")).join("");
}

/** All text in an element, at any depth. */
export function wholeText(nodes: readonly PromptNode[]): string {
  return nodes
    .map((node) => {
      if (node.kind === "element") return wholeText(node.children);
      return node.kind === "text" || node.kind === "cdata" ? node.text : "";
    })
    .join("");
}

export function fieldOf(element: ElementNode | undefined, key: string): ElementNode | undefined {
  return element?.children.find((node): node is ElementNode => isElement(node) && node.key === key);
}

/** `$character_2$`, `character_2` and nothing at all: names that name nobody. */
export function isPlaceholderName(name: string): boolean {
  return /^(?:\$?character_\d+\$?|original_character)?$/i.test(name.trim());
}

/** Whether anything is known of a character beyond its gender and place. */
export function saysSomething(card: ElementNode): boolean {
  return card.children.some((node) => {
    if (!isElement(node)) return wholeText([node]).trim() !== "";
    if (node.role === "unknown") return true;
    if (node.key === "gender" || node.key === "position") return node.children.some(({ kind }) => kind !== "text");
    const text = wholeText(node.children).trim();
    return node.key === "n" ? !isPlaceholderName(text) : text !== "";
  });
}
