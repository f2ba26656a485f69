/** @file What `runParity` makes of files of other forms than the published ones: names, batches, masks, faults. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import type { TestContext } from "node:test";
import type { NextDitConfig } from "../../models/newbie-exp0.1/next-dit-config.ts";
import { nextDitTensors } from "../../models/newbie-exp0.1/next-dit-tensors.ts";
import { nextDitFields } from "../../models/newbie-exp0.1/published-configs.ts";
import { isTachieError } from "../../src-main/contract/errors.ts";
import type { ErrorCode } from "../../src-main/contract/errors.ts";
import { ErrorMeasure } from "../../src-main/engine/parity-error.ts";
import { hostParityHome, runParity } from "../../src-main/engine/parity.ts";
import { openCheckpoint } from "../../src-main/graph/checkpoint.ts";
import { writeSafetensors } from "../../src-main/graph/safetensors.ts";
import type { SafetensorsType, TensorToWrite } from "../../src-main/graph/safetensors.ts";
import { createNodeRuntime } from "../../src-main/ort/node-runtime.ts";
import type { InferenceRuntime } from "../../src-main/ort/session.ts";
import { at, range, weightReader } from "../fixtures/reference/arithmetic.ts";
import type { ReadWeight } from "../fixtures/reference/arithmetic.ts";
import { referenceVelocity } from "../fixtures/reference/next-dit.ts";
import { randomCheckpoint, randomValues } from "../fixtures/reference/random-network.ts";
import { temporaryFolder } from "../unit/graph/temporary-folder.ts";

const BOUND = 1e-5;

let runtime: InferenceRuntime;
before(async () => {
  runtime = await createNodeRuntime();
});

const CONFIG: NextDitConfig = {
  patchSize: 2,
  inChannels: 2,
  dim: 12,
  layers: 1,
  refinerLayers: 1,
  heads: 2,
  kvHeads: 1,
  headDim: 6,
  ffnDim: 16,
  normEps: 1e-5,
  qkNorm: true,
  capFeatDim: 5,
  clipTextDim: 4,
  axesDims: [2, 2, 2],
  ropeTheta: 10_000,
  timeDim: 12,
};
const [HEIGHT, WIDTH, TOKENS] = [4, 6, 7];
const LATENT_SIZE = CONFIG.inChannels * HEIGHT * WIDTH;
const LATENT_DIMS = [CONFIG.inChannels, HEIGHT, WIDTH];

function floats(name: string, shape: readonly number[], values: ArrayLike<number>): TensorToWrite {
  return { name, type: "F32", shape, data: new Uint8Array(Float32Array.from(values).buffer) };
}

function integers(
  name: string,
  type: SafetensorsType,
  shape: readonly number[],
  values: readonly number[],
): TensorToWrite {
  const data =
    type === "BOOL"
      ? Uint8Array.from(values)
      : type === "I32"
        ? Int32Array.from(values)
        : BigInt64Array.from(values, BigInt);
  return { name, type, shape, data: new Uint8Array(data.buffer) };
}

interface Network {
  readonly weight: ReadWeight;
  readonly weights: readonly TensorToWrite[];
}

function randomNetwork(context: TestContext, config = CONFIG): Network {
  const weight = weightReader(randomCheckpoint(context, nextDitTensors(config), { seed: 11 }));
  return {
    weight,
    weights: [...nextDitTensors(config)].map(([name, shape]) => floats(`w.${name}`, shape, weight(name))),
  };
}

function write(
  context: TestContext,
  tensors: readonly TensorToWrite[],
  config: object = nextDitFields(CONFIG),
): string {
  const file = path.join(temporaryFolder(context), "case.safetensors");
  writeSafetensors(file, tensors, { config: JSON.stringify(config) });
  return file;
}

/** Captions, masks and pooled vectors of `samples` samples, and the velocity that plain loops give for one. */
function prompts(network: Network, samples: number) {
  const capFeats = randomValues("captions", samples * TOKENS * CONFIG.capFeatDim);
  const pooled = randomValues("pooled", samples * CONFIG.clipTextDim);
  const lengths = range(samples).map((sample) => 1 + ((sample * 3 + 4) % TOKENS));
  const mask = lengths.flatMap((length) => range(TOKENS).map((token) => (token < length ? 1 : 0)));
  const velocity = (sample: number, latent: ArrayLike<number>, time: number, isPooledUsed = true): number[] =>
    referenceVelocity(CONFIG, network.weight, {
      latent: Array.from(latent),
      height: HEIGHT,
      width: WIDTH,
      time,
      capFeats: range(at(lengths, sample)).map((token) => {
        const start = (sample * TOKENS + token) * CONFIG.capFeatDim;
        return [...capFeats.subarray(start, start + CONFIG.capFeatDim)];
      }),
      pooled: isPooledUsed
        ? [...pooled.subarray(sample * CONFIG.clipTextDim, (sample + 1) * CONFIG.clipTextDim)]
        : undefined,
    });
  const tensors = (name: string, maskType: SafetensorsType = "I64"): TensorToWrite[] => [
    floats(`${name}.cap_feats`, [samples, TOKENS, CONFIG.capFeatDim], capFeats),
    integers(`${name}.cap_mask`, maskType, [samples, TOKENS], mask),
    floats(`${name}.clip_text_pooled`, [samples, CONFIG.clipTextDim], pooled),
  ];
  return { velocity, tensors };
}

