/**
 * @file Puts a model together from the networks that a scan has found, in whatever folders they lie, and says exactly what is
 * missing. Pure: chooses among what is known, reads nothing.
 */

import path from "node:path";
import type { TextEncoding } from "../../contract/model-folder.ts";
import { finding, isError } from "./findings.ts";
import type { Finding } from "./findings.ts";
import type { Weights } from "./inspect-weights.ts";
import type { Role } from "./layouts/layout.ts";
import type { NetworkFound } from "./recognise.ts";
import type { Scan } from "./scan.ts";
import { judgeTokenizer } from "./tokenizer.ts";
import type { TokenizerFound } from "./tokenizer.ts";

/** One network of a model, where it lies. */
export interface Part {
  readonly role: Role;
  readonly weights: Weights;
  readonly network: NetworkFound;
  /** For text encoders. */
  readonly tokenizer?: TokenizerFound;
}

export interface Assembly {
  readonly textEncoding: TextEncoding;
  /** What was chosen, by role; a role without part is missing. */
  readonly parts: Readonly<Partial<Record<Role, Part>>>;
  readonly isComplete: boolean;
  readonly findings: readonly Finding[];
}

interface Candidate {
  readonly weights: Weights;
  readonly network: NetworkFound;
}

/** What each role is called, and where it comes from when it is missing. */
const WANTED: Readonly<Record<Role, string>> = {
  transformer: "the transformer (NewBie Next-DiT; published as transformer/diffusion_pytorch_model.safetensors)",
  vae: "the VAE (FLUX.1's; published as vae/diffusion_pytorch_model.safetensors or ae.safetensors)",
  textEncoder: "the text encoder (Gemma 3 4B; published as text_encoder/gemma3-4b-it.safetensors)",
  pooledEncoder: "the second text encoder (Jina CLIP v2; published as clip_model/jina-clip-v2.safetensors)",
};

export function assemble(scan: Scan): Assembly {
  const candidates: Candidate[] = scan.weights.flatMap((weights) =>
    weights.recognition.networks.map((network) => ({ weights, network })),
  );
  const transformers = candidates.filter(({ network }) => network.role === "transformer" && network.isUsable);
  const attempts = transformers.map((transformer) => assembleAround(transformer, candidates, scan));
  const best = attempts.sort((a, b) => b.score - a.score)[0] ?? assembleAround(undefined, candidates, scan);
  const findings = [...best.findings];
  const rivals = attempts.slice(1).filter(({ score }) => score === best.score);
  if (rivals.length > 0) {
    const chosen = best.parts.transformer?.weights.path ?? "";
    const others = rivals.map(({ parts }) => parts.transformer?.weights.path ?? "").join(", ");
    findings.push(finding("parts.alternative", `${chosen} was taken as the transformer; there is also ${others}`));
  }
  const isComplete = !findings.some(isError);
  // Files that are no part of the model matter where something is missing: they may be what was meant to be it.
  const asides = isComplete ? [] : explainLeftOver(candidates, best.parts, scan);
  return { textEncoding: best.textEncoding, parts: best.parts, isComplete, findings: [...findings, ...asides] };
}

interface Attempt extends Omit<Assembly, "isComplete"> {
  readonly score: number;
}

function assembleAround(transformer: Candidate | undefined, candidates: readonly Candidate[], scan: Scan): Attempt {
  const sizes = transformer?.network.sizes ?? {};
  const near = transformer?.weights.path ?? scan.roots[0] ?? "";
  const findings: Finding[] = [];
  const parts: Partial<Record<Role, Part>> = {};
  if (transformer) parts.transformer = { role: "transformer", ...transformer };
  else findings.push(missing("transformer"));

  const choose = (
    role: Role,
    fits: (candidate: Candidate) => string | undefined,
    as: Role = role,
  ): Candidate | undefined => {
    const ofRole = candidates.filter(({ network }) => network.role === role && network.isUsable);
    const fitting = ofRole.filter((candidate) => fits(candidate) === undefined);
    const chosen = nearest(fitting, near);
    if (chosen === undefined && as === role) {
      findings.push(missing(as));
      for (const candidate of ofRole)
        findings.push(finding("parts.mismatch", fits(candidate) ?? "", { where: candidate.weights.path }));
    }
    return chosen;
  };

  const vae = choose("vae", ({ weights, network }) => {
    const channels = network.sizes["latent"] ?? 0;
    const token = sizes["token"];
    // A token holds a patch of 2 × 2 cells.
    if (token === undefined || token === 4 * channels) return undefined;
    return `${weights.path}: this VAE has ${channels} channels, but the transformer takes ${token / 4}`;
  });
  if (vae) parts.vae = { role: "vae", ...vae };

  const fitsWidth =
    (size: "caption" | "pooled", ...more: "pooled"[]) =>
    ({ weights, network }: Candidate): string | undefined => {
      const width = network.sizes["hidden"] ?? 0;
      const wrong = [size, ...more].find((name) => sizes[name] !== undefined && sizes[name] !== width);
      if (wrong === undefined) return undefined;
      return `${weights.path}: ${network.title} gives states of width ${width}, but the transformer takes ${sizes[wrong] ?? 0}`;
    };
  // A small model may have one Jina text tower for both. A published transformer never has.
  const hasGemma = candidates.some(
    (candidate) =>
      candidate.network.role === "textEncoder" && candidate.network.isUsable && !fitsWidth("caption")(candidate),
  );
  const canShare = !hasGemma && sizes["caption"] !== undefined && sizes["caption"] === sizes["pooled"];
  const shared = canShare ? choose("pooledEncoder", fitsWidth("caption", "pooled"), "textEncoder") : undefined;
  const textEncoding: TextEncoding = shared === undefined ? "gemma3+jina" : "jina";
  const encoder = shared ?? choose("textEncoder", fitsWidth("caption"));
  if (encoder) parts.textEncoder = withTokenizer("textEncoder", encoder, scan, findings);
  const pooled = shared ? undefined : choose("pooledEncoder", fitsWidth("pooled"));
  if (pooled) parts.pooledEncoder = withTokenizer("pooledEncoder", pooled, scan, findings);

  for (const part of Object.values(parts)) findings.push(...part.network.findings);
  return { textEncoding, parts, findings, score: scoreOf(parts, findings) };
}

