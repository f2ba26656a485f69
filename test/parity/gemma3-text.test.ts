import assert from "node:assert/strict";
import path from "node:path";
import { before, test } from "node:test";
import type { TestContext } from "node:test";
import { inferGemma3TextConfig } from "../../models/newbie-exp0.1/gemma3-text-config.ts";
import type { Gemma3TextConfig } from "../../models/newbie-exp0.1/gemma3-text-config.ts";
import { GEMMA3_TEXT_PREFIX, gemma3TextTensors } from "../../models/newbie-exp0.1/gemma3-text-tensors.ts";
import { buildGemma3TextGraph, embeddingScale } from "../../models/newbie-exp0.1/gemma3-text.ts";
import { gemma3TextFields } from "../../models/newbie-exp0.1/published-configs.ts";
import { isTachieError } from "../../src-main/contract/errors.ts";
import { hostParityHome, runParity } from "../../src-main/engine/parity.ts";
import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";
import { writeSafetensors } from "../../src-main/graph/safetensors.ts";
import type { TensorToWrite } from "../../src-main/graph/safetensors.ts";
import { createNodeRuntime } from "../../src-main/ort/node-runtime.ts";
import { float32Output, int64Tensor } from "../../src-main/ort/session.ts";
import type { InferenceRuntime } from "../../src-main/ort/session.ts";
import { at, range, relativeError, weightReader } from "../fixtures/reference/arithmetic.ts";
import { referenceGemma3Text } from "../fixtures/reference/gemma3-text.ts";
import { floatTensor } from "../fixtures/reference/lora.ts";
import { randomCheckpoint } from "../fixtures/reference/random-network.ts";
import { temporaryFolder } from "../unit/graph/temporary-folder.ts";

/** Float32 against double precision; measured: at most 6e-5, since random norms near 1 + 1 double what goes through them. */
const BOUND = 2e-4;

let runtime: InferenceRuntime;
before(async () => {
  runtime = await createNodeRuntime();
});

const SMALL: Gemma3TextConfig = {
  vocabSize: 40,
  hiddenSize: 20,
  layers: 4,
  heads: 4,
  kvHeads: 2,
  headDim: 6,
  ffnDim: 28,
  normEps: 1e-6,
  queryPreAttnScalar: 6,
  slidingWindow: 5,
  isGlobal: [false, true, false, false],
  localTheta: 10_000,
  globalTheta: 1_000_000,
  globalFactor: 8,
};

const TEXTS: readonly (readonly number[])[] = [
  [2],
  [2, 7, 39, 12, 12],
  [2, ...range(22).map((i) => 3 + ((i * 7) % 37))],
];

function makeCheckpoint(
  context: TestContext,
  config: Gemma3TextConfig,
  { prefix, type = "F32" }: { prefix?: string; type?: "F32" | "BF16" | "F16" } = {},
): Checkpoint {
  return randomCheckpoint(context, gemma3TextTensors(config, prefix), {
    seed: 3,
    type,
    config: gemma3TextFields(config),
  });
}

async function assertAgrees(
  context: TestContext,
  config: Gemma3TextConfig,
  checkpoint: Checkpoint,
  scale: number,
  prefix = GEMMA3_TEXT_PREFIX,
): Promise<void> {
  const weight = weightReader(checkpoint, prefix);
  for (const output of ["states", "final"] as const) {
    const graph = buildGemma3TextGraph(config, checkpoint, { output });
    const session = await runtime.createSession(graph, { graphOptimisation: true, mappedWeights: true });
    for (const ids of TEXTS) {
      const { data, dims } = float32Output(
        await session.run({ input_ids: int64Tensor(ids, [1, ids.length]) }),
        "states",
      );
      const expected = referenceGemma3Text(config, weight, ids, scale)[output];
      assert.deepEqual(dims, [ids.length, config.hiddenSize]);
      const error = relativeError(data, expected.flat());
      context.diagnostic(`${output} of ${ids.length} tokens: ${error}`);
      assert.ok(error < BOUND, `${output} of ${ids.length} tokens: ${error}`);
    }
    await session.release();
  }
}

