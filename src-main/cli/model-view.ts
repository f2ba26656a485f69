/** @file Models and their parts as lines for a person, and as plain objects for scripts. */

import type { Assembly } from "../studio/models/assemble.ts";
import type { Finding } from "../studio/models/findings.ts";
import { formatBytes } from "../studio/models/free-space.ts";
import type { InstalledModel } from "../contract/models.ts";

/** One network of a model in `--json` output. */
export interface PartView {
  readonly role: string;
  readonly path: string;
  readonly layout: string;
  readonly prefix: string;
  readonly title: string;
  readonly weightType: string;
  readonly parameters: number;
  readonly tokenizer?: string;
}

export function viewParts(parts: Assembly["parts"]): PartView[] {
  return Object.values(parts).map(({ role, weights, network, tokenizer }) => ({
    role,
    path: weights.path,
    layout: network.layout,
    prefix: network.prefix,
    title: network.title,
    weightType: network.weightType,
    parameters: network.parameters,
    ...(tokenizer ? { tokenizer: tokenizer.path } : {}),
  }));
}

/** `transformer: NewBie Next-DiT, 3.49 B parameters in BF16, /path` */
export function describeParts(parts: readonly PartView[]): string[] {
  return parts.map(({ role, title, parameters, weightType, path }) => {
    const count = parameters >= 1e9 ? `${(parameters / 1e9).toFixed(2)} B` : `${(parameters / 1e6).toFixed(1)} M`;
    return `${role}: ${title}, ${count} parameters in ${weightType}, ${path}`;
  });
}

const ORIGIN_WORDS: Readonly<Record<InstalledModel["origin"], string>> = {
  downloaded: "downloaded",
  added: "added from elsewhere",
  shipped: "part of Tachie",
  unrecorded: "put there by hand; `tachie models add` records it",
};

export function describeModel(model: InstalledModel): string {
  const { name, title, condition, problem, origin, sizeBytes, folder } = model;
  const size = sizeBytes === undefined ? "" : `, ${formatBytes(sizeBytes)}`;
  const state =
    condition === "ready"
      ? ORIGIN_WORDS[origin]
      : condition === "unfinished"
        ? "download not finished: the same download command goes on"
        : `BROKEN: ${problem ?? ""}`;
  return `${name}${title === undefined ? "" : `: ${title}`}${size} (${state}) ${folder}`;
}

export function describeFinding({ severity, message, remedy }: Finding): string {
  return `${severity}: ${message}\n  ${remedy}`;
}