/** More parts, fewer errors, the published size, bf16. */
function scoreOf(parts: Readonly<Partial<Record<Role, Part>>>, findings: readonly Finding[]): number {
  const network = parts.transformer?.network;
  const quality = network === undefined ? 0 : (network.isPublished ? 2 : 0) + (network.weightType === "BF16" ? 1 : 0);
  return 1000 * Object.keys(parts).length - 100 * findings.filter(isError).length + quality;
}

function missing(role: Role): Finding {
  return finding("parts.missing", `missing: ${WANTED[role]}`);
}

/** The candidate that shares most of its path with `near`; among equals bf16, then the order of paths. */
function nearest(candidates: readonly Candidate[], near: string): Candidate | undefined {
  const rank = ({ weights, network }: Candidate): number =>
    10 * commonDepth(weights.path, near) + (network.weightType === "BF16" ? 2 : network.weightType === "F32" ? 1 : 0);
  return candidates.toSorted((a, b) => rank(b) - rank(a) || (a.weights.path < b.weights.path ? -1 : 1))[0];
}

/** Folders that two paths have in common. */
function commonDepth(a: string, b: string): number {
  const foldersOfB = b.split(path.sep);
  const differing = a.split(path.sep).findIndex((folder, index) => folder !== foldersOfB[index]);
  return differing === -1 ? foldersOfB.length : differing;
}

function withTokenizer(role: Role, candidate: Candidate, scan: Scan, findings: Finding[]): Part {
  const { weights, network } = candidate;
  const byDistance = scan.tokenizers.toSorted(
    (a, b) => commonDepth(b.path, weights.path) - commonDepth(a.path, weights.path),
  );
  const verdicts = byDistance.map((tokenizer) => ({ tokenizer, verdict: judgeTokenizer(tokenizer, network) }));
  // One that fits without reserve is better than a nearer one with a warning.
  const chosen =
    verdicts.find(({ verdict }) => verdict.length === 0) ?? verdicts.find(({ verdict }) => !verdict.some(isError));
  if (chosen) {
    findings.push(...chosen.verdict, ...passedOver(chosen.tokenizer, weights, verdicts, scan));
    return { role, ...candidate, tokenizer: chosen.tokenizer };
  }
  const embedded = weights.files.some(({ tensors }) =>
    [...tensors.keys()].some((name) => name.endsWith("spiece_model")),
  );
  const note = embedded ? " (the SentencePiece model inside the weights is not read)" : "";
  findings.push(
    finding("parts.missing", `missing: the tokenizer.json of ${network.title}${note}`, {
      where: weights.path,
      remedy: `Put the tokenizer.json of ${network.family === "gemma3" ? "google/gemma-3-4b-it" : "jinaai/jina-clip-v2"} beside ${weights.path}.`,
    }),
  );
  // The nearest one is what was meant; it is named only where it was evidently put there for these weights.
  const beside = verdicts.find(({ tokenizer }) => path.dirname(tokenizer.path) === path.dirname(weights.path));
  if (beside) findings.push(...beside.verdict);
  return { role, ...candidate };
}

/** Why a tokenizer that was evidently put there for these weights was not taken, where another one fits. */
function passedOver(
  chosen: TokenizerFound,
  weights: Weights,
  verdicts: readonly { readonly tokenizer: TokenizerFound; readonly verdict: readonly Finding[] }[],
  scan: Scan,
): Finding[] {
  const folder = path.dirname(weights.path);
  const meant = path.join(folder, "tokenizer.json");
  if (path.dirname(chosen.path) === folder) return [];
  const foreign = verdicts.find(({ tokenizer }) => tokenizer.path === meant)?.verdict ?? [];
  const damaged = scan.findings.filter(({ code, where }) => code === "tokenizer.damaged" && where === meant);
  return [...foreign, ...damaged].map(({ message }) =>
    finding("tokenizer.passed-over", `${message}; ${chosen.path} was taken instead`, { where: meant }),
  );
}

/** Why what lies there was not taken for a missing role, and what else is in the folders. */
function explainLeftOver(candidates: readonly Candidate[], parts: Assembly["parts"], scan: Scan): Finding[] {
  const unusable = candidates.filter(({ network }) => !network.isUsable && parts[network.role] === undefined);
  const others = scan.weights.flatMap(({ recognition }) => recognition.findings);
  return [...unusable.flatMap(({ network }) => network.findings.filter(isError)), ...scan.findings, ...others];
}