async function assertAllAgree(file: string, names: readonly string[]): Promise<void> {
  const { cases } = await runParity(file, hostParityHome(runtime));
  assert.deepEqual(cases.map(({ name }) => name).sort(), names.map((name) => `case.safetensors ${name}`).sort());
  for (const { name, error } of cases) assert.ok(error < BOUND, `${name}: ${error}`);
}

test("weights under the prefix of a checkpoint that holds several networks", async (context) => {
  const network = randomNetwork(context);
  const { velocity, tensors } = prompts(network, 1);
  const latent = randomValues("latents", LATENT_SIZE);
  const file = write(context, [
    ...network.weights.map((weight) => ({ ...weight, name: weight.name.replace("w.", "w.model.diffusion_model.") })),
    floats("w.text_encoders.other.layers.7.weight", [2], [1, 2]),
    ...tensors("c"),
    floats("c.x", [1, ...LATENT_DIMS], latent),
    floats("c.t", [1], [0.5]),
    floats("c.out", [1, ...LATENT_DIMS], velocity(0, latent, 0.5)),
  ]);
  await assertAllAgree(file, ["c.out"]);
});

for (const maskType of ["I32", "I64", "BOOL"] as const)
  test(`a batch of three, a mask of ${maskType}, a case name with dots`, async (context) => {
    const network = randomNetwork(context);
    const { velocity, tensors } = prompts(network, 3);
    const latents = randomValues("latents", 3 * LATENT_SIZE);
    const times = [0, 0.25, 1];
    const out = times.flatMap((time, sample) =>
      velocity(sample, latents.subarray(sample * LATENT_SIZE, (sample + 1) * LATENT_SIZE), time),
    );
    const file = write(context, [
      ...network.weights,
      ...tensors("odd v1.5 name", maskType),
      floats("odd v1.5 name.x", [3, ...LATENT_DIMS], latents),
      floats("odd v1.5 name.t", [3], times),
      floats("odd v1.5 name.out", [3, ...LATENT_DIMS], out),
    ]);
    await assertAllAgree(file, ["odd v1.5 name.out"]);
  });

test("one latent and one time for several captions; no mask; no pooled text", async (context) => {
  const network = randomNetwork(context);
  const latent = randomValues("latents", LATENT_SIZE);
  const capFeats = randomValues("captions", 2 * 3 * CONFIG.capFeatDim);
  const out = range(2).flatMap((sample) =>
    referenceVelocity(CONFIG, network.weight, {
      latent: [...latent],
      height: HEIGHT,
      width: WIDTH,
      time: 0.5,
      capFeats: range(3).map((token) => [
        ...capFeats.subarray((sample * 3 + token) * CONFIG.capFeatDim, (sample * 3 + token + 1) * CONFIG.capFeatDim),
      ]),
      pooled: undefined,
    }),
  );
  const file = write(context, [
    ...network.weights,
    floats("x", [1, ...LATENT_DIMS], latent),
    floats("t", [], [0.5]),
    floats("cap_feats", [2, 3, CONFIG.capFeatDim], capFeats),
    floats("out", [2, ...LATENT_DIMS], out),
  ]);
  await assertAllAgree(file, ["out"]);
});

