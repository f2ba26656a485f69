/** @file Which nodes of two lists are one and the same thing, so that what differs in them can be told. */

import { characterName } from "./cast.ts";
import { isElement } from "./tree.ts";
import type { ElementNode, PromptNode } from "./tree.ts";

/**
 * For each node of `theirs` the index of its partner in `ours`, -1 where it has none. No two have one partner. Cards are
 * matched by a name that nobody else has, else by number; everything else by kind or key, the first with the first.
 */
export function matchNodes(ours: readonly PromptNode[], theirs: readonly PromptNode[]): readonly number[] {
  const partners = theirs.map(() => -1);
  const taken = new Set<number>();
  const matchBy = (keyOf: (node: PromptNode) => string | undefined): void => {
    const open = new Map<string, number[]>();
    for (const [index, node] of ours.entries()) {
      const key = taken.has(index) ? undefined : keyOf(node);
      if (key !== undefined) open.set(key, [...(open.get(key) ?? []), index]);
    }
    for (const [index, node] of theirs.entries()) {
      const key = partners[index] === -1 ? keyOf(node) : undefined;
      const partner = key === undefined ? undefined : open.get(key)?.shift();
      if (partner === undefined) continue;
      partners[index] = partner;
      taken.add(partner);
    }
  };
  const names = [uniqueNames(ours), uniqueNames(theirs)];
  matchBy((node) => {
    const name = nameOf(node);
    return name !== undefined && names.every((known) => known.has(name)) ? name : undefined;
  });
  matchBy((node) => (isCard(node) ? String(node.number) : undefined));
  matchBy((node) => {
    if (isCard(node)) return undefined;
    return isElement(node) ? `<${node.key}>` : node.kind;
  });
  return partners;
}

interface Card extends ElementNode {
  readonly key: "character";
}

function isCard(node: PromptNode): node is Card {
  return isElement(node) && node.key === "character";
}

/** A placeholder such as `$character_1$` names nobody. */
function nameOf(node: PromptNode): string | undefined {
  if (!isCard(node)) return undefined;
  const name = characterName(node).toLowerCase();
  return name === "" || /^\$.*\$$/.test(name) ? undefined : name;
}

function uniqueNames(nodes: readonly PromptNode[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const node of nodes) {
    const name = nameOf(node);
    if (name !== undefined) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return new Set([...counts].filter(([, count]) => count === 1).map(([name]) => name));
}
