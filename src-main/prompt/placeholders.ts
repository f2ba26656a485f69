/** @file `$character_2$`: names that stand for a number. When numbers change they change with them, all at once. */

import type { EnvelopeObject, EnvelopeValue } from "./envelope.ts";
import type { PromptNode, TextNode } from "./tree.ts";

/** What each number becomes. */
export type NumberMap = ReadonlyMap<number, number>;

export const PLACEHOLDER = /\$character_(\d{1,9})\$/gi;

export function mapPlaceholders(nodes: readonly PromptNode[], map: NumberMap): readonly PromptNode[] {
  return nodes.map((node) => {
    if (node.kind === "text") return mappedText(node, map);
    if (node.kind !== "element") return node;
    const children = mapPlaceholders(node.children, map);
    return children.every((child, index) => child === node.children[index]) ? node : { ...node, children };
  });
}

function mappedText(node: TextNode, map: NumberMap): TextNode {
  const text = mapped(node.text, map);
  if (text === node.text) return node;
  // No sign of a placeholder needs escaping, so the spelling changes alike.
  return node.source === undefined ? { kind: "text", text } : { kind: "text", text, source: mapped(node.source, map) };
}

function mapped(text: string, map: NumberMap): string {
  if (!text.includes("$")) return text;
  return text.replace(PLACEHOLDER, (placeholder, digits: string) => {
    const number = map.get(Number(digits));
    return number === undefined ? placeholder : placeholder.replace(digits, String(number));
  });
}

/** The same in all texts of an envelope's object. */
export function mapPlaceholdersInText(object: EnvelopeObject, map: NumberMap): EnvelopeObject {
  const members = object.members.map((member) => ({ ...member, value: mappedValue(member.value, map) }));
  return { ...object, members };
}

function mappedValue(value: EnvelopeValue, map: NumberMap): EnvelopeValue {
  if (value.kind === "object") return mapPlaceholdersInText(value, map);
  if (value.kind === "array")
    return { ...value, items: value.items.map((item) => ({ ...item, value: mappedValue(item.value, map) })) };
  if (value.kind !== "text") return value;
  const text = mapped(value.text, map);
  return text === value.text ? value : { kind: "text", text };
}
