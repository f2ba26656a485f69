import assert from "node:assert/strict";
import { test } from "node:test";
import { PROVIDERS } from "../../../src-main/contract/generation.ts";
import {
  applyToggles,
  readToggles,
  reasonAgainst,
  refusal,
  resolveToggles,
  storedToggles,
} from "../../../src-main/contract/toggle-rules.ts";
import { DEFAULT_TOGGLES, OPTIMISATION_PRESETS, TOGGLES } from "../../../src-main/contract/toggles.ts";
import type { Toggle } from "../../../src-main/contract/toggles.ts";
import { isTachieError } from "../../../src-main/contract/errors.ts";

const NAMES = Object.keys(TOGGLES) as Toggle[];

test("the plainest value of every toggle applies everywhere, and values that do not apply belong to the other provider", () => {
  for (const toggle of NAMES) {
    const { values, before, appliesTo } = TOGGLES[toggle];
    assert.ok((values as readonly string[]).includes(before), toggle);
    for (const provider of PROVIDERS) {
      assert.equal(reasonAgainst(toggle, values[0], provider), undefined, toggle);
      const isOther = appliesTo !== "both" && appliesTo !== provider;
      if (isOther) for (const value of values.slice(1)) assert.ok(reasonAgainst(toggle, value, provider), toggle);
      if (appliesTo === provider)
        for (const value of values) assert.equal(reasonAgainst(toggle, value, provider), undefined);
    }
  }
});

test("a preset is a wish: what does not apply gives way to the nearest before it", () => {
  assert.deepEqual(applyToggles(OPTIMISATION_PRESETS.turbo, "cpu"), {
    ...OPTIMISATION_PRESETS.reference,
    optimise: "on",
    attention: "fused",
    fused: "operators",
    text_cache: "on",
    step_cache: "on",
    mapped_weights: "on",
  });
  assert.deepEqual(applyToggles(OPTIMISATION_PRESETS.turbo, "cuda"), {
    ...OPTIMISATION_PRESETS.turbo,
    mapped_weights: "off",
  });
  for (const provider of PROVIDERS)
    assert.deepEqual(applyToggles(OPTIMISATION_PRESETS.reference, provider), OPTIMISATION_PRESETS.reference);
});

test("what an engine lacks beyond its provider gives way too", () => {
  const lacks = [{ toggle: "attention", value: "cudnn", reason: "there is no cuDNN" }] as const;
  assert.equal(applyToggles(DEFAULT_TOGGLES, "cuda", { lacks }).attention, "flash");
  assert.match(refusal("attention", "cudnn", "cuda", lacks)?.message ?? "", /there is no cuDNN/);
});

test("what was asked for by name is refused with a reason where it cannot be had", () => {
  const wished = resolveToggles(DEFAULT_TOGGLES, { graph: "on" });
  assert.throws(
    () => applyToggles(wished, "cpu", { demanded: ["graph"] }),
    (error) =>
      isTachieError(error, "settings.invalid") &&
      /no CUDA graphs without a GPU/.test(error.message) &&
      /off/.test(error.remedy),
  );
  assert.equal(applyToggles(wished, "cuda", { demanded: ["graph"] }).graph, "on");
  assert.equal(applyToggles(wished, "cpu", { demanded: ["text_cache"] }).graph, "off");
});

test("names are taken with hyphens and as they once were; others and unknown values are refused", () => {
  assert.deepEqual(readToggles({ "vae-graph": "on", graph_optimisation: "off", "embedding-cache": "off" }), {
    vae_graph: "on",
    optimise: "off",
    text_cache: "off",
  });
  assert.throws(
    () => readToggles({ warp: "on" }),
    (error) =>
      isTachieError(error, "settings.invalid") && /warp/.test(error.message) && /step_cache/.test(error.message),
  );
  assert.throws(
    () => readToggles({ fused: "on" }),
    (error) => isTachieError(error, "settings.invalid") && /off, operators, kernels/.test(error.message),
  );
});

test("a stored set is read under its names of then, and what did not exist is as pictures were made before", () => {
  const stored: Record<string, string> = { graph_optimisation: "on", embedding_cache: "on", mapped_weights: "off" };
  const toggles = storedToggles((name) => stored[name]);
  assert.deepEqual(toggles, {
    ...OPTIMISATION_PRESETS.reference,
    optimise: "on",
    text_cache: "on",
    attention: "fused",
    fused: "operators",
  });
  assert.deepEqual(
    storedToggles((name) => (toggles as Record<string, string>)[name]),
    toggles,
  );
});

test("exact changes nothing but what is lossless", () => {
  for (const toggle of NAMES)
    if (OPTIMISATION_PRESETS.exact[toggle] !== OPTIMISATION_PRESETS.reference[toggle])
      assert.ok(TOGGLES[toggle].isLossless, toggle);
});
