/**
 * @file In which numbers a network's weights are stored, and whether Tachie can use them: bf16 as published, float32,
 * float16 with a warning; 8-bit and quantised ones are named for what they are.
 */

import { finding } from "./findings.ts";
import type { Finding } from "./findings.ts";
import type { LayoutMatch, Tensors } from "./match-layout.ts";

/** Names that only quantised files have, beside or in place of `weight`. */
const QUANTISED_MARKS: readonly (readonly [RegExp, string])[] = [
  [/\.(quant_state\.bitsandbytes__\w+|absmax|nested_absmax|quant_map)$/, "quantised with bitsandbytes"],
  [/\.(wscales|smooth_factor|smooth_factor_orig|wtscale)$/, "quantised with SVDQuant (nunchaku)"],
  [/\.(qzeros|g_idx)$/, "quantised with GPTQ or AWQ"],
  [/\.weight_packed$/, "quantised (compressed-tensors)"],
  [/\.weight_scale_2$/, "quantised to 4 bits (NVFP4)"],
  [/(\.comfy_quant|^scaled_fp8|\.scale_weight|\.weight_scale|\.weight_scale_inv)$/, "scaled to 8 bits"],
  // Shared by several tools, so only where none of their own marks is there.
  [/\.qweight$/, "quantised"],
];

export interface WeightTypes {
  /** The type of most elements, as the format names it: `BF16`. */
  readonly main: string;
  readonly findings: readonly Finding[];
}

/** @param where the file, for messages */
export function judgeWeightTypes(match: LayoutMatch, tensors: Tensors, where: string): WeightTypes {
  const bytes = new Map<string, number>();
  const elements = new Map<string, number>();
  for (const name of match.present) {
    const tensor = tensors.get(name);
    if (tensor === undefined) continue;
    const count = tensor.shape.reduce((product, size) => product * size, 1);
    elements.set(tensor.type, (elements.get(tensor.type) ?? 0) + count);
    bytes.set(tensor.type, (bytes.get(tensor.type) ?? 0) + tensor.length);
  }
  const [main] = [...elements].sort(([, a], [, b]) => b - a)[0] ?? ["BF16"];
  return { main, findings: judge(match, [...elements.keys()], main, tensors, where) };
}

function judge(match: LayoutMatch, types: readonly string[], main: string, tensors: Tensors, where: string): Finding[] {
  const { title, family } = match.layout;
  const quantised = findQuantisation(tensors, match.prefix);
  if (quantised !== undefined && types.every((type) => !type.startsWith("F8")))
    return [finding("type.quantised", `${title}: ${where} is ${quantised}`, { where })];
  const float8 = types.filter((type) => type.startsWith("F8"));
  if (float8.length > 0)
    return [finding("type.float8", `${title}: ${where} holds 8-bit floats (${float8.join(", ")})`, { where })];
  const whole = types.filter((type) => /^([UI]\d|BOOL|F4$|F6_)/.test(type));
  if (whole.length > 0)
    return [
      finding("type.quantised", `${title}: ${where} is quantised: it holds weights of type ${whole.join(", ")}`, {
        where,
      }),
    ];
  const odd = types.filter((type) => !["BF16", "F16", "F32"].includes(type));
  if (odd.length > 0)
    return [finding("type.unsupported", `${title}: ${where} holds weights of type ${odd.join(", ")}`, { where })];
  const findings: Finding[] = [];
  if (main === "F16" && (family === "next-dit" || family === "gemma3"))
    findings.push(finding("type.float16", `${title}: ${where} is in float16 where bf16 is meant`, { where }));
  if (main === "F32" && match.isPublished && family !== "flux-vae")
    findings.push(finding("type.float32", `${title}: ${where} is in float32`, { where }));
  if (types.length > 1)
    findings.push(
      finding("type.mixed", `${title}: ${where} holds weights of types ${types.toSorted().join(", ")}`, { where }),
    );
  return findings;
}

/** Whether a name is one that only quantised files have. */
export function isQuantisationMark(name: string): boolean {
  return QUANTISED_MARKS.some(([pattern]) => pattern.test(name));
}

/** How a file is quantised, by the names that come with it; undefined where no such name is there. */
export function findQuantisation(tensors: Tensors, prefix = ""): string | undefined {
  const names = [...tensors.keys()].filter((name) => name.startsWith(prefix));
  return QUANTISED_MARKS.find(([pattern]) => names.some((name) => pattern.test(name)))?.[1];
}
