/** @file One prompt made of another by what differs between them: all of it, or the part that somebody chooses. */

import { significant } from "./diff.ts";
import type { NodePath, PromptChange } from "./diff.ts";
import { elementNode, isBlankText, isElement, mergedText, textNode, withChildren } from "./tree.ts";
import type { ElementNode, PromptNode, PromptTree } from "./tree.ts";

/** @param changes as `diffPrompts` tells them of this very tree */
export function applyChanges(tree: PromptTree, changes: readonly PromptChange[]): PromptTree {
  const applying = new Applying(changes, tree.nextId);
  const nodes = applying.nodes(tree.nodes, []);
  const frame = changes.find((change) => change.kind === "frame")?.after;
  if (frame === undefined) return { ...tree, nodes, nextId: applying.nextId };
  return { ...frame, nodes, nextId: applying.nextId };
}

/** Of the changes below one element. */
interface Own {
  readonly changed: Map<number, PromptNode>;
  readonly renamed: Map<number, Extract<PromptChange, { kind: "renamed" }>>;
  readonly removed: Set<number>;
  readonly added: { readonly index: number; readonly node: PromptNode }[];
  order: readonly number[] | undefined;
}

class Applying {
  nextId: number;
  readonly #byParent = new Map<string, Own>();

  constructor(changes: readonly PromptChange[], nextId: number) {
    this.nextId = nextId;
    for (const change of changes) this.#file(change);
  }

  nodes(nodes: readonly PromptNode[], path: NodePath): readonly PromptNode[] {
    const own = this.#byParent.get(path.join("/"));
    const kept = significant(nodes).map((node, index) => this.#node(node, index, [...path, index], own));
    const isRearranged = own !== undefined && (own.removed.size > 0 || own.added.length > 0 || own.order !== undefined);
    if (!isRearranged) {
      let next = 0;
      return mergedText(nodes.map((node) => (isBlankText(node) ? node : (kept[next++] ?? node))));
    }
    const staying = own.order ?? kept.map((_, index) => index);
    const result = staying.filter((index) => !own.removed.has(index)).flatMap((index) => kept[index] ?? []);
    for (const { index, node } of own.added.toSorted((one, other) => one.index - other.index))
      result.splice(Math.min(index, result.length), 0, this.#copied(node));
    return laidOut(result, nodes);
  }

  #node(node: PromptNode, index: number, path: NodePath, own: Own | undefined): PromptNode {
    const changed = own?.changed.get(index);
    if (changed !== undefined) return this.#copied(changed);
    if (!isElement(node)) return node;
    const children = this.nodes(node.children, path);
    const same = children.every((child, place) => child === node.children[place]);
    const element = same && children.length === node.children.length ? node : withChildren(node, children);
    const renamed = own?.renamed.get(index);
    return renamed === undefined ? element : elementNode(node.id, renamed.after, element.children, renamed.attributes);
  }

  /** Ids are this tree's own. */
  #copied(node: PromptNode): PromptNode {
    if (!isElement(node)) return node;
    const copy: ElementNode = { ...node, id: this.nextId++ };
    return { ...copy, children: node.children.map((child) => this.#copied(child)) };
  }

  #file(change: PromptChange): void {
    switch (change.kind) {
      case "frame":
        return;
      case "changed":
        this.#own(change.path.slice(0, -1)).changed.set(change.path.at(-1) ?? 0, change.after);
        return;
      case "renamed":
        this.#own(change.path.slice(0, -1)).renamed.set(change.path.at(-1) ?? 0, change);
        return;
      case "added":
        this.#own(change.parent).added.push(change);
        return;
      case "removed":
        this.#own(change.parent).removed.add(change.index);
        return;
      case "moved":
        this.#own(change.parent).order = change.order;
    }
  }

  #own(path: NodePath): Own {
    const key = path.join("/");
    const known = this.#byParent.get(key);
    if (known !== undefined) return known;
    const own: Own = { changed: new Map(), renamed: new Map(), removed: new Set(), added: [], order: undefined };
    this.#byParent.set(key, own);
    return own;
  }
}

/** Nodes in a new order with white space between them like that which was there. */
function laidOut(nodes: readonly PromptNode[], before: readonly PromptNode[]): readonly PromptNode[] {
  const first = before.find((node, index) => isBlankText(node) && index > 0 && index < before.length - 1);
  const space = first?.kind === "text" ? first.text : "\n";
  const lead = before[0]?.kind === "text" && isBlankText(before[0]) ? before[0].text : "";
  const last = before.at(-1);
  const trail = last?.kind === "text" && isBlankText(last) && before.length > 1 ? last.text : "";
  const spaced = nodes.flatMap((node, index) => [textNode(index === 0 ? lead : space), node]);
  return mergedText([...spaced, textNode(trail)]);
}