const VARIANTS: Readonly<Record<string, Partial<Gemma3TextConfig>>> = {
  "a window shorter than the text": {},
  "a window of one token, and one longer than any text": { slidingWindow: 1 },
  "a long window": { slidingWindow: 1000 },
  "every layer local": { isGlobal: [false, false, false, false] },
  "every layer global": { isGlobal: [true, true, true, true] },
  "two layers": { layers: 2, isGlobal: [true, false] },
  "one head of keys": { kvHeads: 1 },
  "as many heads of keys as of queries": { kvHeads: 4 },
  "a wide head and another scale": { headDim: 16, queryPreAttnScalar: 9 },
  "other bases and another factor": { localTheta: 50, globalTheta: 300, globalFactor: 2.5 },
  "another epsilon": { normEps: 1e-2 },
};

for (const [name, change] of Object.entries(VARIANTS))
  test(`gemma3-text: ${name}`, async (context) => {
    const config = { ...SMALL, ...change };
    const checkpoint = makeCheckpoint(context, config);
    assert.deepEqual(inferGemma3TextConfig(checkpoint), config);
    await assertAgrees(context, config, checkpoint, Math.sqrt(config.hiddenSize));
  });

for (const prefix of ["language_model.", "model.language_model.", "model.", ""])
  test(`gemma3-text: names under "${prefix}"`, async (context) => {
    const checkpoint = makeCheckpoint(context, SMALL, { prefix });
    await assertAgrees(context, inferGemma3TextConfig(checkpoint), checkpoint, Math.sqrt(SMALL.hiddenSize), prefix);
  });

test("gemma3-text: the embedding's scale is rounded as the weights are", async (context) => {
  assert.equal(embeddingScale(2560, "BF16"), 50.5);
  // √20 = 4.47213…
  assert.equal(embeddingScale(20, "BF16"), 4.46875);
  assert.equal(embeddingScale(20, "F16"), 4.47265625);
  for (const type of ["BF16", "F16"] as const)
    await assertAgrees(context, SMALL, makeCheckpoint(context, SMALL, { type }), embeddingScale(20, type));
});

test("gemma3-text: rotary bases under every name that configurations have for them", (context) => {
  const { localTheta, globalTheta, globalFactor, ...others } = gemma3TextFields(SMALL);
  assert.ok(localTheta === undefined && globalTheta === undefined && globalFactor === undefined);
  for (const name of ["local_theta", "global_theta", "global_factor"]) Reflect.deleteProperty(others, name);
  const checkpoint = randomCheckpoint(context, gemma3TextTensors(SMALL), { seed: 3, config: others });
  const rotary = (given: Record<string, unknown>): number[] => {
    const config = inferGemma3TextConfig(checkpoint, given);
    return [config.localTheta, config.globalTheta, config.globalFactor];
  };
  assert.deepEqual(rotary({}), [10_000, 1_000_000, 8]);
  const old = { rope_theta: 500, rope_local_base_freq: 60, rope_scaling: { rope_type: "linear", factor: 3 } };
  assert.deepEqual(rotary(old), [60, 500, 3]);
  assert.deepEqual(rotary({ ...old, rope_scaling: { type: "linear", factor: 4 } }), [60, 500, 4]);
  assert.deepEqual(rotary({ ...old, rope_scaling: null }), [60, 500, 1]);
  const recent = {
    rope_parameters: {
      full_attention: { rope_theta: 700, rope_type: "linear", factor: 5 },
      sliding_attention: { rope_theta: 70, rope_type: "default" },
    },
  };
  assert.deepEqual(rotary(recent), [70, 700, 5]);
  assert.deepEqual(rotary({ text_config: recent, vision_config: {} }), [70, 700, 5]);
  const unscaled = { full_attention: { rope_theta: 700, rope_type: "default" } };
  assert.deepEqual(rotary({ rope_parameters: unscaled }), [10_000, 700, 1]);
  for (const wrong of [
    { rope_scaling: { rope_type: "yarn", factor: 4 } },
    { rope_scaling: { rope_type: "linear" } },
    { rope_scaling: 4 },
    { rope_scaling: { factor: 0 } },
    { rope_theta: -1 },
    { rope_parameters: { sliding_attention: { rope_theta: 70, rope_type: "linear", factor: 2 } } },
  ])
    assert.throws(() => rotary(wrong), { code: "model.mismatch" }, JSON.stringify(wrong));
});

