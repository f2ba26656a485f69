/**
 * @file Says what a file of tensors is, from the names and shapes alone: which networks it holds in which layout and under
 * which prefix, whether they are whole, in which numbers they are stored; or what else it is. Never looks at a file's name.
 */

import { finding, isError, listNames } from "./findings.ts";
import type { Finding } from "./findings.ts";
import { recogniseForeign } from "./foreign-families.ts";
import { LAYOUTS } from "./layouts/index.ts";
import type { Layout, Role, Sizes } from "./layouts/layout.ts";
import { recogniseLora } from "./lora.ts";
import type { LoraFound } from "./lora.ts";
import { findPrefixes, matchLayout, precisionOf } from "./match-layout.ts";
import type { LayoutMatch, Tensors } from "./match-layout.ts";
import { summariseNames } from "./name-summary.ts";
import { findNearestLayout, pairRenamed } from "./renamed.ts";
import { findQuantisation, isQuantisationMark, judgeWeightTypes } from "./weight-type.ts";

export interface NetworkFound {
  readonly role: Role;
  readonly family: Layout["family"];
  readonly layout: string;
  readonly title: string;
  /** What stands before the layout's names. */
  readonly prefix: string;
  readonly sizes: Sizes;
  readonly repeats: Sizes;
  /** Whether this is the published network, by its sizes. */
  readonly isPublished: boolean;
  /** Whether nothing is missing. */
  readonly isComplete: boolean;
  /** Whether there is no reason against using it. */
  readonly isUsable: boolean;
  readonly tensorCount: number;
  readonly parameters: number;
  /** The type of most weights, as the format names it: `BF16`. */
  readonly weightType: string;
  /** Names of the tensors that are missing. */
  readonly missing: readonly string[];
  readonly findings: readonly Finding[];
}

export interface Recognition {
  /** Usually one; a checkpoint of ComfyUI may hold several under different prefixes. */
  readonly networks: readonly NetworkFound[];
  readonly lora?: LoraFound;
  /** What it is, where it is nothing that Tachie uses. */
  readonly foreign?: string;
  /** Of the file as a whole; each network has its own. */
  readonly findings: readonly Finding[];
}

/** Below this share of known names under a prefix, a file is not called by a network's name. */
const LEAST_PRECISION = 0.6;

/** @param where the file, for messages */
export function recognise(tensors: Tensors, where: string): Recognition {
  const lora = recogniseLora(tensors);
  if (lora) {
    const message = `${where} is a LoRA (${lora.format}) for ${lora.target}`;
    return {
      networks: [],
      lora,
      findings: [finding(lora.isForNewBie ? "lora.alone" : "network.other", message, { where })],
    };
  }
  const plain = new Map([...tensors].filter(([name]) => !isQuantisationMark(name)));
  const { matches, foreign } = findMatches(plain);
  if (matches.length > 0) return { networks: matches.map((match) => describe(match, tensors, where)), findings: [] };
  return { networks: [], ...describeUnknown(tensors, foreign, where) };
}

/** The best match for each network in the file; and what it is where a match only looks like one. */
function findMatches(tensors: Tensors): { matches: LayoutMatch[]; foreign: string | undefined } {
  const names = [...tensors.keys()];
  const best = new Map<string, LayoutMatch>();
  let foreign: string | undefined;
  for (const layout of LAYOUTS)
    for (const prefix of findPrefixes(layout, names).slice(0, 3)) {
      const match = matchLayout(layout, prefix, tensors);
      if (match.present.length < 3 || precisionOf(match) < LEAST_PRECISION) continue;
      const other = recogniseForeign(new Map([...tensors].filter(([name]) => name.startsWith(prefix))));
      if (other !== undefined) {
        foreign = other;
        continue;
      }
      const rival = best.get(layout.role);
      if (rival === undefined || match.present.length > rival.present.length) best.set(layout.role, match);
    }
  return { matches: [...best.values()], foreign };
}

function describe(match: LayoutMatch, tensors: Tensors, where: string): NetworkFound {
  const { layout, prefix, sizes, repeats, isPublished, present, missing } = match;
  const types = judgeWeightTypes(match, tensors, where);
  const title = titleOf(match);
  const findings = [...types.findings];
  // What a quantiser has replaced is not missing.
  if (!types.findings.some(({ code }) => code === "type.quantised"))
    findings.push(...judgeTensors(match, tensors, title, where));
  if (!isPublished)
    findings.push(finding("network.other-size", `${where} holds ${title}, not of the published size`, { where }));
  const elements = present.map((name) => tensors.get(name)?.shape.reduce((product, size) => product * size, 1) ?? 0);
  return {
    role: layout.role,
    family: layout.family,
    layout: layout.id,
    title,
    prefix,
    sizes,
    repeats,
    isPublished,
    isComplete: missing.length === 0,
    isUsable: !findings.some(isError),
    tensorCount: present.length,
    parameters: elements.reduce((sum, count) => sum + count, 0),
    weightType: types.main,
    missing: missing.map(({ name }) => name),
    findings,
  };
}