test("guidance with renormalisation for two samples, and a run of a solver that the published code knows", async (context) => {
  const network = randomNetwork(context);
  const { velocity, tensors } = prompts(network, 4);
  const latents = randomValues("latents", 2 * LATENT_SIZE);
  const guided = (sample: number, latent: ArrayLike<number>, time: number, scale: number, renorm: number): number[] => {
    const conditional = velocity(sample, latent, time);
    const unconditional = velocity(sample + 2, latent, time);
    const mixed = unconditional.map((value, index) => value + scale * (at(conditional, index) - value));
    const length = Math.hypot(...mixed);
    const limit = renorm * Math.hypot(...conditional);
    return renorm > 0 && length >= limit ? mixed.map((value) => (value * limit) / length) : mixed;
  };
  const latentOf = (sample: number): Float32Array => latents.subarray(sample * LATENT_SIZE, (sample + 1) * LATENT_SIZE);
  const guidedBatch = (scale: number, renorm: number): number[] =>
    range(2).flatMap((sample) => guided(sample, latentOf(sample), 0.4, scale, renorm));
  // The data prediction of every step, extrapolated from the second to the last but one.
  const dpm = range(2).flatMap((sample) => {
    const sigmas = range(4).map((index) => {
      const s = 1 - (1 - (0.999 * (3 - index)) / 3);
      return (6 * s) / (1 + 5 * s);
    });
    const lambda = (sigma: number): number => Math.log((1 - sigma) / sigma);
    let x = [...latentOf(sample)];
    let before: readonly number[] | undefined;
    for (const index of range(3)) {
      const [now, next] = [at(sigmas, index), at(sigmas, index + 1)];
      const time = Math.fround(1 - now);
      const v = time < 0.25 ? guided(sample, x, time, 4.5, 0) : velocity(sample, x, time);
      const clean = x.map((value, i) => value + now * at(v, i));
      if (next === 0) return clean;
      const h = lambda(next) - lambda(now);
      const earlier = before;
      const target =
        earlier === undefined
          ? clean
          : clean.map(
              (value, i) => value + ((value - at(earlier, i)) * h) / (lambda(now) - lambda(at(sigmas, index - 1))) / 2,
            );
      x = x.map((value, i) => (next / now) * value - (1 - next) * Math.expm1(-h) * at(target, i));
      before = clean;
    }
    return x;
  });
  const file = write(context, [
    ...network.weights,
    ...tensors("a"),
    floats("a.x", [2, ...LATENT_DIMS], latents),
    floats("a.t", [1], [0.4]),
    floats("a.out_scale3_renorm0", [2, ...LATENT_DIMS], guidedBatch(3, 0)),
    floats("a.out_scale6.5_renorm0.75", [4, ...LATENT_DIMS], [...guidedBatch(6.5, 0.75), ...guidedBatch(6.5, 0.75)]),
    floats("run.noise", [2, ...LATENT_DIMS], latents),
    floats("run.dpm_points3_shift6_trunc0.25", [2, ...LATENT_DIMS], dpm),
  ]);
  await assertAllAgree(file, ["a.out_scale3_renorm0", "a.out_scale6.5_renorm0.75", "run.dpm_points3_shift6_trunc0.25"]);
});

/** A file with one right case, before `change` spoils it. */
function single(context: TestContext, change: (tensors: TensorToWrite[]) => TensorToWrite[], config?: object): string {
  const network = randomNetwork(context);
  const { velocity, tensors } = prompts(network, 1);
  const latent = randomValues("latents", LATENT_SIZE);
  return write(
    context,
    change([
      ...network.weights,
      ...tensors("c"),
      floats("c.x", [1, ...LATENT_DIMS], latent),
      floats("c.t", [1], [0.5]),
      floats("c.out", [1, ...LATENT_DIMS], velocity(0, latent, 0.5)),
    ]),
    config,
  );
}

function replaced(tensors: readonly TensorToWrite[], name: string, by?: TensorToWrite): TensorToWrite[] {
  return tensors.flatMap((tensor) => (tensor.name !== name ? [tensor] : by === undefined ? [] : [by]));
}

test("a wrong weight, a wrong expectation and a value that is not finite show as errors", async (context) => {
  const errorOf = async (name: string, by: TensorToWrite): Promise<number> => {
    const { cases } = await runParity(
      single(context, (tensors) => replaced(tensors, name, by)),
      hostParityHome(runtime),
    );
    return cases[0]?.error ?? 0;
  };
  const norm = "w.layers.0.attention_norm1.weight";
  const ones = Array<number>(CONFIG.dim).fill(1);
  assert.ok(
    (await errorOf(
      norm,
      floats(
        norm,
        [CONFIG.dim],
        ones.map(() => 0.5),
      ),
    )) > 1e-3,
  );
  assert.equal(await errorOf(norm, floats(norm, [CONFIG.dim], ones.with(3, NaN))), Infinity);
  assert.equal(await errorOf(norm, floats(norm, [CONFIG.dim], ones.with(0, Infinity))), Infinity);
  const expected = new Float32Array(LATENT_SIZE);
  assert.equal(await errorOf("c.out", floats("c.out", [1, ...LATENT_DIMS], expected)), Infinity);
  assert.equal(await errorOf("c.out", floats("c.out", [1, ...LATENT_DIMS], expected.fill(NaN))), Infinity);
});

const FAULTS: Readonly<
  Record<string, [ErrorCode, RegExp, (tensors: TensorToWrite[]) => TensorToWrite[], (object | undefined)?]>
