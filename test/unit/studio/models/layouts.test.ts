import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fluxVaeTensors } from "../../../../models/newbie-exp0.1/flux-vae-tensors.ts";
import { jinaTextTensors, JINA_TEXT_PREFIX } from "../../../../models/newbie-exp0.1/jina-text-tensors.ts";
import { nextDitTensors } from "../../../../models/newbie-exp0.1/next-dit-tensors.ts";
import {
  PUBLISHED_FLUX_VAE,
  PUBLISHED_JINA_TEXT,
  PUBLISHED_NEXT_DIT,
} from "../../../../models/newbie-exp0.1/published-configs.ts";
import { openSafetensors } from "../../../../src-main/graph/safetensors.ts";
import { fluxVaeDiffusers, fluxVaeOriginal } from "../../../../src-main/studio/models/layouts/flux-vae.ts";
import { gemma3Text } from "../../../../src-main/studio/models/layouts/gemma3.ts";
import { LAYOUTS } from "../../../../src-main/studio/models/layouts/index.ts";
import { jinaTextAdapter, jinaTextMerged } from "../../../../src-main/studio/models/layouts/jina-text.ts";
import { nextDitDiffusers, nextDitOriginal } from "../../../../src-main/studio/models/layouts/next-dit.ts";
import { recognise } from "../../../../src-main/studio/models/recognise.ts";
import { published, tableOf } from "./tensor-tables.ts";
import type { Table } from "./tensor-tables.ts";

const parametersOf = (table: Table): number =>
  [...table.values()].reduce((sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1), 0);
const shapesOf = (table: Table) => new Map([...table].map(([name, { shape }]) => [name, [...shape]]));
const sorted = (shapes: Iterable<readonly [string, readonly number[]]>) =>
  [...shapes].map(([name, shape]) => `${name} ${shape.join("x")}`).sort();

test("the patterns give the published networks, tensor for tensor", () => {
  assert.deepEqual(sorted(shapesOf(published(nextDitOriginal))), sorted(nextDitTensors(PUBLISHED_NEXT_DIT)));
  assert.deepEqual(sorted(shapesOf(published(fluxVaeDiffusers))), sorted(fluxVaeTensors(PUBLISHED_FLUX_VAE)));
  assert.deepEqual(
    sorted(shapesOf(published(jinaTextMerged, "BF16", JINA_TEXT_PREFIX))),
    sorted(jinaTextTensors(PUBLISHED_JINA_TEXT)),
  );
});

test("the patterns have the published numbers of tensors and parameters", () => {
  const figures = (table: Table): [number, number] => [table.size, parametersOf(table)];
  assert.deepEqual(figures(published(nextDitOriginal)), [535, 3_486_636_096]);
  assert.equal(parametersOf(published(nextDitDiffusers)), 3_486_636_096 - 2304);
  assert.equal(parametersOf(published(gemma3Text)), 3_880_263_168);
  assert.equal(parametersOf(published(jinaTextMerged)), 558_314_496);
  assert.deepEqual(figures(published(fluxVaeOriginal)), [244, 83_819_683]);
  assert.deepEqual(figures(published(fluxVaeDiffusers)), [244, 83_819_683]);
});

test("every layout is recognised as itself, under any prefix", () => {
  for (const layout of LAYOUTS)
    for (const prefix of ["", "model.diffusion_model.", "a.b.layers_of.", "language_model.model.", "w."]) {
      const { networks, findings } = recognise(published(layout, "BF16", prefix), "file");
      assert.equal(networks.length, 1, `${layout.family} ${layout.id} under ${prefix}`);
      const [network] = networks;
      assert.deepEqual(
        [
          network?.family,
          network?.layout,
          network?.prefix,
          network?.isComplete,
          network?.isPublished,
          network?.isUsable,
        ],
        [layout.family, layout.id, prefix, true, true, true],
      );
      assert.deepEqual([...findings, ...(network?.findings ?? [])], []);
      const parameters = parametersOf(published(layout));
      assert.equal(network?.parameters, parameters);
    }
});

test("small networks are recognised by the same patterns, with their sizes", () => {
  const config = { ...PUBLISHED_NEXT_DIT, dim: 48, layers: 3, refinerLayers: 1, heads: 4, kvHeads: 2, headDim: 16 };
  const small = { ...config, ffnDim: 80, capFeatDim: 40, clipTextDim: 24, timeDim: 32, inChannels: 4 };
  const [network] = recognise(tableOf(nextDitTensors(small), "F32"), "file").networks;
  assert.deepEqual(network?.sizes, {
    dim: 48,
    token: 16,
    time: 32,
    caption: 40,
    pooled: 24,
    qkv: 128,
    inner: 64,
    head: 16,
    ffn: 80,
  });
  assert.deepEqual(network.repeats, { layers: 3, noise: 1, context: 1 });
  assert.deepEqual([network.isComplete, network.isUsable, network.isPublished], [true, true, false]);
  const vae = { ...PUBLISHED_FLUX_VAE, blockOutChannels: [8, 8, 16], layersPerBlock: 1 };
  const [found] = recognise(tableOf(fluxVaeTensors(vae), "F32"), "file").networks;
  assert.deepEqual([found?.family, found?.isUsable, found?.sizes["c2"]], ["flux-vae", true, 16]);
});

const golden = path.resolve(import.meta.dirname, "../../../../../shared/golden");
test("the reference files are recognised", { skip: existsSync(golden) ? false : "no ../shared/golden" }, () => {
  const expected = {
    "next_dit.safetensors": ["next-dit", "original", "w."],
    "flux_vae.safetensors": ["flux-vae", "diffusers", "w."],
    "gemma3_text.safetensors": ["gemma3", "text", "w."],
    "jina_text.safetensors": ["jina-text", "adapter", "w.text_model.transformer.roberta."],
  };
  for (const [file, wanted] of Object.entries(expected)) {
    const { networks } = recognise(openSafetensors(path.join(golden, file)).tensors, file);
    assert.equal(networks.length, 1, file);
    const [network] = networks;
    assert.deepEqual([network?.family, network?.layout, network?.prefix], wanted);
    assert.equal(network?.isUsable, true, JSON.stringify(network?.findings));
  }
  assert.equal(jinaTextAdapter.id, "adapter");
});
