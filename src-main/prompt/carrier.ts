/**
 * @file Comments in which one dialect carries what only another can hold: a root's attributes, an envelope's boxes, the
 * structure behind a flattened prompt. The model never reads comments, people can read these, and on the way back they
 * are taken out and used again.
 */

import { resolveReferences } from "./escaping.ts";
import type { CommentNode, PromptNode } from "./tree.ts";

/**
 * `root` and `root-end` stand where a root's tags stood, `caption` where the envelope's caption belongs. Before an
 * element, `keep` says that its place or name is not the usual one and stays, `inline` that a caption is none of an
 * envelope's own. `envelope` and `structure` hold what they name.
 */
export type CarrierKind = "root" | "root-end" | "caption" | "keep" | "inline" | "envelope" | "structure";

const FORM = /^ tachie:(root-end|root|caption|keep|inline|envelope|structure)(?: ([^]*))? $/;

export interface Carried {
  readonly kind: CarrierKind;
  readonly payload: string;
}

export function carrierNode(kind: CarrierKind, payload = ""): CommentNode {
  const safe = payload
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replace(/-(?=-|$)/g, "&#45;")
    .replace(/\r(?!\n)/g, "&#13;");
  return { kind: "comment", text: ` tachie:${kind}${safe === "" ? "" : ` ${safe}`} ` };
}

export function carriedBy(node: PromptNode | undefined): Carried | undefined {
  if (node?.kind !== "comment" || !node.text.startsWith(" tachie:")) return undefined;
  const match = FORM.exec(node.text);
  const kind = match?.[1] as CarrierKind | undefined;
  return kind && { kind, payload: resolveReferences(match?.[2] ?? "") };
}

export function isCarrier(node: PromptNode | undefined, kind: CarrierKind): boolean {
  return carriedBy(node)?.kind === kind;
}

export function isRootMark(node: PromptNode): boolean {
  return isCarrier(node, "root");
}

/** Whether a node shows that the text around it is XML; without any it would be taken for plain text. */
export function showsXml(node: PromptNode): boolean {
  return node.kind === "element" || carriedBy(node) !== undefined;
}

/** The nodes without what other dialects left in comments: what they carried is lost. */
export function withoutCarriers(nodes: readonly PromptNode[]): readonly PromptNode[] {
  const kept = nodes.filter((node) => carriedBy(node) === undefined);
  return kept.map((node) => (node.kind === "element" ? { ...node, children: withoutCarriers(node.children) } : node));
}
