import assert from "node:assert/strict";
import { test } from "node:test";
import { applyToggles, resolveToggles } from "../../../../src-main/contract/toggle-rules.ts";
import { OPTIMISATION_PRESETS } from "../../../../src-main/contract/toggles.ts";
import { FASTEST_FORM, PLAIN_FORM, formOf } from "../../../../src-main/engine/device/device-form.ts";

test("the presets are the plain form and the fastest, but for a decoder in float32", () => {
  assert.deepEqual(formOf(OPTIMISATION_PRESETS.reference), PLAIN_FORM);
  assert.deepEqual(formOf({ ...OPTIMISATION_PRESETS.exact, vae_graph: "off" }), {
    ...FASTEST_FORM,
    decoderPrecision: "float32",
    attentionKernel: "cudnn",
  });
});

test("every toggle of a GPU changes the form by itself", () => {
  const base = applyToggles(OPTIMISATION_PRESETS.reference, "cuda");
  for (const change of [
    { precision: "bf16" },
    { optimise: "on" },
    { attention: "fused" },
    { attention: "cudnn" },
    { fused: "operators" },
    { fused: "kernels" },
    { graph: "on" },
    { vae_graph: "on" },
    { vae_precision: "bf16" },
    { encoder_offload: "on" },
  ])
    assert.notDeepEqual(formOf(resolveToggles(base, change)), formOf(base), JSON.stringify(change));
});
