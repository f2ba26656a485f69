import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { TestContext } from "node:test";
import { inferJinaTextConfig } from "../../models/newbie-exp0.1/jina-text-config.ts";
import type { JinaTextConfig } from "../../models/newbie-exp0.1/jina-text-config.ts";
import { JINA_TEXT_PREFIX, jinaTextTensors } from "../../models/newbie-exp0.1/jina-text-tensors.ts";
import { buildJinaTextGraph } from "../../models/newbie-exp0.1/jina-text.ts";
import type { TensorShapes } from "../../models/newbie-exp0.1/next-dit-tensors.ts";
import { jinaTextFields } from "../../models/newbie-exp0.1/published-configs.ts";
import { isTachieError } from "../../src-main/contract/errors.ts";
import type { ErrorCode } from "../../src-main/contract/errors.ts";
import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";
import { createNodeRuntime } from "../../src-main/ort/node-runtime.ts";
import { float32Output, int64Tensor } from "../../src-main/ort/session.ts";
import type { InferenceRuntime } from "../../src-main/ort/session.ts";
import { at, range, relativeError, sum, weightReader } from "../fixtures/reference/arithmetic.ts";
import type { ReadWeight } from "../fixtures/reference/arithmetic.ts";
import { referenceJinaText } from "../fixtures/reference/jina-text.ts";
import { randomCheckpoint } from "../fixtures/reference/random-network.ts";

/** Float32 against double precision; measured: at most 2e-6. */
const BOUND = 1e-5;
const RANK = 3;

let runtime: InferenceRuntime;
before(async () => {
  runtime = await createNodeRuntime();
});

const SMALL: JinaTextConfig = {
  vocabSize: 40,
  hiddenSize: 24,
  layers: 2,
  heads: 2,
  ffnDim: 32,
  ropeBase: 20_000,
  normEps: 1e-5,
  padTokenId: 1,
};

const TEXTS: readonly (readonly number[])[] = [
  [0, 2],
  [0, 7, 39, 12, 12, 2],
  [5],
  [0, ...range(30).map((id) => id + 3), 2],
];

async function assertAgrees(
  context: TestContext,
  config: JinaTextConfig,
  checkpoint: Checkpoint,
  weight: ReadWeight,
  texts = TEXTS,
): Promise<void> {
  const graph = buildJinaTextGraph(config, checkpoint);
  const session = await runtime.createSession(graph, { graphOptimisation: true, mappedWeights: true });
  for (const ids of texts) {
    const outputs = await session.run({ input_ids: int64Tensor(ids, [1, ids.length]) });
    const [states, pooled] = [float32Output(outputs, "states"), float32Output(outputs, "pooled")];
    const expected = referenceJinaText(config, weight, ids);
    assert.deepEqual(states.dims, [expected.states.length, config.hiddenSize]);
    assert.deepEqual(pooled.dims, [1, config.hiddenSize]);
    const errors = [
      relativeError(states.data, expected.states.flat()),
      relativeError(pooled.data, [...expected.pooled]),
    ];
    context.diagnostic(errors.join(" "));
    for (const error of errors) assert.ok(error < BOUND, `${error}`);
  }
  await session.release();
}

function makeCheckpoint(context: TestContext, config: JinaTextConfig, shapes: TensorShapes, type?: "BF16"): Checkpoint {
  const options = { seed: 1, config: jinaTextFields(config) };
  return randomCheckpoint(context, shapes, type === undefined ? options : { ...options, type });
}

const VARIANTS: Readonly<Record<string, Partial<JinaTextConfig>>> = {
  "two heads": {},
  "one narrow head": { heads: 1, hiddenSize: 6 },
  "heads of an odd number of pairs": { heads: 4, hiddenSize: 40 },
  "another base, another epsilon": { ropeBase: 50, normEps: 1e-2 },
  "one layer, an odd feed-forward": { layers: 1, ffnDim: 17 },
};

for (const [name, change] of Object.entries(VARIANTS))
  test(`jina-text: ${name}`, async (context) => {
    const config = { ...SMALL, ...change };
    const checkpoint = makeCheckpoint(context, config, jinaTextTensors(config));
    assert.deepEqual(inferJinaTextConfig(checkpoint), config);
    await assertAgrees(context, config, checkpoint, weightReader(checkpoint, JINA_TEXT_PREFIX));
  });

test("jina-text: padding, wherever it stands, is neither looked at nor counted", async (context) => {
  const config = { ...SMALL, padTokenId: 3 };
  const checkpoint = makeCheckpoint(context, config, jinaTextTensors(config));
  const texts = [
    [0, 8, 9, 2, 3, 3],
    [3, 0, 8, 9, 2],
    [0, 8, 3, 3, 9, 3, 2],
  ];
  await assertAgrees(context, config, checkpoint, weightReader(checkpoint, JINA_TEXT_PREFIX), texts);
});

test("jina-text: bfloat16 weights are computed with in float32", async (context) => {
  const checkpoint = makeCheckpoint(context, SMALL, jinaTextTensors(SMALL), "BF16");
  await assertAgrees(context, SMALL, checkpoint, weightReader(checkpoint, JINA_TEXT_PREFIX));
});

