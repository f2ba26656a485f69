/** @file The graphs of the published networks at their full sizes: sound, small, and made of all the weights. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { buildFluxVaeDecoderGraph, buildFluxVaeEncoderGraph } from "../../../models/newbie-exp0.1/flux-vae.ts";
import { fluxVaeTensors } from "../../../models/newbie-exp0.1/flux-vae-tensors.ts";
import { buildJinaTextGraph } from "../../../models/newbie-exp0.1/jina-text.ts";
import { jinaTextTensors } from "../../../models/newbie-exp0.1/jina-text-tensors.ts";
import { buildNextDitPromptGraph, buildNextDitStepGraph } from "../../../models/newbie-exp0.1/next-dit.ts";
import { inferNextDitConfig } from "../../../models/newbie-exp0.1/next-dit-config.ts";
import { nextDitTensors } from "../../../models/newbie-exp0.1/next-dit-tensors.ts";
import {
  PUBLISHED_FLUX_VAE,
  PUBLISHED_JINA_TEXT,
  PUBLISHED_NEXT_DIT,
} from "../../../models/newbie-exp0.1/published-configs.ts";
import { inferFluxVaeConfig } from "../../../models/newbie-exp0.1/flux-vae-config.ts";
import { inferJinaTextConfig } from "../../../models/newbie-exp0.1/jina-text-config.ts";
import type { TensorShapes } from "../../../models/newbie-exp0.1/next-dit-tensors.ts";
import type { GraphModel } from "../../../src-main/graph/onnx.ts";
import { findFaults, readOnnx } from "../../fixtures/onnx-reader.ts";
import { shapeCheckpoint } from "../../fixtures/shape-checkpoint.ts";

/** Every tensor is read where it lies; together the graphs read all but `unused`. */
function assertSound(models: readonly GraphModel[], shapes: TensorShapes, unused: readonly string[] = []): void {
  const checkpoint = shapeCheckpoint(shapes);
  const used = new Set<string>();
  for (const model of models) {
    const graph = readOnnx(model.bytes);
    assert.deepEqual(findFaults(graph), []);
    const read = new Set(graph.nodes.flatMap(({ inputs }) => inputs));
    for (const { name, external, dims, raw } of graph.initialisers) {
      assert.ok(read.has(name), `${name} is not read`);
      if (external === undefined) {
        assert.ok((raw?.length ?? 0) < 4096, `${name} is a large constant`);
        continue;
      }
      const { offset, length, shape, file } = checkpoint.tensor(name);
      assert.deepEqual(external, { location: file, offset: String(offset), length: String(length) });
      assert.equal(
        dims.reduce((product, dim) => product * dim, 1),
        shape.reduce((product, dim) => product * dim, 1),
      );
      used.add(name);
    }
  }
  assert.deepEqual(
    [...shapes.keys()].filter((name) => !used.has(name)),
    unused,
  );
}

test("the Next-DiT: 535 tensors, of which one is in the file but in no computation", () => {
  const shapes = nextDitTensors(PUBLISHED_NEXT_DIT);
  const checkpoint = shapeCheckpoint(shapes);
  assert.equal(shapes.size, 535);
  assert.deepEqual(inferNextDitConfig(checkpoint), PUBLISHED_NEXT_DIT);
  const startedAt = performance.now();
  const models = [
    buildNextDitPromptGraph(PUBLISHED_NEXT_DIT, checkpoint),
    buildNextDitStepGraph(PUBLISHED_NEXT_DIT, checkpoint),
  ];
  const durationMs = performance.now() - startedAt;
  // Measured: 30 ms; the bound leaves room for a busy machine.
  assert.ok(durationMs < 1000, `${durationMs} ms`);
  assertSound(models, shapes, ["norm_final.weight"]);
});

test("the autoencoder", () => {
  const shapes = fluxVaeTensors(PUBLISHED_FLUX_VAE);
  const checkpoint = shapeCheckpoint(shapes);
  assert.deepEqual(inferFluxVaeConfig(checkpoint), PUBLISHED_FLUX_VAE);
  const models = [
    buildFluxVaeDecoderGraph(PUBLISHED_FLUX_VAE, checkpoint),
    buildFluxVaeEncoderGraph(PUBLISHED_FLUX_VAE, checkpoint),
  ];
  assertSound(models, shapes);
});

test("the Jina text tower", () => {
  const shapes = jinaTextTensors(PUBLISHED_JINA_TEXT);
  const checkpoint = shapeCheckpoint(shapes);
  assert.deepEqual(inferJinaTextConfig(checkpoint), PUBLISHED_JINA_TEXT);
  assertSound([buildJinaTextGraph(PUBLISHED_JINA_TEXT, checkpoint)], shapes);
});

test("in bfloat16 every network still takes and gives float32", () => {
  const computeType = "bfloat16" as const;
  const models = [
    buildNextDitPromptGraph(PUBLISHED_NEXT_DIT, shapeCheckpoint(nextDitTensors(PUBLISHED_NEXT_DIT)), { computeType }),
    buildNextDitStepGraph(PUBLISHED_NEXT_DIT, shapeCheckpoint(nextDitTensors(PUBLISHED_NEXT_DIT)), { computeType }),
    buildNextDitStepGraph(PUBLISHED_NEXT_DIT, shapeCheckpoint(nextDitTensors(PUBLISHED_NEXT_DIT)), {
      computeType,
      kernels: "tachie",
    }),
    buildFluxVaeDecoderGraph(PUBLISHED_FLUX_VAE, shapeCheckpoint(fluxVaeTensors(PUBLISHED_FLUX_VAE)), { computeType }),
    buildJinaTextGraph(PUBLISHED_JINA_TEXT, shapeCheckpoint(jinaTextTensors(PUBLISHED_JINA_TEXT)), { computeType }),
  ];
  const [FLOAT32, INT64] = [1, 7];
  for (const { bytes } of models) {
    const graph = readOnnx(bytes);
    assert.deepEqual(findFaults(graph), []);
    for (const { name, type } of [...graph.inputs, ...graph.outputs])
      assert.ok(type === FLOAT32 || type === INT64, name);
    const converted = new Set(
      graph.nodes.filter(({ operator }) => operator === "Cast").flatMap(({ inputs }) => inputs),
    );
    const conversions = graph.initialisers.filter(
      ({ name, external }) => external !== undefined && converted.has(name),
    );
    const count = conversions.reduce((sum, { dims }) => sum + dims.reduce((product, dim) => product * dim, 1), 0);
    // Norms, what steers the blocks, and both ends of a step; next to gigabytes.
    assert.ok(4 * count < 32e6, `${4 * count} bytes of weights that are bfloat16 are held in float32 as well`);
  }
});
