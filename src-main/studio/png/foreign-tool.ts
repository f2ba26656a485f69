/**
 * @file Which other tool wrote a picture's texts, judged by their content: several tools share the keyword `parameters`.
 */

import { parseObject } from "./foreign/loose.ts";
import type { LooseObject } from "./foreign/loose.ts";
import type { PngText } from "./png-texts.ts";

export const FOREIGN_TOOLS = [
  "a1111",
  "comfyui",
  "invokeai",
  "novelai",
  "swarmui",
  "fooocus",
  "stability-matrix",
] as const;
/** `a1111` stands for every tool that writes its form, Forge and Krita among them. */
export type ForeignTool = (typeof FOREIGN_TOOLS)[number];

/** @returns undefined where no text is of a form we know */
export function detectForeignTool(texts: readonly PngText[]): ForeignTool | undefined {
  const text = (keyword: string): string | undefined => texts.find((entry) => entry.keyword === keyword)?.text;
  const json = (keyword: string): LooseObject | undefined => parseObject(text(keyword));

  const parameters = json("parameters");
  if (parameters !== undefined && "sui_image_params" in parameters) return "swarmui";
  // Fooocus writes A1111's form too, with its own chunk beside it that says which.
  if (text("fooocus_scheme") !== undefined && text("parameters") !== undefined) return "fooocus";
  if (json("smproj") !== undefined || json("parameters-json") !== undefined) return "stability-matrix";
  if (json("invokeai_metadata") ?? json("invokeai_graph") ?? json("invokeai_workflow")) return "invokeai";
  const comment = json("Comment");
  if (comment !== undefined && ("v4_prompt" in comment || ("prompt" in comment && "uc" in comment))) return "novelai";
  if (isComfyGraph(json("prompt")) || isComfyWorkflow(json("workflow"))) return "comfyui";
  const plain = text("parameters");
  return plain !== undefined && parameters === undefined && isA1111(plain) ? "a1111" : undefined;
}

/** API form: node number -> `{class_type, inputs}`. */
function isComfyGraph(graph: LooseObject | undefined): boolean {
  const nodes = graph === undefined ? [] : Object.values(graph);
  return nodes.some((node) => typeof node === "object" && node !== null && "class_type" in node && "inputs" in node);
}

/** Interface form: a list of nodes. */
function isComfyWorkflow(workflow: LooseObject | undefined): boolean {
  return Array.isArray(workflow?.["nodes"]);
}

/** The form's own rule: the last line holds at least three `key: value` pairs. */
function isA1111(text: string): boolean {
  const lastLine = text.trimEnd().split("\n").at(-1) ?? "";
  // Pairs are counted at commas, without backtracking over quoted values: enough to tell the form.
  return lastLine.split(",").filter((part) => /^\s*\w[\w \-/]+:/.test(part)).length >= 3;
}