function judgeTensors(match: LayoutMatch, tensors: Tensors, title: string, where: string): Finding[] {
  const { present, missing, misshapen, extra } = match;
  const findings: Finding[] = [];
  const renamed = pairRenamed(missing, extra, tensors);
  const found = new Set(renamed.map(({ wanted }) => wanted));
  const lost = missing.map(({ name }) => name).filter((name) => !found.has(name));
  if (renamed.length > 0) {
    const examples = renamed.slice(0, 3).map(({ found, wanted }) => `${found} (published as ${wanted})`);
    const message = `${title}: ${renamed.length} tensors of ${where} have other names than published: ${examples.join(", ")}`;
    findings.push(finding("network.renamed", message, { where }));
  }
  if (lost.length > 0) {
    const total = present.length + missing.length;
    const message = `${title}: ${lost.length} of ${total} tensors are missing in ${where}: ${summariseNames(lost, match.prefix)}`;
    findings.push(finding("network.incomplete", message, { where }));
  }
  if (misshapen.length > 0) {
    const examples = misshapen.map(
      ({ name, shape, wanted }) => `${name} is [${shape.join(", ")}], not [${wanted.join(", ")}]`,
    );
    const message = `${title}: ${misshapen.length} tensors of ${where} have another shape: ${listNames(examples, 3)}`;
    findings.push(finding("network.misshapen", message, { where: `${where}: ${misshapen[0]?.name ?? ""}` }));
  }
  const paired = new Set(renamed.map((pair) => pair.found));
  const unpaired = extra.filter((name) => !paired.has(name));
  if (unpaired.length > 0)
    findings.push(
      finding(
        "network.extra",
        `${title}: ${unpaired.length} tensors of ${where} are not used: ${listNames(unpaired)}`,
        {
          where,
        },
      ),
    );
  return findings;
}

/** Other members of a family, so that "another size" gets a name. */
const GEMMA3_SIZES: Readonly<Record<number, string>> = {
  640: "270M",
  1152: "1B",
  2560: "4B",
  3840: "12B",
  5376: "27B",
};

function titleOf({ layout, sizes, repeats, isPublished }: LayoutMatch): string {
  if (layout.family === "gemma3") {
    const size = GEMMA3_SIZES[sizes["hidden"] ?? 0];
    return size === undefined ? layout.title : layout.title.replace("Gemma 3", `Gemma 3 ${size}`);
  }
  if (isPublished) return layout.title;
  const width = sizes["dim"] ?? sizes["hidden"] ?? sizes["c0"];
  const depth = repeats["layers"];
  const measures = [
    ...(width === undefined ? [] : [`width ${width}`]),
    ...(depth === undefined ? [] : [`${depth} layers`]),
  ];
  return `${layout.title} (${measures.join(", ")})`;
}

function describeUnknown(tensors: Tensors, foreign: string | undefined, where: string): Omit<Recognition, "networks"> {
  const title = foreign ?? recogniseForeign(tensors);
  if (title !== undefined)
    return { foreign: title, findings: [finding("network.other", `${where} is ${title}`, { where })] };
  const quantisation = findQuantisation(tensors);
  if (quantisation !== undefined) {
    const names = [...tensors.keys()];
    const layout = LAYOUTS.find((candidate) => findPrefixes(candidate, names).length > 0);
    return {
      findings: [finding("type.quantised", `${layout?.title ?? "a network"}: ${where} is ${quantisation}`, { where })],
    };
  }
  const nearest = findNearestLayout(tensors);
  if (nearest) {
    const examples = nearest.examples.map(({ found, wanted }) => `${found} (published as ${wanted})`).join(", ");
    const message = `${where} looks like ${nearest.layout.title} with other names: ${examples}`;
    return { findings: [finding("network.renamed", message, { where })] };
  }
  const names = listNames(
    [...tensors.keys()].map((name) => name.slice(0, 80)),
    3,
  );
  return {
    findings: [
      finding("network.unknown", `${where} holds ${tensors.size} tensors of an unknown network: ${names}`, { where }),
    ],
  };
}
