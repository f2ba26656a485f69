/** @file Every form that a network's graph can be written in gives the reference values. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { isTachieError } from "../../src-main/contract/errors.ts";
import { hostParityHome, runParity } from "../../src-main/engine/parity.ts";
import type { NetworkVariant } from "../../src-main/graph/network-variant.ts";
import { createNodeRuntime } from "../../src-main/ort/node-runtime.ts";
import { withTachieOperators } from "../fixtures/tachie-functions.ts";

const golden = path.resolve(import.meta.dirname, "../../../shared/golden");
/** Measured: at most 7e-6, in the autoencoder. */
const BOUND = 2e-5;
const FILES = ["next_dit", "flux_vae", "jina_text", "gemma3_text"].map((name) => `${name}.safetensors`);

const VARIANTS: Readonly<Record<string, Partial<NetworkVariant>>> = {
  "plain operators": { operators: "plain" },
  "plain attention": { attention: "plain" },
  "all plain": { operators: "plain", attention: "plain" },
  "own kernels": { kernels: "tachie" },
  "own kernels, else plain": { kernels: "tachie", operators: "plain", attention: "plain" },
  "tensors that stay on the device": { kernels: "tachie", deviceInputs: true },
};

async function assertParity(context: TestContext, file: string, variant: Partial<NetworkVariant>): Promise<void> {
  const home = hostParityHome(withTachieOperators(await createNodeRuntime()), variant);
  const { cases } = await runParity(path.join(golden, file), home);
  assert.ok(cases.length > 0);
  const worst = Math.max(...cases.map(({ error }) => error));
  context.diagnostic(`error ${worst.toExponential(1)}`);
  for (const { name, error } of cases) assert.ok(error < BOUND, `${name}: ${error}`);
}

/** Against float32, where weights and activations keep 8 bits. */
const BFLOAT16_BOUND = 3e-2;

async function assertBfloat16(context: TestContext, file: string): Promise<void> {
  const run = async () =>
    runParity(path.join(golden, file), hostParityHome(await createNodeRuntime(), { computeType: "bfloat16" }));
  const report = await run().catch((error: unknown) => {
    if (!isTachieError(error, "engine.run-failed") || !/Could not find an implementation/.test(error.message))
      throw error;
    context.skip(`this runtime does not compute in bfloat16: ${error.message.split("\n", 1)[0] ?? ""}`);
  });
  for (const { name, error } of report?.cases ?? []) assert.ok(error < BFLOAT16_BOUND, `${name}: ${error}`);
}

for (const file of FILES) {
  const skip = existsSync(path.join(golden, file)) ? false : `${path.join(golden, file)} is not there`;
  test(`${file}, in bfloat16`, { skip }, async (context) => assertBfloat16(context, file));
  for (const [name, variant] of Object.entries(VARIANTS))
    test(`${file}, ${name}`, { skip }, async (context) => assertParity(context, file, variant));
}
