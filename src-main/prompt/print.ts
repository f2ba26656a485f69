/**
 * @file Nodes as text: as XML, as text of the plain dialect, or as what the model reads. Whatever remembers how it was
 * written is written so again; the rest is spelled canonically. The result is well-formed in every case but plain text.
 */

import { escapeAttribute, escapePlain, escapeText, resolveReferences } from "./escaping.ts";
import type { Attribute, ElementNode, PromptNode } from "./tree.ts";

export function openTag(name: string, attributes: readonly Attribute[], isSelfClosing: boolean): string {
  const written = attributes.map((attribute) => ` ${attribute.name}="${escapeAttribute(attribute.value)}"`).join("");
  return `<${name}${written}${isSelfClosing ? "/" : ""}>`;
}

export function printXml(nodes: readonly PromptNode[]): string {
  return printNodes(nodes, (text, source) => source ?? escapeText(text));
}

/** Text of the plain dialect: nothing is escaped that reads the same without. */
export function printPlain(nodes: readonly PromptNode[]): string {
  return printNodes(nodes, (text, source) => source ?? escapePlain(text));
}

function printNodes(nodes: readonly PromptNode[], print: (text: string, source?: string) => string): string {
  let result = "";
  for (const node of nodes) {
    if (node.kind === "text") result += print(node.text, node.source);
    else if (node.kind === "comment") result += `<!--${node.text}-->`;
    else if (node.kind === "cdata") result += `<![CDATA[${node.text.replaceAll("]]>", "]]]]><![CDATA[>")}]]>`;
    else if (node.kind === "instruction") result += `<?${node.text}?>`;
    else {
      const { open, close } = node.source ?? {
        open: openTag(node.name, node.attributes, false),
        close: `</${node.name}>`,
      };
      result += open + printNodes(node.children, print) + close;
    }
  }
  return result;
}

/**
 * What the model reads: references resolved, comments and instructions left out together with lines that held nothing
 * else, lines ended by LF.
 */
export function printForModel(nodes: readonly PromptNode[]): string {
  const parts: string[] = [];
  collectForModel(nodes, parts);
  const kept: string[] = [];
  for (const [index, part] of parts.entries()) {
    if (part === OMITTED) continue;
    if (parts[index - 1] === OMITTED) joinOverComment(kept, part);
    else kept.push(part);
  }
  return kept.join("").replace(/\r\n?/g, "\n");
}

/** Stands for what is left out; no text can hold it because every text is at least one character. */
const OMITTED = "";

function collectForModel(nodes: readonly PromptNode[], parts: string[]): void {
  for (const node of nodes) {
    if (node.kind === "element") {
      parts.push(openForModel(node));
      collectForModel(node.children, parts);
      parts.push(node.source?.close ?? `</${node.name}>`);
    } else if (node.kind === "text" || node.kind === "cdata") {
      if (node.text !== "") parts.push(node.text);
    } else if (parts.at(-1) !== OMITTED) parts.push(OMITTED);
  }
}

function openForModel({ name, attributes, source }: ElementNode): string {
  if (source !== undefined && !source.open.includes("&")) return source.open;
  const open = openTag(name, attributes, source?.close === "");
  return resolveReferences(open);
}

/** Adds what comes behind a comment. If the comment stood alone on its line, the line goes with it. */
function joinOverComment(kept: string[], next: string): void {
  const before = kept.pop() ?? "";
  const lineStart = Math.max(before.lastIndexOf("\n"), before.lastIndexOf("\r")) + 1;
  const lineEnd = /^[ \t]{0,200}(?:\r\n|\n|\r)/.exec(next)?.[0].length;
  const isOwnLine =
    lineEnd !== undefined && (lineStart > 0 || kept.length === 0) && before.slice(lineStart).trim() === "";
  const rest = isOwnLine ? next.slice(lineEnd) : next;
  const head = isOwnLine ? before.slice(0, lineStart) : before;
  // What has no line end of its own belongs to the line before, which the next comment must see.
  if (isOwnLine && !/[\n\r]/.test(rest)) kept.push(head + rest);
  else kept.push(head, rest);
}
