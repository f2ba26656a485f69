/**
 * @file ComfyUI's graph of nodes, in its API form or in that of its interface: the sampler is found, and from it along the
 * links everything else. Node types beyond number carry texts, so a text is whatever text the links lead to first.
 */

import { isLooseObject, readingOf, textAt, valueAt } from "./loose.ts";
import type { ForeignReading, LooseObject } from "./loose.ts";

interface Node {
  readonly type: string;
  readonly inputs: LooseObject;
}

type Graph = ReadonlyMap<string, Node>;

/** Nodes looked at for one value; graphs of people have some hundred. */
const MAX_VISITS = 2000;
/** Inputs in which nodes hold a prompt, likeliest first. */
const TEXT_INPUTS = [
  "text",
  "prompt",
  "positive_prompt",
  "xml",
  "string",
  "value",
  "text_g",
  "t5xxl",
  "clip_l",
] as const;
/** Widgets of the interface's form by node type: their values come in a list, without names. */
const WIDGETS: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^KSampler$/, ["seed", "", "steps", "cfg", "sampler_name", "scheduler", "denoise"]],
  [/^KSamplerAdvanced$/, ["add_noise", "noise_seed", "", "steps", "cfg", "sampler_name", "scheduler"]],
  [/^RandomNoise$/, ["noise_seed"]],
  [/^KSamplerSelect$/, ["sampler_name"]],
  [/^BasicScheduler$/, ["scheduler", "steps"]],
  [/^CFGGuider$/, ["cfg"]],
  [/Empty\w*Latent/, ["width", "height"]],
  [/^ModelSampling/, ["shift"]],
  [/TextEncode|String|Text|Prompt/, ["text"]],
];

/** @param prompt the API form; @param workflow the interface's form, where there is no other */
export function readComfyUi(prompt: LooseObject | undefined, workflow: LooseObject | undefined): ForeignReading {
  const graph = prompt === undefined ? graphOfWorkflow(workflow) : graphOfPrompt(prompt);
  const sampler = findSampler(graph);
  if (sampler === undefined) return readingOf(firstEncodedText(graph), undefined, {});
  const around = ancestors(graph, sampler);
  const find = (...names: string[]): unknown => {
    for (const node of around)
      for (const name of names) {
        const value = valueAt(node.inputs, name);
        if (typeof value === "number" || typeof value === "string") return value;
      }
    return undefined;
  };
  const guided = around.find(({ inputs }) => isLink(valueAt(inputs, "positive")));
  const latent = around.find(
    ({ type, inputs }) => /Latent/.test(type) && typeof valueAt(inputs, "width") === "number",
  )?.inputs;
  const model = around.find(({ type }) => /^ModelSampling/.test(type))?.inputs;
  return readingOf(textBehind(graph, guided, "positive"), textBehind(graph, guided, "negative"), {
    seed: find("seed", "noise_seed"),
    width: valueAt(latent, "width"),
    height: valueAt(latent, "height"),
    steps: find("steps"),
    guidance: find("cfg"),
    solver: find("sampler_name"),
    schedule: find("scheduler"),
    shift: valueAt(model, "shift"),
  });
}

function graphOfPrompt(prompt: LooseObject): Graph {
  const graph = new Map<string, Node>();
  for (const [id, node] of Object.entries(prompt)) {
    const inputs = valueAt(node, "inputs");
    if (isLooseObject(inputs)) graph.set(id, { type: textAt(node, "class_type") ?? "", inputs });
  }
  return graph;
}

/** The interface's form as the API's: links are a list of their own there, widgets have no names. */
function graphOfWorkflow(workflow: LooseObject | undefined): Graph {
  const sources = new Map<unknown, string>();
  for (const link of listAt(workflow, "links"))
    if (Array.isArray(link)) sources.set(link[0], String(link[1] as unknown));
  const graph = new Map<string, Node>();
  for (const node of listAt(workflow, "nodes")) {
    const type = textAt(node, "type") ?? "";
    const entries: [string, unknown][] = [];
    const names = WIDGETS.find(([pattern]) => pattern.test(type))?.[1] ?? [];
    for (const [index, value] of listAt(node, "widgets_values").entries()) entries.push([names[index] ?? "", value]);
    for (const input of listAt(node, "inputs")) {
      const source = sources.get(valueAt(input, "link"));
      if (source !== undefined) entries.push([textAt(input, "name") ?? "", [source, 0]]);
    }
    const id = valueAt(node, "id");
    if (typeof id === "number" || typeof id === "string")
      graph.set(String(id), { type, inputs: Object.fromEntries(entries.filter(([name]) => name !== "")) });
  }
  return graph;
}

function findSampler(graph: Graph): Node | undefined {
  const nodes = [...graph.values()];
  const isSampler = ({ inputs }: Node): boolean =>
    isLink(valueAt(inputs, "positive")) && isLink(valueAt(inputs, "latent_image"));
  return nodes.find(isSampler) ?? nodes.find(({ type }) => /Sampler(Custom)?/.test(type) && !/Select/.test(type));
}

/** A node and everything that it is made from, nearest first. */
function ancestors(graph: Graph, node: Node): Node[] {
  const found = new Set<Node>([node]);
  for (const { inputs } of found) {
    if (found.size > MAX_VISITS) break;
    for (const value of Object.values(inputs)) {
      const source = isLink(value) ? graph.get(String(value[0])) : undefined;
      if (source !== undefined) found.add(source);
    }
  }
  return [...found];
}

/** The text that an input of a node is made from. */
function textBehind(graph: Graph, node: Node | undefined, input: string): string | undefined {
  const link = valueAt(node?.inputs, input);
  const source = isLink(link) ? graph.get(String(link[0])) : undefined;
  if (source === undefined) return undefined;
  for (const { inputs } of ancestors(graph, source))
    for (const name of TEXT_INPUTS) {
      const text = textAt(inputs, name);
      if (text !== undefined) return text;
    }
  return undefined;
}

function firstEncodedText(graph: Graph): string | undefined {
  const encoders = [...graph.values()].filter(({ type }) => /TextEncode/.test(type));
  return encoders.map(({ inputs }) => textAt(inputs, "text")).find((text) => text !== undefined);
}

/** `[node id, output number]` */
function isLink(value: unknown): value is readonly [string | number, unknown] {
  return Array.isArray(value) && value.length === 2 && (typeof value[0] === "string" || typeof value[0] === "number");
}

function listAt(object: unknown, name: string): readonly unknown[] {
  const value = valueAt(object, name);
  return Array.isArray(value) ? value : [];
}
