/**
 * @file Opens the text encoders of a model, whichever way it has of encoding its texts, and checks that they fit what the
 * transformer reads.
 */

import type { ModelFolder, ModelFolderComponent } from "../../models/model-folder.ts";
import { buildGemma3TextGraph } from "../../models/newbie-exp0.1/gemma3-text.ts";
import { inferGemma3TextConfig } from "../../models/newbie-exp0.1/gemma3-text-config.ts";
import { buildJinaTextGraph } from "../../models/newbie-exp0.1/jina-text.ts";
import { inferJinaTextConfig } from "../../models/newbie-exp0.1/jina-text-config.ts";
import { TachieError } from "../contract/errors.ts";
import type { GraphModel } from "../graph/onnx.ts";
import type { InferenceSession } from "../ort/session.ts";
import { JINA_MAX_TOKENS, gemma3JinaTextEncoding } from "./gemma3-jina-text.ts";
import { jinaTextEncoding } from "./host-text.ts";
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
): Promise<TextEncoding> {
  const { textEncoder, pooledEncoder } = components;
  const { maxTokens } = manifest.limits;
  const checkWidths = (states: number, pooled: number): void => {
    requireFit(folder, "the transformer's captions", wanted.states, "the text encoder's states", states);
    if (wanted.pooled > 0)
      requireFit(folder, "the transformer's pooled text", wanted.pooled, "the text encoder's pooled vector", pooled);
  };
  if (manifest.textEncoding === "jina") {
    const config = inferJinaTextConfig(textEncoder.checkpoint, textEncoder.config);
    checkWidths(config.hiddenSize, config.hiddenSize);
    const tokeniser = tokeniserOf(folder, "textEncoder", textEncoder);
    const session = await openSession("text-encoder", buildJinaTextGraph(config, textEncoder.checkpoint));
    return jinaTextEncoding({ session, tokeniser, vocabSize: config.vocabSize, maxTokens });
  }
  if (pooledEncoder === undefined)
    throw new TachieError("model.incomplete", `${folder}: model.json names no pooledEncoder`, { where: folder });
  const gemma3 = inferGemma3TextConfig(textEncoder.checkpoint, textEncoder.config);
  const jina = inferJinaTextConfig(pooledEncoder.checkpoint, pooledEncoder.config);
  checkWidths(gemma3.hiddenSize, jina.hiddenSize);
  const gemma3Tokeniser = tokeniserOf(folder, "textEncoder", textEncoder);
  const jinaTokeniser = tokeniserOf(folder, "pooledEncoder", pooledEncoder);
  return gemma3JinaTextEncoding(
    {
      session: await openSession("text-encoder", buildGemma3TextGraph(gemma3, textEncoder.checkpoint)),
      tokeniser: gemma3Tokeniser,
      vocabSize: gemma3.vocabSize,
      maxTokens,
    },
    {
      session: await openSession("pooled-encoder", buildJinaTextGraph(jina, pooledEncoder.checkpoint)),
      tokeniser: jinaTokeniser,
      vocabSize: jina.vocabSize,
      maxTokens: JINA_MAX_TOKENS,
    },
  );
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
