/**
 * @file Whether CUDA graphs pay for an author whose every prompt has another length: 30 prompts with and without them,
 * first pictures included. Prints both totals, and what follows for the toggle `graph`.
 *
 * TACHIE_CUDA=DIR node test/gpu/graphs-thirty-prompts.test.ts [model folder]
 *
 * Without a folder a random model with fewer layers than the published one serves: graphs gain and cost by the layer.
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { openModelFolder } from "../../models/model-folder.ts";
import { inferNextDitConfig } from "../../models/newbie-exp0.1/next-dit-config.ts";
import { nextDitWeights } from "../../models/newbie-exp0.1/next-dit-names.ts";
import { FASTEST_FORM } from "../../src-main/engine/device/device-form.ts";
import type { DeviceForm } from "../../src-main/engine/device/device-form.ts";
import { deviceHome } from "../../src-main/engine/device/device-home.ts";
import { openGpu } from "../../src-main/engine/device/gpu.ts";
import type { Gpu } from "../../src-main/engine/device/gpu.ts";
import { openNetworks } from "../../src-main/engine/networks.ts";
import { createPipeline } from "../../src-main/engine/pipeline.ts";
import { randomText } from "../bench/gpu/random-text.ts";
import { NO_GPU, findProductGpu } from "./product-gpu.ts";
import { differentLengths, timePrompts } from "./prompt-series.ts";
import type { SeriesTimes } from "./prompt-series.ts";
import { SHALLOW_TRANSFORMER, writeRandomModel } from "./random-models.ts";

const PROMPTS = 30;
/** Tokens: a line of tags, a cast of several characters. */
const LENGTHS = differentLengths(PROMPTS, 40, 400);
const SIDES = [512, 1024];
const STEPS = 20;
/** A smaller gain than this is none: runs of the same differ by as much. */
const NOTICEABLE = 0.01;

const options = findProductGpu();

test(
  `${PROMPTS} prompts with and without graphs`,
  { skip: options === undefined ? NO_GPU : false },
  async (context) => {
    assert.ok(options);
    assert.equal(new Set(LENGTHS).size, PROMPTS);
    const gpu = openGpu(options);
    const given = process.argv[2];
    const model =
      given === undefined ? writeRandomModel(SHALLOW_TRANSFORMER) : { folder: given, remove: () => undefined };
    try {
      for (const side of SIDES) {
        const launched = await run(gpu, model.folder, side, false);
        const replayed = await run(gpu, model.folder, side, true);
        context.diagnostic(`${side} x ${side}, ${STEPS} steps, ${gpu.info.name}:`);
        context.diagnostic(`  launched ${describe(launched)}`);
        context.diagnostic(`  replayed ${describe(replayed)}`);
        const gain = 1 - replayed.totalMs / launched.totalMs;
        const isWorth = gain > NOTICEABLE;
        context.diagnostic(
          `  graphs ${gain < 0 ? "cost" : "gain"} ${(Math.abs(gain) * 100).toFixed(1)} % of the time: ` +
            `they are ${isWorth ? "" : "not "}worth it for new prompts`,
        );
        assert.ok(replayed.stepMs < launched.stepMs * 1.05, "a replayed step must not be slower than a launched one");
      }
    } finally {
      model.remove();
      gpu.release();
    }
  },
);

async function run(gpu: Gpu, folder: string, side: number, hasStepGraph: boolean): Promise<SeriesTimes> {
  const form: DeviceForm = { ...FASTEST_FORM, hasStepGraph };
  const model = openModelFolder(folder);
  const { transformer } = model.components;
  const { capFeatDim, clipTextDim } = inferNextDitConfig(nextDitWeights(transformer.checkpoint), transformer.config);
  const home = {
    ...deviceHome(gpu, { form, signal: { aborted: false } }),
    text: () => Promise.resolve(randomText(capFeatDim, clipTextDim)),
  };
  const pipeline = createPipeline(await openNetworks(model, home, new Map()), "thirty prompts");
  try {
    // One picture of another size first: libraries that load and kernels that are looked for are nobody's gain.
    await timePrompts({ pipeline, lengths: [33], side: 256, steps: 3 });
    return await timePrompts({ pipeline, lengths: LENGTHS, side, steps: STEPS });
  } finally {
    await pipeline.release();
  }
}

function describe({ totalMs, pictureMs, stepMs }: SeriesTimes): string {
  const [first = NaN] = pictureMs;
  return `${(totalMs / 1000).toFixed(2)} s in all, the first ${first.toFixed(0)} ms, a later step ${stepMs.toFixed(2)} ms`;
}
