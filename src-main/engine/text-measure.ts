/** @file Counts a text's tokens for every text encoder of a model, as `openTextEncoding` lets them read it. */

import path from "node:path";
import type { ModelFolder, ModelFolderComponent } from "../../models/model-folder.ts";
import type { MeasureParams, TokenMeasure } from "../contract/tokens.ts";
import { JINA_MAX_TOKENS } from "./gemma3-jina-text.ts";
import { stampFiles } from "./model-stamp.ts";
import { tokeniserOf } from "./text-towers.ts";
import { countTokens, measureTokens } from "./token-measure.ts";
import { TOKENIZER_CONFIG_FILE } from "./tokeniser.ts";
import type { Tokeniser } from "./tokeniser.ts";

/** @throws model.incomplete for a tokenizer that is missing or broken */
export function measureText(
  { folder, manifest, components }: ModelFolder,
  { text, marks, system = manifest.systemPrompt }: Omit<MeasureParams, "model">,
): TokenMeasure {
  const { textEncoder, pooledEncoder } = components;
  const isShared = manifest.textEncoding === "jina";
  const tokeniser = kept(folder, "textEncoder", textEncoder);
  // A tower that also gives the pooled vector reads the bare text.
  const measure = measureTokens(tokeniser, manifest.limits.maxTokens, isShared ? "" : system, text, marks);
  if (isShared || pooledEncoder === undefined) return measure;
  const pooled = countTokens(kept(folder, "pooledEncoder", pooledEncoder), JINA_MAX_TOKENS, text);
  return { ...measure, pooled };
}

/** Reading Gemma's 33 MB takes a second, and an editor counts with every key. One of each role is kept. */
const tokenisers = new Map<string, { stamp: string; tokeniser: Tokeniser }>();

function kept(folder: string, role: string, component: ModelFolderComponent): Tokeniser {
  const file = component.tokenizer;
  const stamp =
    file === undefined ? "" : `${file} ${stampFiles([file, path.join(path.dirname(file), TOKENIZER_CONFIG_FILE)])}`;
  const known = tokenisers.get(role);
  if (known?.stamp === stamp && stamp !== "") return known.tokeniser;
  const tokeniser = tokeniserOf(folder, role, component);
  tokenisers.set(role, { stamp, tokeniser });
  return tokeniser;
}
