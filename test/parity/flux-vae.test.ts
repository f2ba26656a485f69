import assert from "node:assert/strict";
import path from "node:path";
import { before, test } from "node:test";
import type { TestContext } from "node:test";
import { inferFluxVaeConfig } from "../../models/newbie-exp0.1/flux-vae-config.ts";
import type { FluxVaeConfig } from "../../models/newbie-exp0.1/flux-vae-config.ts";
import { fluxVaeTensors } from "../../models/newbie-exp0.1/flux-vae-tensors.ts";
import { buildFluxVaeDecoderGraph, buildFluxVaeEncoderGraph } from "../../models/newbie-exp0.1/flux-vae.ts";
import { fluxVaeFields } from "../../models/newbie-exp0.1/published-configs.ts";
import { isTachieError } from "../../src-main/contract/errors.ts";
import { openCheckpoint } from "../../src-main/graph/checkpoint.ts";
import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";
import { writeSafetensors } from "../../src-main/graph/safetensors.ts";
import type { TensorToWrite } from "../../src-main/graph/safetensors.ts";
import { createNodeRuntime } from "../../src-main/ort/node-runtime.ts";
import { float32Output, float32Tensor } from "../../src-main/ort/session.ts";
import type { InferenceRuntime } from "../../src-main/ort/session.ts";
import { relativeError, weightReader } from "../fixtures/reference/arithmetic.ts";
import { pointwise, referenceDecode, referenceEncode } from "../fixtures/reference/flux-vae.ts";
import type { Picture } from "../fixtures/reference/flux-vae.ts";
import { randomCheckpoint, randomValues } from "../fixtures/reference/random-network.ts";
import { temporaryFolder } from "../unit/graph/temporary-folder.ts";

/** Float32 against double precision; measured: at most 3e-6. */
const BOUND = 1e-5;

let runtime: InferenceRuntime;
before(async () => {
  runtime = await createNodeRuntime();
});

const SMALL: FluxVaeConfig = {
  inChannels: 3,
  outChannels: 3,
  latentChannels: 4,
  blockOutChannels: [4, 8],
  layersPerBlock: 1,
  normGroups: 2,
  normEps: 1e-6,
  scalingFactor: 0.3611,
  shiftFactor: 0.1159,
  hasMidAttention: true,
};

const LATENT = { height: 3, width: 4 };

function latentOf(config: FluxVaeConfig, { height, width } = LATENT): Picture {
  const channels = config.latentChannels;
  return { channels, height, width, data: [...randomValues("latent", channels * height * width)] };
}

function imageOf(config: FluxVaeConfig, { height, width } = LATENT): Picture {
  const scale = 2 ** (config.blockOutChannels.length - 1);
  const [h, w] = [scale * height, scale * width];
  return {
    channels: config.inChannels,
    height: h,
    width: w,
    data: [...randomValues("image", config.inChannels * h * w)],
  };
}

async function decode(config: FluxVaeConfig, checkpoint: Checkpoint, latent: Picture, graphOptimisation = true) {
  const graph = buildFluxVaeDecoderGraph(config, checkpoint);
  const session = await runtime.createSession(graph, { graphOptimisation, mappedWeights: true });
  const { channels, height, width, data } = latent;
  const outputs = await session.run({ latent: float32Tensor(Float32Array.from(data), [1, channels, height, width]) });
  await session.release();
  return float32Output(outputs, "image");
}

async function encode(config: FluxVaeConfig, checkpoint: Checkpoint, image: Picture) {
  const graph = buildFluxVaeEncoderGraph(config, checkpoint);
  const session = await runtime.createSession(graph, { graphOptimisation: true, mappedWeights: true });
  const { channels, height, width, data } = image;
  const outputs = await session.run({ image: float32Tensor(Float32Array.from(data), [1, channels, height, width]) });
  await session.release();
  return { mean: float32Output(outputs, "mean"), logvar: float32Output(outputs, "logvar") };
}

async function assertAgrees(context: TestContext, config: FluxVaeConfig, checkpoint: Checkpoint): Promise<void> {
  const weight = weightReader(checkpoint);
  const latent = latentOf(config);
  const decoded = referenceDecode(config, weight, latent);
  const image = await decode(config, checkpoint, latent);
  assert.deepEqual(image.dims, [1, decoded.channels, decoded.height, decoded.width]);

  const picture = imageOf(config);
  const encoded = referenceEncode(config, weight, picture);
  const { mean, logvar } = await encode(config, checkpoint, picture);
  assert.deepEqual(mean.dims, [1, config.latentChannels, LATENT.height, LATENT.width]);
  assert.deepEqual(logvar.dims, mean.dims);
  const errors = {
    image: relativeError(image.data, decoded.data),
    mean: relativeError(mean.data, encoded.data.slice(0, mean.data.length)),
    logvar: relativeError(logvar.data, encoded.data.slice(mean.data.length)),
  };
  context.diagnostic(JSON.stringify(errors));
  for (const [name, error] of Object.entries(errors)) assert.ok(error < BOUND, `${name}: ${error}`);
}

