/**
 * @file Captions never nest: some importers put a caption with its tags into the next one. The reader makes one of them,
 * whose text is the same, so that no writer can pass the mistake on.
 */

import type { Finding } from "./findings.ts";
import type { NodePlace } from "./structure.ts";
import type { Report } from "./text-reading.ts";
import { elementNode, withChildren } from "./tree.ts";
import type { Attribute, ElementNode, PromptNode } from "./tree.ts";

/** The nodes without captions inside captions; the same array where there are none. Places of changed nodes are kept. */
export function flattenCaptions(
  nodes: readonly PromptNode[],
  places: Map<PromptNode, NodePlace>,
  report: Report,
): readonly PromptNode[] {
  let changed: PromptNode[] | undefined;
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index];
    if (node?.kind !== "element") continue;
    const children = flattenCaptions(node.children, places, report);
    const outer = children === node.children ? node : withChildren(node, children);
    const flat = outer.key === "caption" ? withoutInnerCaptions(outer, places, report) : outer;
    if (flat === node) continue;
    const place = places.get(node);
    if (place !== undefined) places.set(flat, place);
    changed ??= [...nodes];
    changed[index] = flat;
  }
  return changed ?? nodes;
}

function withoutInnerCaptions(outer: ElementNode, places: Map<PromptNode, NodePlace>, report: Report): ElementNode {
  const inner = outer.children.filter((node): node is ElementNode => node.kind === "element" && node.key === "caption");
  if (inner.length === 0) return outer;
  for (const caption of inner) {
    const place = places.get(caption);
    if (place !== undefined) report(place.start, () => nestedFinding(place));
  }
  const children = outer.children.flatMap((node) =>
    node.kind === "element" && node.key === "caption" ? node.children : [node],
  );
  const attributes = [...outer.attributes, ...inner.flatMap((caption) => caption.attributes)];
  const flat = withChildren(outer, children);
  if (attributes.length === outer.attributes.length) return flat;
  return elementNode(outer.id, outer.name, flat.children, uniqueAttributes(attributes));
}

function uniqueAttributes(attributes: readonly Attribute[]): readonly Attribute[] {
  const names = new Set<string>();
  return attributes.map(({ name, value }) => {
    let unique = name;
    for (let number = 2; names.has(unique); number++) unique = `${name}_${number}`;
    names.add(unique);
    return { name: unique, value };
  });
}

function nestedFinding(place: NodePlace): Finding {
  const { startTag, endTag } = place;
  const tags = [startTag, endTag].filter((tag) => tag !== undefined);
  return {
    code: "caption.nested",
    severity: "warning",
    start: place.start,
    end: startTag?.end ?? place.end,
    message: "A caption inside a caption: they are read as one.",
    fix: {
      code: "remove-inner-tags",
      edits: tags.map(({ start, end }) => ({ start, end, text: "" })),
      isMeaningKept: true,
    },
  };
}
