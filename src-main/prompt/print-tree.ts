/** @file A whole tree as text, in its own dialect. */

import { flattenCaptions } from "./captions.ts";
import { printEnvelope, printEnvelopeAsJson, printEnvelopeForModel, withTagsPlace } from "./envelope.ts";
import { readEnvelope, startOfObject } from "./envelope-reader.ts";
import { printForModel, printPlain, printXml } from "./print.ts";
import { behindPrefix } from "./system-prompt.ts";
import type { PromptNode, PromptTree } from "./tree.ts";

/** The tree as it stands in a file. */
export function printTree(tree: PromptTree): string {
  const body = printBody(tree);
  const mark = tree.hasByteOrderMark ? "\ufeff" : "";
  return mark + tree.system + (tree.system === "" ? body : behindPrefix(body));
}

function printBody(tree: PromptTree): string {
  if (tree.dialect === "plain") return withoutEnvelopeLook(printPlain(tree.nodes));
  const nodes = withoutNestedCaptions(tree.nodes);
  if (tree.envelope === undefined) return withoutEnvelopeLook(printXml(nodes));
  const envelope = nodes.length === 0 ? tree.envelope : withTagsPlace(tree.envelope);
  const xml = printXml(nodes);
  const text = printEnvelope(envelope, xml);
  // Texts with backslashes that happen to be JSON's as well would be read as such: then they are written as such.
  const isAmbiguous = !envelope.isJson && text.includes("\\") && readEnvelope(text, 0, true) !== undefined;
  return isAmbiguous ? printEnvelopeAsJson(envelope, xml) : text;
}

/** Text that would be read as an envelope, though it is none, gets its first brace as a reference. */
function withoutEnvelopeLook(text: string): string {
  const brace = startOfObject(text, 0);
  if (brace === undefined || readEnvelope(text, 0) === undefined) return text;
  return `${text.slice(0, brace)}&#123;${text.slice(brace + 1)}`;
}

/** The tree as the model reads it, in its own dialect: no prefix, no comments, nothing escaped. */
export function printTreeForModel(tree: PromptTree): string {
  const text = printForModel(withoutNestedCaptions(tree.nodes));
  const body = tree.envelope === undefined ? text : printEnvelopeForModel(tree.envelope, text).replace(/\r\n?/g, "\n");
  return body.trim();
}

/** For trees made by hand: what the reader gives has none. */
function withoutNestedCaptions(nodes: readonly PromptNode[]): readonly PromptNode[] {
  return flattenCaptions(nodes, new Map(), () => undefined);
}