> = {
  "no weights": ["parity.no-case", /no weights/, (all) => all.filter(({ name }) => !name.startsWith("w."))],
  "weights alone": ["parity.no-case", /no inputs/, (all) => all.filter(({ name }) => name.startsWith("w."))],
  "nothing expected": ["parity.no-case", /no case/, (all) => replaced(all, "c.out")],
  "an input missing": ["parity.no-case", /lacks x/, (all) => replaced(all, "c.x")],
  "captions missing": ["parity.no-case", /lacks cap_feats/, (all) => replaced(all, "c.cap_feats")],
  "a tensor missing": ["model.incomplete", /ffn_norm1/, (all) => replaced(all, "w.layers.0.ffn_norm1.weight")],
  "a tensor of another shape": [
    "model.mismatch",
    /t_embedder/,
    (all) =>
      replaced(all, "w.t_embedder.mlp.0.weight", floats("w.t_embedder.mlp.0.weight", [12, 128], Array(1536).fill(0))),
  ],
  "captions of another width": [
    "model.mismatch",
    /cap_feats/,
    (all) => replaced(all, "c.cap_feats", floats("c.cap_feats", [1, 5, 7], Array(35).fill(0))),
  ],
  "latents that do not divide into patches": [
    "model.mismatch",
    /patches/,
    (all) => {
      const [x, out] = ["c.x", "c.out"].map((name) => floats(name, [1, 2, 4, 7], Array(56).fill(0)));
      return replaced(replaced(all, "c.x", x), "c.out", out);
    },
  ],
  "a configuration value of the wrong kind": [
    "model.mismatch",
    /n_layers/,
    (all) => all,
    { ...nextDitFields(CONFIG), n_layers: "1" },
  ],
  "none of the known networks": [
    "model.unsupported",
    /none of the networks/,
    () => [floats("w.a", [1], [1]), floats("c.out", [1], [1])],
  ],
  "an unknown solver": [
    "parity.no-case",
    /no solver leap/,
    (all) => [
      ...all,
      floats("c.noise", [1, ...LATENT_DIMS], Array(48).fill(0)),
      floats("c.leap_points4_shift6_trunc1", [1, ...LATENT_DIMS], Array(48).fill(0)),
    ],
  ],
  "guidance without a negative caption": [
    "parity.no-case",
    /negative/,
    (all) => [...all, floats("c.out_scale2_renorm0", [1, ...LATENT_DIMS], Array(48).fill(0))],
  ],
};

for (const [name, [code, message, change, config]] of Object.entries(FAULTS))
  test(`refused: ${name}`, async (context) => {
    await assert.rejects(
      () => runParity(single(context, change, config), hostParityHome(runtime)),
      (error) => isTachieError(error, code) && message.test(error.message),
    );
  });

test("refused: what is no safetensors file, or none at all", async (context) => {
  const file = path.join(temporaryFolder(context), "case.safetensors");
  await assert.rejects(
    () => runParity(file, hostParityHome(runtime)),
    (error) => isTachieError(error, "file.not-found"),
  );
  writeFileSync(file, "not at all");
  await assert.rejects(
    () => runParity(file, hostParityHome(runtime)),
    (error) => isTachieError(error, "safetensors.invalid"),
  );
});

test("the error measure never takes what is not a number for a small error", () => {
  const measured = (actual: readonly number[], expected: readonly number[]): number => {
    const measure = new ErrorMeasure("x");
    measure.add(Float32Array.from(actual), Float32Array.from(expected));
    return measure.relative();
  };
  assert.equal(measured([1, 2], [1, 2]), 0);
  assert.equal(measured([3, 5], [3, 4]), 1 / Math.sqrt(12.5));
  for (const broken of [NaN, Infinity, -Infinity]) {
    assert.equal(measured([broken, 2], [1, 2]), Infinity);
    assert.equal(measured([2, broken], [1, broken]), Infinity);
    assert.equal(measured([1, 2], [1, broken]), Infinity);
  }
  assert.equal(measured([1, 0], [0, 0]), Infinity);
  assert.equal(measured([0, 0], [0, 0]), 0);
  assert.throws(
    () => measured([1], [1, 2]),
    (error) => isTachieError(error, "model.mismatch"),
  );
  assert.throws(
    () => measured([], []),
    (error) => isTachieError(error, "parity.no-case"),
  );
});

test("sessions are freed when a case fails", async (context) => {
  let open = 0;
  const counting: InferenceRuntime = {
    ...runtime,
    createSession: async (graph, options) => {
      const session = await runtime.createSession(graph, options);
      open++;
      return {
        inputNames: session.inputNames,
        outputNames: session.outputNames,
        run: (feeds) => session.run(feeds),
        release: () => {
          open--;
          return session.release();
        },
      };
    },
  };
  const file = single(context, (all) => replaced(all, "c.x", floats("c.x", [1, 2, 4], Array(8).fill(0))));
  await assert.rejects(() => runParity(file, hostParityHome(counting)), /axes/);
  assert.equal(open, 0);
  assert.equal(openCheckpoint(file, { prefix: "w." }).has("x_embedder.weight"), true);
});
