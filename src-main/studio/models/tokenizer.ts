/**
 * @file Recognises a tokenizer.json by what it holds and says whether it belongs to a text encoder: wrong ids give pictures of
 * something else, without any error.
 */

import { LFS_REMEDY, isLfsPointer } from "../../graph/lfs-pointer.ts";
import { finding } from "./findings.ts";
import type { Finding } from "./findings.ts";
import type { NetworkFound } from "./recognise.ts";

export interface TokenizerFound {
  readonly path: string;
  /** Whose it is, in words; "an unknown tokenizer" where nothing tells. */
  readonly title: string;
  readonly kind: TokenizerKind;
  /** `BPE`, `Unigram`, `WordPiece`, `WordLevel`. */
  readonly algorithm: string;
  /** The largest id that it can give, plus 1. */
  readonly vocabularySize: number;
  /** The id of `<pad>`, where there is such a token. */
  readonly padId?: number;
}

interface Signature {
  readonly kind: string;
  readonly title: string;
  readonly algorithm?: string;
  /** Special tokens and their ids. */
  readonly ids: Readonly<Record<string, number>>;
}

/** The first whose ids all agree is taken. */
const SIGNATURES = [
  {
    kind: "gemma3",
    title: "the tokenizer of Gemma 3",
    algorithm: "BPE",
    ids: { "<pad>": 0, "<eos>": 1, "<bos>": 2, "<start_of_turn>": 105, "<end_of_turn>": 106 },
  },
  {
    kind: "gemma2",
    title: "the tokenizer of Gemma 2",
    algorithm: "BPE",
    ids: { "<pad>": 0, "<eos>": 1, "<bos>": 2, "<start_of_turn>": 106, "<end_of_turn>": 107 },
  },
  {
    kind: "xlm-roberta",
    title: "the tokenizer of XLM-RoBERTa (Jina CLIP v2)",
    algorithm: "Unigram",
    ids: { "<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3 },
  },
  { kind: "clip", title: "the tokenizer of CLIP", ids: { "<|startoftext|>": 49406, "<|endoftext|>": 49407 } },
  { kind: "t5", title: "the tokenizer of T5", algorithm: "Unigram", ids: { "<pad>": 0, "</s>": 1, "<unk>": 2 } },
  { kind: "qwen", title: "the tokenizer of Qwen", ids: { "<|endoftext|>": 151643 } },
  { kind: "llama3", title: "the tokenizer of Llama 3", ids: { "<|begin_of_text|>": 128000 } },
  { kind: "llama", title: "the tokenizer of Llama 2 or Mistral", ids: { "<unk>": 0, "<s>": 1, "</s>": 2 } },
  { kind: "bert", title: "the tokenizer of BERT", algorithm: "WordPiece", ids: { "[CLS]": 101 } },
] as const satisfies readonly Signature[];
export type TokenizerKind = (typeof SIGNATURES)[number]["kind"] | "other";

/** Whether a JSON file's beginning is that of a tokenizer.json. */
export function looksLikeTokenizer(beginning: string): boolean {
  return /^\s*\{/.test(beginning) && /"(truncation|added_tokens|pre_tokenizer|post_processor)"\s*:/.test(beginning);
}

/**
 * Reads a tokenizer.json's text.
 * @returns undefined, with the reason among the findings, where it is not one
 */
export function recogniseTokenizer(text: string, path: string): { tokenizer?: TokenizerFound; findings: Finding[] } {
  const fail = (reason: string): { findings: Finding[] } => ({
    findings: [finding("tokenizer.damaged", `${path} ${reason}`, { where: path })],
  });
  if (isLfsPointer(text)) {
    const message = `${path} is a git-lfs pointer, a small text in place of the tokenizer`;
    return { findings: [finding("tokenizer.damaged", message, { where: path, remedy: LFS_REMEDY })] };
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return fail(`is not JSON: ${(error as Error).message.slice(0, 120)}`);
  }
  const model = field(json, "model");
  const ids = readVocabulary(model);
  if (ids === undefined) return fail("has no vocabulary, so it is not a tokenizer.json");
  const added = field(json, "added_tokens");
  for (const token of Array.isArray(added) ? (added as unknown[]) : []) {
    const [id, content] = [field(token, "id"), field(token, "content")];
    if (typeof content === "string" && isId(id)) ids.set(content, id);
  }
  if (ids.size === 0) return fail("has an empty vocabulary");
  const algorithm = algorithmOf(model);
  const signature = SIGNATURES.find(
    (candidate) =>
      (!("algorithm" in candidate) || candidate.algorithm === algorithm) &&
      Object.entries(candidate.ids).every(([token, id]) => ids.get(token) === id),
  );
  let largest = 0;
  for (const id of ids.values()) largest = Math.max(largest, id);
  const padId = ids.get("<pad>");
  return {
    tokenizer: {
      path,
      title: signature?.title ?? "an unknown tokenizer",
      kind: signature?.kind ?? "other",
      algorithm,
      vocabularySize: largest + 1,
      ...(padId === undefined ? {} : { padId }),
    },
    findings: [],
  };
}

/** Ids by token. BPE and WordPiece store a map, Unigram a list of pairs whose places are the ids. */
function readVocabulary(model: unknown): Map<string, number> | undefined {
  const vocabulary = field(model, "vocab");
  const ids = new Map<string, number>();
  if (Array.isArray(vocabulary)) {
    for (const [id, pair] of (vocabulary as unknown[]).entries()) {
      const token: unknown = Array.isArray(pair) ? pair[0] : undefined;
      if (typeof token !== "string") return undefined;
      ids.set(token, id);
    }
    return ids;
  }
  if (typeof vocabulary !== "object" || vocabulary === null) return undefined;
  for (const [token, id] of Object.entries(vocabulary)) {
    if (!isId(id)) return undefined;
    ids.set(token, id);
  }
  return ids;
}

/** Old files leave the type out. */
function algorithmOf(model: unknown): string {
  const type = field(model, "type");
  if (typeof type === "string") return type;
  if (Array.isArray(field(model, "vocab"))) return "Unigram";
  return field(model, "merges") === undefined ? "WordLevel" : "BPE";
}

/** Which published tokenizer goes with which family. */
const KIND_OF_FAMILY: Readonly<Record<string, TokenizerKind>> = { gemma3: "gemma3", "jina-text": "xlm-roberta" };

/** Why a tokenizer does not belong to a text encoder; empty where it does. */
export function judgeTokenizer(tokenizer: TokenizerFound, network: NetworkFound): Finding[] {
  const { path, title, vocabularySize, padId } = tokenizer;
  const rows = network.sizes["vocabulary"];
  const refuse = (reason: string): Finding[] => [
    finding("tokenizer.foreign", `${path} is ${title} and does not belong to ${network.title}: ${reason}`, {
      where: path,
    }),
  ];
  if (rows !== undefined && vocabularySize > rows)
    return refuse(`it gives ids up to ${vocabularySize - 1}, but the embedding has ${rows} rows`);
  const wanted = KIND_OF_FAMILY[network.family];
  if (network.isPublished && wanted !== undefined && tokenizer.kind !== wanted)
    return refuse("its special tokens or its algorithm are others");
  if (network.family === "jina-text" && padId !== undefined && padId !== 1)
    return refuse(`its <pad> has the id ${padId}, but this network leaves out the id 1`);
  // Embeddings have some rows to spare, but not most of them.
  if (rows !== undefined && vocabularySize < rows / 2)
    return [
      finding(
        "tokenizer.smaller",
        `${path} is ${title} with ${vocabularySize} ids, but the embedding of ${network.title} has ${rows} rows`,
        { where: path },
      ),
    ];
  return [];
}

function isId(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}
