/**
 * @file Opens the text encoders of a model, whichever way it has of encoding its texts, and checks that they fit what the
 * transformer reads.
 */

import type { ModelFolder, ModelFolderComponent } from "../../models/model-folder.ts";
import { buildGemma3TextGraph } from "../../models/newbie-exp0.1/gemma3-text.ts";
import { inferGemma3TextConfig } from "../../models/newbie-exp0.1/gemma3-text-config.ts";
import { buildJinaTextGraph } from "../../models/newbie-exp0.1/jina-text.ts";
import { inferJinaTextConfig } from "../../models/newbie-exp0.1/jina-text-config.ts";
import { PUBLISHED_GEMMA3_TEXT, PUBLISHED_JINA_TEXT } from "../../models/newbie-exp0.1/published-configs.ts";
import { TachieError } from "../contract/errors.ts";
import type { NetworkVariant } from "../graph/network-variant.ts";
import type { GraphModel } from "../graph/onnx.ts";
import type { InferenceSession } from "../ort/session.ts";
import { JINA_MAX_TOKENS, gemma3JinaTextEncoding } from "./gemma3-jina-text.ts";
import { jinaTextEncoding } from "./host-text.ts";
import { openBoth } from "./network-home.ts";
import type { TextEncoding } from "./roles.ts";
import { openTokeniser } from "./tokeniser.ts";
import type { Tokeniser } from "./tokeniser.ts";

/** Makes a session of a graph under a name for messages and profiles. */
export type OpenSession = (name: string, graph: GraphModel) => Promise<InferenceSession>;

/** What the transformer reads; 0 where it reads no pooled vector. */
export interface TextWidths {
  readonly states: number;
  readonly pooled: number;
}

/** @throws model.mismatch naming the parts that do not fit; model.incomplete */
export async function openTextEncoding(
  { folder, manifest, components }: ModelFolder,
  wanted: TextWidths,
  openSession: OpenSession,
  variant: Partial<NetworkVariant> = {},
): Promise<TextEncoding> {
  const { textEncoder, pooledEncoder } = components;
  const { maxTokens } = manifest.limits;
  const checkWidths = (states: number, pooled: number): void => {
    requireFit(folder, "the transformer's captions", wanted.states, "the text encoder's states", states);
    if (wanted.pooled > 0)
      requireFit(folder, "the transformer's pooled text", wanted.pooled, "the text encoder's pooled vector", pooled);
  };
  const checkTokeniser = (tower: PublishedTower, vocabSize: number, tokeniser: Tokeniser, file?: string): void => {
    // Random weights were not trained with any.
    if (vocabSize === tower.vocabSize && !manifest.isPlaceholder) requireTokens(tower, tokeniser, file ?? folder);
  };
  if (manifest.textEncoding === "jina") {
    const config = inferJinaTextConfig(textEncoder.checkpoint, textEncoder.config);
    checkWidths(config.hiddenSize, config.hiddenSize);
    const tokeniser = tokeniserOf(folder, "textEncoder", textEncoder);
    checkTokeniser(JINA, config.vocabSize, tokeniser, textEncoder.tokenizer);
    const session = await openSession("text-encoder", buildJinaTextGraph(config, textEncoder.checkpoint, variant));
    return jinaTextEncoding({ session, tokeniser, vocabSize: config.vocabSize, maxTokens });
  }
  if (pooledEncoder === undefined)
    throw new TachieError("model.incomplete", `${folder}: model.json names no pooledEncoder`, { where: folder });
  const gemma3 = inferGemma3TextConfig(textEncoder.checkpoint, textEncoder.config);
  const jina = inferJinaTextConfig(pooledEncoder.checkpoint, pooledEncoder.config);
  checkWidths(gemma3.hiddenSize, jina.hiddenSize);
  const gemma3Tokeniser = tokeniserOf(folder, "textEncoder", textEncoder);
  const jinaTokeniser = tokeniserOf(folder, "pooledEncoder", pooledEncoder);
  checkTokeniser(GEMMA3, gemma3.vocabSize, gemma3Tokeniser, textEncoder.tokenizer);
  checkTokeniser(JINA, jina.vocabSize, jinaTokeniser, pooledEncoder.tokenizer);
  const [gemma3Session, jinaSession] = await openBoth(
    () => openSession("text-encoder", buildGemma3TextGraph(gemma3, textEncoder.checkpoint, variant)),
    () => openSession("pooled-encoder", buildJinaTextGraph(jina, pooledEncoder.checkpoint, variant)),
  );
  return gemma3JinaTextEncoding(
    {
      session: gemma3Session,
      tokeniser: gemma3Tokeniser,
      vocabSize: gemma3.vocabSize,
      maxTokens,
    },
    {
      session: jinaSession,
      tokeniser: jinaTokeniser,
      vocabSize: jina.vocabSize,
      maxTokens: JINA_MAX_TOKENS,
    },
  );
}

/** A published tower, and tokens that only its own tokenizer has under these ids. */
export interface PublishedTower {
  readonly title: string;
  readonly vocabSize: number;
  readonly ids: Readonly<Record<string, number>>;
}

export const GEMMA3: PublishedTower = {
  title: "Gemma 3",
  vocabSize: PUBLISHED_GEMMA3_TEXT.vocabSize,
  ids: { "<pad>": 0, "<eos>": 1, "<bos>": 2, "<start_of_turn>": 105, "<end_of_turn>": 106 },
};
export const JINA: PublishedTower = {
  title: "Jina CLIP v2",
  vocabSize: PUBLISHED_JINA_TEXT.vocabSize,
  ids: { "<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3 },
};

/**
 * Another model's tokenizer may well stay within the table of tokens: the pictures would be of something else, without any
 * error.
 * @throws model.mismatch naming the token that tells
 */
export function requireTokens({ title, ids }: PublishedTower, tokeniser: Tokeniser, where: string): void {
  for (const [token, id] of Object.entries(ids)) {
    const found = tokeniser.idOf(token);
    if (found === id) continue;
    throw new TachieError(
      "model.mismatch",
      `${where} is not the tokenizer of ${title}: ${token} has ${found === undefined ? "no id" : `the id ${found}`} there instead of ${id}`,
      { where, remedy: "Put the tokenizer.json that belongs to this text encoder beside its weights." },
    );
  }
}

/** @throws model.mismatch when the widths differ */
export function requireFit(folder: string, a: string, aWidth: number, b: string, bWidth: number): void {
  if (aWidth === bWidth) return;
  throw new TachieError(
    "model.mismatch",
    `${folder}: ${a} are ${aWidth} wide, but ${b} ${bWidth}: the parts belong to different models`,
    { where: folder },
  );
}

/** @throws model.incomplete */
export function tokeniserOf(folder: string, name: string, { tokenizer }: ModelFolderComponent): Tokeniser {
  if (tokenizer !== undefined) return openTokeniser(tokenizer);
  throw new TachieError("model.incomplete", `${folder}: model.json names no tokenizer for the ${name}`, {
    where: `components.${name}.tokenizer`,
  });
}
