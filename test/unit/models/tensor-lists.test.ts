/** @file The published networks' tensors: counts, parameters, and the names and shapes of the reference files. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fluxVaeTensors } from "../../../models/newbie-exp0.1/flux-vae-tensors.ts";
import { JINA_TEXT_PREFIX, jinaTextTensors } from "../../../models/newbie-exp0.1/jina-text-tensors.ts";
import { nextDitTensors } from "../../../models/newbie-exp0.1/next-dit-tensors.ts";
import type { TensorShapes } from "../../../models/newbie-exp0.1/next-dit-tensors.ts";
import {
  PUBLISHED_FLUX_VAE,
  PUBLISHED_JINA_TEXT,
  PUBLISHED_NEXT_DIT,
} from "../../../models/newbie-exp0.1/published-configs.ts";
import { openCheckpoint } from "../../../src-main/graph/checkpoint.ts";
import { countParameters } from "../../../src-main/graph/safetensors.ts";

function count(shapes: TensorShapes): [tensors: number, parameters: number] {
  return [shapes.size, countParameters([...shapes.values()].map((shape) => ({ shape })))];
}

test("the published networks have the published numbers of tensors and parameters", () => {
  assert.deepEqual(count(nextDitTensors(PUBLISHED_NEXT_DIT)), [535, 3_486_636_096]);
  assert.deepEqual(count(fluxVaeTensors(PUBLISHED_FLUX_VAE)), [244, 83_819_683]);
  assert.deepEqual(count(jinaTextTensors(PUBLISHED_JINA_TEXT)), [292, 558_314_496]);
  const encoder = [...fluxVaeTensors(PUBLISHED_FLUX_VAE)].filter(([name]) => name.startsWith("encoder."));
  assert.equal(count(new Map(encoder))[1], 34_274_208);
  const layer = [...nextDitTensors(PUBLISHED_NEXT_DIT)].filter(([name]) => name.startsWith("layers.35."));
  assert.equal(count(new Map(layer))[1], 87_312_576);
});

test("a network without query norms or without pooled text has fewer tensors", () => {
  const names = (changes: object): string =>
    [...nextDitTensors({ ...PUBLISHED_NEXT_DIT, ...changes }).keys()].join(" ");
  assert.ok(!names({ qkNorm: false }).includes("q_norm"));
  assert.ok(!/clip_text_pooled_proj|time_text_embed/.test(names({ clipTextDim: 0 })));
});

const GOLDEN = path.resolve(import.meta.dirname, "../../../../shared/golden");
test(
  "the reference files hold exactly the listed tensors",
  { skip: !existsSync(GOLDEN) && "no ../shared/golden" },
  () => {
    const shapesIn = (name: string): TensorShapes => {
      const checkpoint = openCheckpoint(path.join(GOLDEN, `${name}.safetensors`), { prefix: "w." });
      return new Map(Array.from(checkpoint.names(), (tensor) => [tensor, checkpoint.tensor(tensor).shape]));
    };
    const sorted = (shapes: TensorShapes): unknown => [...shapes].sort(([a], [b]) => (a < b ? -1 : 1));
    const nextDit = {
      dim: 96,
      layers: 3,
      heads: 4,
      kvHeads: 2,
      headDim: 24,
      ffnDim: 512,
      capFeatDim: 48,
      clipTextDim: 32,
    };
    const nextDitConfig = { ...PUBLISHED_NEXT_DIT, ...nextDit, timeDim: 96 };
    assert.deepEqual(sorted(nextDitTensors(nextDitConfig)), sorted(shapesIn("next_dit")));
    const vaeConfig = { ...PUBLISHED_FLUX_VAE, blockOutChannels: [32, 32, 64, 64] };
    assert.deepEqual(sorted(fluxVaeTensors(vaeConfig)), sorted(shapesIn("flux_vae")));
    // There the adapter is not merged: the weight has another name and two factors beside it.
    const merged = [...shapesIn("jina_text")]
      .filter(([name]) => !name.includes(".lora_"))
      .map(([name, shape]) => [name.replace(".parametrizations.weight.original", ".weight"), shape] as const);
    const jinaConfig = { ...PUBLISHED_JINA_TEXT, vocabSize: 300, hiddenSize: 64, layers: 3, heads: 4, ffnDim: 160 };
    assert.deepEqual(sorted(jinaTextTensors(jinaConfig)), sorted(new Map(merged)));
    assert.ok(merged.every(([name]) => name.startsWith(JINA_TEXT_PREFIX)));
  },
);
