/**
 * @file What model a folder, or several folders together, hold: by `model.json` where there is one, by the files' contents
 * otherwise. Says what is wrong or missing; changes nothing.
 */

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { MODEL_MANIFEST_FILE, parseModelManifest } from "../../contract/model-folder.ts";
import type { ModelManifest } from "../../contract/model-folder.ts";
import { readingError } from "../../graph/file-errors.ts";
import { assemble } from "./assemble.ts";
import type { Assembly, Part } from "./assemble.ts";
import { judgeConfig } from "./config-beside.ts";
import { finding, isError } from "./findings.ts";
import type { Finding } from "./findings.ts";
import { inspectWeights } from "./inspect-weights.ts";
import { ROLES } from "./layouts/layout.ts";
import type { Role } from "./layouts/layout.ts";
import { SCAN_LIMITS, scanFolders } from "./scan.ts";
import { judgeTokenizer, recogniseTokenizer } from "./tokenizer.ts";
import type { TokenizerFound } from "./tokenizer.ts";

export interface FolderInspection extends Assembly {
  /** Set where a single folder has a `model.json`. */
  readonly manifest?: ModelManifest;
}

/**
 * @param folders one model folder, or any folders that hold the parts of one
 * @throws file.not-found, file.unreadable for the folders themselves; whatever is wrong inside becomes a finding
 */
export async function inspectFolders(folders: readonly string[], signal?: AbortSignal): Promise<FolderInspection> {
  const [first] = folders;
  if (first !== undefined && folders.length === 1 && existsSync(path.join(first, MODEL_MANIFEST_FILE)))
    return inspectManifestFolder(first);
  const assembly = assemble(await scanFolders(folders, { ...SCAN_LIMITS, ...(signal ? { signal } : {}) }));
  const configs = Object.values(assembly.parts).flatMap((part) => judgeConfig(part));
  return { ...assembly, findings: [...assembly.findings, ...configs] };
}

function inspectManifestFolder(folder: string): FolderInspection {
  const file = path.join(folder, MODEL_MANIFEST_FILE);
  let manifest: ModelManifest;
  try {
    manifest = parseModelManifest(readFileSync(file, "utf8"), file);
  } catch (cause) {
    const error = readingError(cause, file);
    if (!(error instanceof TachieError)) throw error;
    const findings = [finding("parts.missing", error.message, { where: error.where, remedy: error.remedy })];
    return { textEncoding: "gemma3+jina", parts: {}, isComplete: false, findings };
  }
  const findings: Finding[] = [];
  const parts: Partial<Record<Role, Part>> = {};
  for (const role of ROLES) {
    const component = manifest.components[role];
    if (component === undefined) continue;
    const weights = path.resolve(folder, component.weights);
    const inspection = inspectWeights(weights);
    findings.push(...inspection.findings);
    if (inspection.weights === undefined) continue;
    // One Jina text tower may take both places.
    const wanted: readonly Role[] =
      manifest.textEncoding === "jina" && role === "textEncoder" ? ["pooledEncoder"] : [role];
    const { networks } = inspection.weights.recognition;
    const network = networks.find((candidate) => wanted.includes(candidate.role));
    if (network === undefined) {
      findings.push(...notTheRole(role, weights, inspection.weights.recognition));
      continue;
    }
    findings.push(...network.findings);
    const tokenizer =
      component.tokenizer === undefined ? undefined : readTokenizer(folder, component.tokenizer, findings);
    // Random weights were not trained with any: what fits into the embedding is as good as another.
    const judged = manifest.isPlaceholder ? { ...network, isPublished: false } : network;
    if (tokenizer) findings.push(...judgeTokenizer(tokenizer, judged));
    parts[role] = { role, weights: inspection.weights, network, ...(tokenizer ? { tokenizer } : {}) };
  }
  const { textEncoding } = manifest;
  return { manifest, textEncoding, parts, isComplete: !findings.some(isError), findings };
}

function notTheRole(
  role: Role,
  file: string,
  { networks, findings }: NonNullable<Part["weights"]["recognition"]>,
): Finding[] {
  const [other] = networks;
  if (other === undefined && findings.some(isError)) return [...findings];
  const [told] = findings;
  const message =
    other === undefined && told !== undefined
      ? `${told.message}, where the ${role} of this model should be`
      : `${file} should be the ${role} of this model, but is ${other?.title ?? "something unknown"}`;
  return [finding("parts.mismatch", message, { where: file }), ...findings];
}

function readTokenizer(folder: string, file: string, findings: Finding[]): TokenizerFound | undefined {
  const full = path.resolve(folder, file);
  try {
    const found = recogniseTokenizer(readFileSync(full, "utf8"), full);
    findings.push(...found.findings);
    return found.tokenizer;
  } catch (cause) {
    const error = readingError(cause, full);
    if (!(error instanceof TachieError)) throw error;
    findings.push(finding("parts.missing", error.message, { where: full, remedy: error.remedy }));
    return undefined;
  }
}
