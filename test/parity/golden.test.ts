import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { hostParityHome, runParity } from "../../src-main/engine/parity.ts";
import { createNodeRuntime } from "../../src-main/ort/node-runtime.ts";

const golden = path.resolve(import.meta.dirname, "../../../shared/golden");
/** Measured: at most 7e-6, in the autoencoder. */
const BOUND = 2e-5;

const CASES = {
  "next_dit.safetensors": [
    "cfg.out_scale4.5_renorm0",
    "cfg.out_scale4.5_renorm1",
    "pair.out",
    "sample.euler_points7_shift6_trunc0.25",
    "sample.euler_points7_shift6_trunc100",
    "sample.midpoint_points5_shift6_trunc100",
    "sample.rk4_points4_shift6_trunc100",
    "single.out",
  ],
  "flux_vae.safetensors": ["decode.out", "encode.logvar", "encode.mean"],
  "jina_text.safetensors": ["pooled"],
  "gemma3_text.safetensors": ["hidden_minus2", "last_hidden_state"],
};

for (const [file, cases] of Object.entries(CASES)) {
  const filePath = path.join(golden, file);
  const skip = existsSync(filePath) ? false : `${filePath} is not there`;
  test(`${file} agrees with the reference implementation`, { skip }, async () => {
    const report = await runParity(filePath, hostParityHome(await createNodeRuntime()));
    assert.deepEqual(report.cases.map(({ name }) => name).sort(), cases.map((name) => `${file} ${name}`).sort());
    for (const { name, error } of report.cases) assert.ok(error < BOUND, `${name}: ${error}`);
  });
}
