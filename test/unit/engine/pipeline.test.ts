import assert from "node:assert/strict";
import { test } from "node:test";
import { TachieError } from "../../../src-main/contract/errors.ts";
import type { EngineJob, GenerationProgress } from "../../../src-main/contract/generation.ts";
import { DEFAULT_TOGGLES } from "../../../src-main/contract/toggles.ts";
import { EmbeddingCache } from "../../../src-main/engine/embedding-cache.ts";
import { arrayAlgebra } from "../../../src-main/engine/latent-algebra.ts";
import { seededNoise } from "../../../src-main/engine/noise.ts";
import { findNonFinite, toRgbImage } from "../../../src-main/engine/pixels.ts";
import { previewImage } from "../../../src-main/engine/preview.ts";
import { createPipeline } from "../../../src-main/engine/pipeline.ts";
import type { EncodedText, Networks } from "../../../src-main/engine/roles.ts";

interface FakePrompt {
  readonly byteLength: number;
  readonly flops: number;
  readonly name: string;
}

/** Networks of four channels and scale 8 whose velocity leads every latent to the text's length. */
function fakeNetworks(changes: { velocity?: (time: number, calls: number) => number; planes?: number } = {}) {
  const calls = {
    encoded: [] as string[],
    prepared: [] as string[],
    velocities: [] as [string, number][],
    released: 0,
  };
  const release = async () => {
    calls.released++;
  };
  const decode = async (latent: Float32Array, height: number, width: number): Promise<Float32Array> => {
    const planes = new Float32Array(3 * 64 * width * height);
    for (let index = 0; index < planes.length; index++) {
      const x = Math.floor((index % (8 * width)) / 8);
      const y = Math.floor((Math.floor(index / (8 * width)) % (8 * height)) / 8);
      const colour = Math.floor(index / (64 * width * height));
      planes[index] = changes.planes ?? 0.1 * latent[colour * width * height + y * width + x]! + 0.2 * colour;
    }
    return planes;
  };
  const networks: Networks<Float32Array, FakePrompt> = {
    text: {
      async encode({ system, text }): Promise<EncodedText> {
        calls.encoded.push(system + text);
        const data = Float32Array.of(text.length);
        return {
          states: { type: "float32", dims: [1, 1], data },
          pooled: { type: "float32", dims: [1, 1], data },
          byteLength: 8,
        };
      },
      release,
    },
    denoiser: {
      algebra: arrayAlgebra,
      channels: 4,
      patchSize: 2,
      async prepare({ states }, { rows, columns }) {
        const name = `${states.data[0]} ${rows}x${columns}`;
        calls.prepared.push(name);
        return { byteLength: 8, flops: 100 ** (1 + parseInt(name)), name };
      },
      async velocity(latent, time, prompt) {
        calls.velocities.push([prompt.name, time]);
        const target = changes.velocity?.(time, calls.velocities.length) ?? parseInt(prompt.name);
        return latent.map((value) => (time === 1 ? 0 : (target - value) / (1 - time)));
      },
      fromHost: (values) => values,
      toHost: (latent) => latent,
      preview: (latent, factors, height, width) => previewImage(factors, latent, width, height),
      release,
    },
    decoder: {
      channels: 4,
      scale: 8,
      decode,
      async decodePicture(latent, height, width) {
        const planes = await decode(latent, height, width);
        return { image: toRgbImage(planes, 8 * width, 8 * height), isFinite: findNonFinite(planes) < 0 };
      },
      release,
    },
  };
  return { networks, calls };
}

function job(changes: Partial<EngineJob> = {}): EngineJob {
  return {
    model: "/models/fake",
    loras: [],
    texts: { system: "S:", positive: "abc", negative: "" },
    seed: 7,
    size: { width: 64, height: 32 },
    sampling: { steps: 3, solver: "euler", schedule: "shift", shift: 6, guidance: 1, truncate: 1, renorm: 0 },
    toggles: DEFAULT_TOGGLES,
    provider: "cpu",
    isPreviewWanted: false,
    ...changes,
  };
}

function hooks() {
  const seen: GenerationProgress[] = [];
  const signal = { aborted: false };
  return { seen, signal, progress: (progress: GenerationProgress) => void seen.push(progress) };
}