const VARIANTS: Readonly<Record<string, Partial<FluxVaeConfig>>> = {
  "two stages": {},
  "one stage": { blockOutChannels: [6], normGroups: 3 },
  "four stages, narrowing and widening": { blockOutChannels: [4, 2, 8, 6] },
  "no attention": { hasMidAttention: false },
  "three ResNets a stage": { layersPerBlock: 3 },
  "one group, one channel of the picture": { normGroups: 1, inChannels: 1, outChannels: 1 },
  "a group for every channel": { normGroups: 4, blockOutChannels: [4, 4] },
  "other channels in than out": { inChannels: 2, outChannels: 5, latentChannels: 1 },
  "another epsilon": { normEps: 1e-2 },
};

for (const [name, change] of Object.entries(VARIANTS))
  test(`flux-vae: ${name}`, async (context) => {
    const config = { ...SMALL, ...change };
    const checkpoint = randomCheckpoint(context, fluxVaeTensors(config), { seed: 1, config: fluxVaeFields(config) });
    assert.deepEqual(inferFluxVaeConfig(checkpoint), config);
    const { normGroups, normEps } = config;
    const told = { norm_num_groups: normGroups, norm_eps: normEps };
    assert.deepEqual(inferFluxVaeConfig(rewritten(context, checkpoint, config, {}), told), config);
    await assertAgrees(context, config, checkpoint);
  });

test("flux-vae: one session serves all sizes", async (context) => {
  const checkpoint = randomCheckpoint(context, fluxVaeTensors(SMALL), { seed: 2 });
  const session = await runtime.createSession(buildFluxVaeDecoderGraph(SMALL, checkpoint), {
    graphOptimisation: true,
    mappedWeights: true,
  });
  for (const size of [LATENT, { height: 1, width: 1 }, { height: 7, width: 2 }, LATENT]) {
    const latent = latentOf(SMALL, size);
    const dims = [1, latent.channels, latent.height, latent.width];
    const outputs = await session.run({ latent: float32Tensor(Float32Array.from(latent.data), dims) });
    const expected = referenceDecode(SMALL, weightReader(checkpoint), latent).data;
    assert.ok(relativeError(float32Output(outputs, "image").data, expected) < BOUND);
  }
  await session.release();
});

test("flux-vae: ae.safetensors names, attention stored as convolutions", async (context) => {
  const config = { ...SMALL, blockOutChannels: [4, 6, 8], layersPerBlock: 2 };
  const checkpoint = randomCheckpoint(context, fluxVaeTensors(config), { seed: 3 });
  const original = rewritten(context, checkpoint, config, { isOriginal: true });
  assert.deepEqual(inferFluxVaeConfig(original, { norm_num_groups: 2 }), config);
  const [a, b] = [await decode(config, checkpoint, latentOf(config)), await decode(config, original, latentOf(config))];
  assert.deepEqual(a.data, b.data);
  const [c, d] = [await encode(config, checkpoint, imageOf(config)), await encode(config, original, imageOf(config))];
  assert.deepEqual(c.mean.data, d.mean.data);
  assert.deepEqual(c.logvar.data, d.logvar.data);
});

test("flux-vae: convolutions between network and latent, where the file has them", async (context) => {
  const shapes = new Map(fluxVaeTensors(SMALL));
  for (const [name, channels] of [
    ["quant_conv", 8],
    ["post_quant_conv", 4],
  ] as const) {
    shapes.set(`${name}.weight`, [channels, channels, 1, 1]);
    shapes.set(`${name}.bias`, [channels]);
  }
  const checkpoint = randomCheckpoint(context, shapes, { seed: 4 });
  const weight = weightReader(checkpoint);
  const latent = latentOf(SMALL);
  const image = await decode(SMALL, checkpoint, latent);
  assert.ok(
    relativeError(image.data, referenceDecode(SMALL, weight, pointwise(weight, "post_quant_conv", latent)).data) <
      BOUND,
  );
  const picture = imageOf(SMALL);
  const expected = pointwise(weight, "quant_conv", referenceEncode(SMALL, weight, picture)).data;
  const { mean, logvar } = await encode(SMALL, checkpoint, picture);
  assert.ok(relativeError([...mean.data, ...logvar.data], expected) < BOUND);
});