test("jina-text: the names of a repackaged file", async (context) => {
  const shapes = new Map(
    [...jinaTextTensors(SMALL)].map(([name, shape]) => [name.replace(JINA_TEXT_PREFIX, "model."), shape]),
  );
  const checkpoint = makeCheckpoint(context, SMALL, shapes);
  await assertAgrees(context, SMALL, checkpoint, weightReader(checkpoint, "model."));
});

for (const adapters of [1, 3])
  test(`jina-text: the first of ${adapters} adapters in the file is applied`, async (context) => {
    const checkpoint = makeCheckpoint(context, SMALL, adapterTensors(SMALL, adapters));
    assert.deepEqual(inferJinaTextConfig(checkpoint), SMALL);
    await assertAgrees(context, SMALL, checkpoint, mergedReader(checkpoint, adapters));
  });

test("jina-text: an alpha that is not the rank scales the adapter, wherever the configuration states it", async (context) => {
  const alpha = 7.5;
  const checkpoint = makeCheckpoint(context, SMALL, adapterTensors(SMALL, 1));
  const stated = [
    { lora_alpha: alpha, lora_rank: RANK },
    { text_config: { hf_model_config_kwargs: { lora_alpha: alpha } } },
  ];
  for (const given of stated) {
    const config = inferJinaTextConfig(checkpoint, given);
    assert.deepEqual(config, { ...SMALL, loraAlpha: alpha });
    await assertAgrees(context, config, checkpoint, mergedReader(checkpoint, 1, alpha / RANK));
  }
});

test("jina-text: the names are found under any prefix", (context) => {
  for (const prefix of ["", "text_encoders.jina_clip_2.transformer.model.", "model.text_model.transformer.roberta."]) {
    const shapes = new Map(
      [...jinaTextTensors(SMALL)].map(([name, shape]) => [name.replace(JINA_TEXT_PREFIX, prefix), shape]),
    );
    assert.deepEqual(inferJinaTextConfig(makeCheckpoint(context, SMALL, shapes)), SMALL, prefix);
  }
});

test("jina-text: weights that do not fit the configuration are refused", (context) => {
  const plain = makeCheckpoint(context, SMALL, jinaTextTensors(SMALL));
  const crooked = new Map(adapterTensors(SMALL, 1));
  crooked.set(`${JINA_TEXT_PREFIX}encoder.layers.1.mlp.fc1.parametrizations.weight.0.lora_B`, [1, 32, RANK + 1]);
  const cases: readonly [Checkpoint, Record<string, unknown>, ErrorCode, RegExp][] = [
    [plain, { num_hidden_layers: 1 }, "model.mismatch", /2 layers/],
    [plain, { num_hidden_layers: 3 }, "model.incomplete", /layers\.2/],
    [plain, { num_attention_heads: 5 }, "model.mismatch", /5 heads/],
    [plain, { vocab_size: 41 }, "model.mismatch", /word_embeddings/],
    [plain, { intermediate_size: 33 }, "model.mismatch", /fc1/],
    [makeCheckpoint(context, SMALL, crooked), {}, "model.mismatch", /lora_B/],
  ];
  for (const [checkpoint, given, code, message] of cases)
    assert.throws(
      () => buildJinaTextGraph(inferJinaTextConfig(checkpoint, given), checkpoint),
      (error) => isTachieError(error, code) && message.test(error.message),
      JSON.stringify(given),
    );
});

/** Every matrix as an original and two factors. */
function adapterTensors(config: JinaTextConfig, adapters: number): TensorShapes {
  const shapes = new Map<string, readonly number[]>();
  for (const [name, shape] of jinaTextTensors(config)) {
    const [rows = 0, columns] = shape;
    if (columns === undefined) {
      shapes.set(name, shape);
      continue;
    }
    const isTable = name.includes("embeddings.");
    const base = name.replace(/\.weight$/, ".parametrizations.weight");
    shapes.set(`${base}.original`, shape);
    shapes.set(`${base}.0.lora_A`, isTable ? [adapters, rows, RANK] : [adapters, RANK, columns]);
    shapes.set(`${base}.0.lora_B`, isTable ? [adapters, RANK, columns] : [adapters, rows, RANK]);
  }
  return shapes;
}

/** Weights with the first adapter added: W + scale·B·A, for tables W + scale·A·B. */
function mergedReader(checkpoint: Checkpoint, adapters: number, scale = 1): ReadWeight {
  const read = weightReader(checkpoint, JINA_TEXT_PREFIX);
  return (name) => {
    const base = name.replace(/\.weight$/, ".parametrizations.weight");
    if (!checkpoint.has(`${JINA_TEXT_PREFIX}${base}.original`)) return read(name);
    const original = read(`${base}.original`);
    const [a, b] = [`${base}.0.lora_A`, `${base}.0.lora_B`].map((factor) => {
      const all = read(factor);
      return all.slice(0, all.length / adapters);
    });
    const [left, right] = name.includes("embeddings.") ? [a, b] : [b, a];
    if (left === undefined || right === undefined) throw new Error("no factors");
    const columns = right.length / RANK;
    return original.map((value, index) => {
      const [row, column] = [Math.floor(index / columns), index % columns];
      return value + scale * sum(range(RANK).map((r) => at(left, row * RANK + r) * at(right, r * columns + column)));
    });
  };
}