test("a job goes from text to pixels, with its stages reported in order and timed", async () => {
  const { networks, calls } = fakeNetworks();
  const own = hooks();
  const { image, timings } = await createPipeline(networks, "id").generate(job(), own);
  assert.deepEqual([image.width, image.height, image.pixels.length], [64, 32, 64 * 32 * 3]);
  // Every latent ends at 3, the text's length: (0.3 + 0.2 c + 1) x 127.5.
  assert.deepEqual(Array.from(image.pixels.subarray(0, 3)), [166, 191, 217]);
  assert.deepEqual(calls.encoded, ["S:abc"]);
  assert.deepEqual(calls.prepared, ["3 2x4"]);
  assert.deepEqual(
    own.seen.map(({ stage, step, steps, passes, passesTotal }) => [stage, step, steps, passes, passesTotal]),
    [
      ["encode", 0, 3, 0, 3],
      ["denoise", 0, 3, 0, 3],
      ["denoise", 1, 3, 1, 3],
      ["denoise", 2, 3, 2, 3],
      ["denoise", 3, 3, 3, 3],
      ["decode", 3, 3, 3, 3],
    ],
  );
  assert.equal(timings.stepMs.length, 3);
  assert.ok(timings.denoiseMs >= timings.stepMs.reduce((sum, ms) => sum + ms, 0));
});

test("guidance asks for the negative only where it is used, as passes of their own", async () => {
  const { networks, calls } = fakeNetworks();
  const sampling = { ...job().sampling, guidance: 4, truncate: 0.2 };
  const texts = { system: "", positive: "abc", negative: "no" };
  const own = hooks();
  await createPipeline(networks, "id").generate(job({ sampling, texts }), own);
  assert.deepEqual(calls.encoded, ["abc", "no"]);
  assert.deepEqual(
    calls.velocities.map(([prompt]) => prompt),
    ["3 2x4", "2 2x4", "3 2x4", "2 2x4", "3 2x4"],
  );
  assert.deepEqual([own.seen.at(-1)?.passes, own.seen.at(-1)?.passesTotal], [5, 5]);
});

test("an empty negative is encoded like any other text", async () => {
  const { networks, calls } = fakeNetworks();
  await createPipeline(networks, "id").generate(job({ sampling: { ...job().sampling, guidance: 3 } }), hooks());
  assert.deepEqual(calls.encoded, ["S:abc", "S:"]);
});

test("the cache spares encoding the same prompt again, but not under other networks, and not where it is off", async () => {
  const cache = new EmbeddingCache();
  const { networks, calls } = fakeNetworks();
  const pipeline = createPipeline(networks, "id");
  const first = await pipeline.generate(job(), { ...hooks(), cache });
  const second = await pipeline.generate(job(), { ...hooks(), cache });
  assert.deepEqual(first.image.pixels, second.image.pixels);
  assert.deepEqual([calls.encoded.length, calls.prepared.length], [1, 1]);
  await pipeline.generate(job({ size: { width: 32, height: 32 } }), { ...hooks(), cache });
  assert.deepEqual([calls.encoded.length, calls.prepared.length], [1, 2]);
  await pipeline.generate(job(), hooks());
  await createPipeline(networks, "other").generate(job(), { ...hooks(), cache });
  await pipeline.generate(job({ texts: { system: "", positive: "S:abc", negative: "" } }), { ...hooks(), cache });
  assert.deepEqual(calls.encoded, ["S:abc", "S:abc", "S:abc", "S:abc"]);
});

test("values that are no numbers end the job with stage and step, never in a black picture", async () => {
  for (const bad of [NaN, Infinity]) {
    const { networks } = fakeNetworks({ velocity: (_time, calls) => (calls < 2 ? 0 : bad) });
    await assert.rejects(createPipeline(networks, "id").generate(job(), hooks()), {
      code: "engine.run-failed",
      where: "denoise, step 2 of 3",
    });
    const decoding = createPipeline(fakeNetworks({ planes: bad }).networks, "id").generate(job(), hooks());
    await assert.rejects(decoding, { code: "engine.run-failed", where: "decode" });
  }
  const { networks } = fakeNetworks();
  const broken = {
    ...networks,
    text: {
      ...networks.text,
      encode: async (): Promise<EncodedText> => {
        const tensor = { type: "float32", dims: [1, 1], data: Float32Array.of(NaN) } as const;
        return { states: tensor, pooled: tensor, byteLength: 8 };
      },
    },
  };
  const cache = new EmbeddingCache();
  const encoding = createPipeline(broken, "id").generate(job(), { ...hooks(), cache });
  await assert.rejects(encoding, { code: "engine.run-failed", where: "encode" });
  assert.equal(cache.bytes, 0);
});