test("flux-vae: half of an autoencoder is enough for its own graph", async (context) => {
  const shapes = new Map([...fluxVaeTensors(SMALL)].filter(([name]) => name.startsWith("decoder.")));
  const checkpoint = randomCheckpoint(context, shapes, { seed: 5 });
  const config = inferFluxVaeConfig(checkpoint, { norm_num_groups: 2 });
  assert.deepEqual(config, SMALL);
  assert.equal((await decode(config, checkpoint, latentOf(config), false)).dims[1], 3);
  assert.throws(
    () => buildFluxVaeEncoderGraph(config, checkpoint),
    (error) => isTachieError(error, "model.incomplete") && /encoder\.conv_in/.test(error.message),
  );
});

test("flux-vae: the logarithm of the variance is limited as published", async (context) => {
  const checkpoint = randomCheckpoint(context, fluxVaeTensors(SMALL), { seed: 6 });
  const weight = weightReader(checkpoint);
  const tensors = [...fluxVaeTensors(SMALL)].map(([name, shape]): TensorToWrite => {
    const loud = name === "encoder.conv_out.bias" ? [0, 0, 0, 0, 100, -100, 100, -100] : weight(name);
    return { name, type: "F32", shape, data: new Uint8Array(Float32Array.from(loud).buffer) };
  });
  const file = path.join(temporaryFolder(context), "loud.safetensors");
  writeSafetensors(file, tensors);
  const { logvar } = await encode(SMALL, openCheckpoint(file), imageOf(SMALL));
  assert.deepEqual([Math.min(...logvar.data), Math.max(...logvar.data)], [-30, 20]);
});

test("flux-vae: weights that do not fit the configuration are refused", (context) => {
  const checkpoint = randomCheckpoint(context, fluxVaeTensors(SMALL), { seed: 7 });
  const groups = { norm_num_groups: 2 };
  for (const [given, message] of [
    [{}, /32 groups/],
    [{ ...groups, layers_per_block: 0 }, /layers a block|blocks/],
    [{ ...groups, block_out_channels: [4] }, /2 stages/],
    [{ ...groups, block_out_channels: [4, 6] }, /\[8/],
    [{ ...groups, latent_channels: 3 }, /conv_in/],
  ] as const)
    assert.throws(
      () => buildFluxVaeDecoderGraph(inferFluxVaeConfig(checkpoint, given), checkpoint),
      (error) => isTachieError(error, "model.mismatch") && message.test(error.message),
      JSON.stringify(given),
    );
});

/** The same weights without metadata, with `isOriginal` under the other published names. */
function rewritten(
  context: TestContext,
  checkpoint: Checkpoint,
  config: FluxVaeConfig,
  { isOriginal = false },
): Checkpoint {
  const weight = weightReader(checkpoint);
  const rename = isOriginal ? originalNames(config) : (name: string): string => name;
  const tensors = [...fluxVaeTensors(config)].map(([name, shape]): TensorToWrite => {
    const isAttention = isOriginal && name.includes("attentions") && shape.length === 2;
    const data = new Uint8Array(Float32Array.from(weight(name)).buffer);
    return { name: rename(name), type: "F32", shape: isAttention ? [...shape, 1, 1] : shape, data };
  });
  const file = path.join(temporaryFolder(context), "rewritten.safetensors");
  writeSafetensors(file, tensors);
  return openCheckpoint(file);
}

function originalNames({ blockOutChannels }: FluxVaeConfig): (name: string) => string {
  const last = blockOutChannels.length - 1;
  return (name) =>
    name
      .replace(/down_blocks\.(\d+)\.resnets\./, "down.$1.block.")
      .replace(/down_blocks\.(\d+)\.downsamplers\.0\./, "down.$1.downsample.")
      .replace(/up_blocks\.(\d+)\.resnets\./, (_, stage: string) => `up.${last - Number(stage)}.block.`)
      .replace(/up_blocks\.(\d+)\.upsamplers\.0\./, (_, stage: string) => `up.${last - Number(stage)}.upsample.`)
      .replace(/mid_block\.resnets\.(\d)\./, (_, index: string) => `mid.block_${Number(index) + 1}.`)
      .replace("mid_block.attentions.0.group_norm.", "mid.attn_1.norm.")
      .replace(/mid_block\.attentions\.0\.to_([qkv])\./, "mid.attn_1.$1.")
      .replace("mid_block.attentions.0.to_out.0.", "mid.attn_1.proj_out.")
      .replace("conv_norm_out", "norm_out")
      .replace("conv_shortcut", "nin_shortcut");
}
