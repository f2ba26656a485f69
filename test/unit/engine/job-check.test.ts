import assert from "node:assert/strict";
import { test } from "node:test";
import type { EngineJob } from "../../../src-main/contract/generation.ts";
import { DEFAULT_TOGGLES } from "../../../src-main/contract/toggles.ts";
import { checkJob } from "../../../src-main/engine/job-check.ts";

const JOB: EngineJob = {
  model: "/models/a",
  loras: [],
  texts: { system: "", positive: "x", negative: "" },
  seed: 1,
  size: { width: 64, height: 64 },
  sampling: { steps: 2, solver: "euler", schedule: "shift", shift: 6, guidance: 4, truncate: 1, renorm: 0 },
  toggles: DEFAULT_TOGGLES,
  provider: "auto",
  isPreviewWanted: false,
};

test("a sound job passes, with toggles that it left out set to their defaults", () => {
  assert.deepEqual(checkJob(JOB), JOB);
  const adapted = { ...JOB, loras: [{ file: "/a/b.safetensors", strength: -0.5 }] };
  assert.deepEqual(checkJob(adapted), adapted);
  const sparse = { ...JOB, toggles: { optimise: "off" }, profile: "/tmp/p.json" };
  assert.deepEqual(checkJob(sparse), {
    ...JOB,
    toggles: { ...DEFAULT_TOGGLES, optimise: "off" },
    profile: "/tmp/p.json",
  });
});

test("every wrong field is refused with a code and its name", () => {
  const { sampling, texts, size } = JOB;
  for (const [change, code, where] of [
    [{ model: "models/a" }, "wire.invalid", "model"],
    [{ model: 5 }, "wire.invalid", "model"],
    [{ model: undefined }, "wire.invalid", "model"],
    [{ texts: { ...texts, negative: undefined } }, "wire.invalid", "texts.negative"],
    [{ texts: { ...texts, positive: "x".repeat(2 ** 20 + 1) } }, "prompt.too-large", "texts.positive"],
    [{ texts: "x" }, "wire.invalid", "texts"],
    [{ toggles: null }, "wire.invalid", "toggles"],
    [{ toggles: { turbo: "on" } }, "settings.invalid", "turbo"],
    [{ toggles: { mapped_weights: "maybe" } }, "settings.invalid", "mapped_weights"],
    [{ sampling: { ...sampling, steps: 0 } }, "settings.invalid", "steps"],
    [{ sampling: { ...sampling, solver: "heun" } }, "settings.invalid", "solver"],
    [{ sampling: { ...sampling, guidance: "4" } }, "settings.invalid", "guidance"],
    [{ sampling: [] }, "wire.invalid", "sampling"],
    [{ size: { ...size, width: 100 } }, "settings.invalid", "width"],
    [{ size: { width: 64 } }, "settings.invalid", "height"],
    [{ size: { width: 0, height: 16 } }, "settings.invalid", "width"],
    [{ seed: -1 }, "settings.invalid", "seed"],
    [{ seed: "7" }, "settings.invalid", "seed"],
    [{ provider: "tpu" }, "settings.invalid", "provider"],
    [{ loras: [{ file: "a", strength: 1 }] }, "wire.invalid", "loras.0.file"],
    [{ loras: [{ file: "/a", strength: "1" }] }, "wire.invalid", "loras.0.strength"],
    [{ loras: [{ file: "/a", strength: Infinity }] }, "settings.invalid", "loras.0.strength"],
    [{ loras: [3] }, "wire.invalid", "loras.0"],
    [{ loras: Array(65).fill({ file: "/a", strength: 1 }) }, "settings.invalid", "loras"],
    [{ loras: undefined }, "wire.invalid", "loras"],
    [{ profile: 3 }, "wire.invalid", "profile"],
  ] as const)
    assert.throws(() => checkJob({ ...JOB, ...change }), { code, where }, `${code} ${where}`);
  for (const nothing of [undefined, null, 3, "x", []]) assert.throws(() => checkJob(nothing), { code: "wire.invalid" });
});