test("an error of the runtime is given its stage, and its code and remedy stay", async () => {
  const { networks } = fakeNetworks();
  const failure = new TachieError("engine.out-of-memory", "no room for 8 GB", { remedy: "Buy memory." });
  const broken = { ...networks, decoder: { ...networks.decoder, decodePicture: () => Promise.reject(failure) } };
  await assert.rejects(createPipeline(broken, "id").generate(job(), hooks()), {
    code: "engine.out-of-memory",
    message: "decode: no room for 8 GB",
    where: "decode",
    remedy: "Buy memory.",
  });
});

test("cancelling stops before the next pass, between the two passes of one evaluation too", async () => {
  for (const stopAfter of [0, 1, 2, 3, 6]) {
    const own = hooks();
    const { networks, calls } = fakeNetworks({
      velocity: (_time, count) => {
        if (count === stopAfter) own.signal.aborted = true;
        return 0;
      },
    });
    own.signal.aborted = stopAfter === 0;
    const sampling = { ...job().sampling, guidance: 3 };
    await assert.rejects(createPipeline(networks, "id").generate(job({ sampling }), own), { code: "job.cancelled" });
    assert.equal(calls.velocities.length, stopAfter);
  }
});

test("sizes that the networks cannot make are refused, naming the field", async () => {
  const { networks } = fakeNetworks();
  const pipeline = createPipeline(networks, "id");
  assert.equal(pipeline.sizeMultiple, 16);
  const odd = pipeline.generate(job({ size: { width: 64, height: 24 } }), hooks());
  await assert.rejects(odd, { code: "settings.invalid", where: "height" });
});

test("a preview at every step shows the predicted clean latent in the autoencoder's colours", async () => {
  const { networks } = fakeNetworks();
  const own = hooks();
  await createPipeline(networks, "id").generate(job({ isPreviewWanted: true }), own);
  const previews = own.seen.filter(({ preview }) => preview !== undefined);
  assert.deepEqual(
    previews.map(({ step }) => step),
    [1, 2, 3],
  );
  for (const { preview } of previews) {
    assert.deepEqual([preview?.width, preview?.height], [8, 4]);
    // The prediction is 3 everywhere from the first step on; the fit is exact but for its small ridge.
    for (const [channel, byte] of [166, 191, 217].entries())
      assert.ok(Math.abs(preview!.pixels[channel]! - byte) <= 1, `${preview!.pixels[channel]} ${byte}`);
  }
});

test("the noise is that of the seed, in the latent's own layout", async () => {
  const { networks, calls } = fakeNetworks();
  let first: Float32Array | undefined;
  const watched = {
    ...networks,
    denoiser: { ...networks.denoiser, fromHost: (values: Float32Array) => (first = values) },
  };
  await createPipeline(watched, "id").generate(job({ seed: 99 }), hooks());
  assert.deepEqual(first, seededNoise(99, 4 * 8 * 4));
  await createPipeline(watched, "id").release();
  assert.equal(calls.released, 3);
});

test("texts of slow encoders are taken from the store and put there, those of quick ones never", async () => {
  for (const isSlow of [true, false]) {
    const { networks, calls } = fakeNetworks();
    const kept = new Map<string, EncodedText>();
    const store = {
      get: (key: readonly (string | number)[]) => kept.get(JSON.stringify(key)),
      put: (key: readonly (string | number)[], text: EncodedText) => void kept.set(JSON.stringify(key), text),
    };
    const slow = { ...networks, text: { ...networks.text, isSlow } };
    for (const seed of [1, 2]) {
      // Another pipeline each time, as after a restart.
      await createPipeline(slow, "id").generate(job({ seed }), { ...hooks(), store });
    }
    assert.deepEqual([calls.encoded.length, kept.size], isSlow ? [1, 1] : [2, 0]);
    await createPipeline(slow, "other weights").generate(job(), { ...hooks(), store });
    assert.equal(calls.encoded.length, isSlow ? 2 : 3);
  }
});

test("operations are those of the passes that were made, by the prompt of each", async () => {
  const sampling = { ...job().sampling, guidance: 4, truncate: 0.2 };
  const texts = { system: "", positive: "a", negative: "" };
  const guided = fakeNetworks();
  const { flops } = await createPipeline(guided.networks, "id").generate(job({ sampling, texts }), hooks());
  const passes = (name: string): number => guided.calls.velocities.filter(([prompt]) => prompt === name).length;
  assert.deepEqual([passes("1 2x4"), passes("0 2x4")], [3, 2]);
  assert.equal(flops, 3 * 100 ** 2 + 2 * 100);
});