test("gemma3-text: reference files with padding on either side, other case names, longer than the window", async (context) => {
  const checkpoint = makeCheckpoint(context, SMALL);
  const weight = weightReader(checkpoint, GEMMA3_TEXT_PREFIX);
  const [, short = [], long = []] = TEXTS;
  const length = long.length;
  const pads = Array<number>(length - short.length).fill(0);
  const zeros = (count: number): number[][] => Array.from({ length: count }, () => Array<number>(20).fill(9));
  const integers = (name: string, rows: readonly (readonly number[])[]): TensorToWrite => ({
    name,
    type: "I64",
    shape: [rows.length, length],
    data: new Uint8Array(BigInt64Array.from(rows.flat(), BigInt).buffer),
  });
  const tensors: TensorToWrite[] = [...gemma3TextTensors(SMALL)].map(([name, shape]) =>
    floatTensor(`w.${name}`, shape, weight(name.slice(GEMMA3_TEXT_PREFIX.length))),
  );
  const of = (ids: readonly number[]) => referenceGemma3Text(SMALL, weight, ids, Math.sqrt(20));
  for (const [side, ids, mask, states] of [
    ["right", [...short, ...pads], [...short.map(() => 1), ...pads], [...of(short).states, ...zeros(pads.length)]],
    ["odd left", [...pads, ...short], [...pads, ...short.map(() => 1)], [...zeros(pads.length), ...of(short).states]],
  ] as const)
    tensors.push(
      integers(`${side}.input_ids`, [ids, long]),
      integers(`${side}.attention_mask`, [mask, long.map(() => 1)]),
      floatTensor(`${side}.hidden_minus2`, [2, length, 20], [...states, ...of(long).states].flat()),
    );
  tensors.push(
    integers("whole.input_ids", [long]),
    floatTensor("whole.last_hidden_state", [1, length, 20], of(long).final.flat()),
  );
  const file = path.join(temporaryFolder(context), "gemma3.safetensors");
  writeSafetensors(file, tensors, { config: JSON.stringify(gemma3TextFields(SMALL)) });
  const { cases } = await runParity(file, hostParityHome(runtime));
  assert.deepEqual(cases.map(({ name }) => name).sort(), [
    "gemma3.safetensors odd left.hidden_minus2",
    "gemma3.safetensors right.hidden_minus2",
    "gemma3.safetensors whole.last_hidden_state",
  ]);
  for (const { name, error } of cases) assert.ok(error < BOUND, `${name}: ${error}`);
});

test("gemma3-text: weights that do not fit the configuration are refused", (context) => {
  const checkpoint = makeCheckpoint(context, SMALL);
  for (const [given, code, message] of [
    [{ num_hidden_layers: 3 }, "model.mismatch", /layer_types/],
    [{ num_hidden_layers: 3, layer_types: null }, "model.mismatch", /4 layers/],
    [{ num_hidden_layers: 6, layer_types: null }, "model.incomplete", /layers\.4/],
    [{ num_key_value_heads: 3 }, "model.mismatch", /share 3/],
    [{ head_dim: 7 }, "model.mismatch", /heads of 7/],
    [{ vocab_size: 41 }, "model.mismatch", /embed_tokens/],
    [{ intermediate_size: 29 }, "model.mismatch", /gate_proj/],
    [{ layer_types: Array(4).fill("chunked") }, "model.mismatch", /chunked/],
  ] as const)
    assert.throws(
      () => buildGemma3TextGraph(inferGemma3TextConfig(checkpoint, given), checkpoint),
      (error) => isTachieError(error, code) && message.test(error.message),
      JSON.stringify(given),
    );
});

test("gemma3-text: the last layer's weights are not needed", async (context) => {
  const tensors = new Map([...gemma3TextTensors(SMALL)].filter(([name]) => !/layers\.3\.|\.norm\.weight/.test(name)));
  const checkpoint = randomCheckpoint(context, tensors, { seed: 3, config: gemma3TextFields(SMALL) });
  const config = inferGemma3TextConfig(checkpoint);
  const session = await runtime.createSession(buildGemma3TextGraph(config, checkpoint), {
    graphOptimisation: true,
    mappedWeights: true,
  });
  const ids = at(TEXTS, 1);
  const { dims } = float32Output(await session.run({ input_ids: int64Tensor(ids, [1, ids.length]) }), "states");
  assert.deepEqual(dims, [ids.length, SMALL.hiddenSize]);
  await session.release();
});
