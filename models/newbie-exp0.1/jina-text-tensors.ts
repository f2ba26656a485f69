/**
 * @file The tensors of a Jina text tower whose adapter is merged, by the published names: name and shape of each.
 */

import type { JinaTextConfig } from "./jina-text-config.ts";
import type { TensorShapes } from "./next-dit-tensors.ts";

/** What the published file puts before every name of the text tower. */
export const JINA_TEXT_PREFIX = "text_model.transformer.roberta.";

export function jinaTextTensors({ vocabSize, hiddenSize, layers, ffnDim }: JinaTextConfig): TensorShapes {
  const shapes = new Map<string, readonly number[]>();
  const add = (name: string, ...shape: number[]): void => void shapes.set(JINA_TEXT_PREFIX + name, shape);
  const addWithBias = (name: string, ...shape: [outputs: number, ...inputs: number[]]): void => {
    add(`${name}.weight`, ...shape);
    add(`${name}.bias`, shape[0]);
  };
  add("embeddings.word_embeddings.weight", vocabSize, hiddenSize);
  add("embeddings.token_type_embeddings.weight", 1, hiddenSize);
  addWithBias("emb_ln", hiddenSize);
  for (let i = 0; i < layers; i++) {
    const layer = `encoder.layers.${i}`;
    addWithBias(`${layer}.mixer.Wqkv`, 3 * hiddenSize, hiddenSize);
    addWithBias(`${layer}.mixer.out_proj`, hiddenSize, hiddenSize);
    addWithBias(`${layer}.norm1`, hiddenSize);
    addWithBias(`${layer}.norm2`, hiddenSize);
    addWithBias(`${layer}.mlp.fc1`, ffnDim, hiddenSize);
    addWithBias(`${layer}.mlp.fc2`, hiddenSize, ffnDim);
  }
  return shapes;
}
