import assert from "node:assert/strict";
import { test } from "node:test";
import { loraTargetFinder, nextDitLinearMaps } from "../../../models/newbie-exp0.1/lora-names.ts";
import { nextDitTensors } from "../../../models/newbie-exp0.1/next-dit-tensors.ts";
import { PUBLISHED_NEXT_DIT } from "../../../models/newbie-exp0.1/published-configs.ts";

test("every linear map of the network is a target, and no other", () => {
  const expected = [...nextDitTensors(PUBLISHED_NEXT_DIT)].flatMap(([name, shape]) =>
    shape.length === 2 ? [name.replace(/\.weight$/, "")] : [],
  );
  const maps = nextDitLinearMaps(PUBLISHED_NEXT_DIT);
  const wholes = maps.filter(({ slice }) => slice === undefined).map(({ module }) => module);
  assert.deepEqual(wholes.sort(), expected.sort());
  assert.equal(maps.length - wholes.length, 3 * 40);
});

test("a name means the same with every prefix, with dots and with underscores", () => {
  const find = loraTargetFinder(PUBLISHED_NEXT_DIT);
  for (const { module, slice, original, diffusers } of nextDitLinearMaps(PUBLISHED_NEXT_DIT))
    for (const name of [original, diffusers]) {
      if (name === undefined) continue;
      const flat = name.replaceAll(".", "_");
      for (const spelling of [
        name,
        ...["base_model.model.", "diffusion_model.", "model.diffusion_model.", "transformer."].map((one) => one + name),
        `unet.base_model.model.${name}`,
        `lora_unet_${flat}`,
        `lycoris_${flat}`,
      ])
        assert.deepEqual(find(spelling), { module, ...(slice === undefined ? {} : { slice }) }, spelling);
    }
});

test("other names are none of the network's", () => {
  const find = loraTargetFinder(PUBLISHED_NEXT_DIT);
  for (const name of [
    "",
    "layers.36.attention.qkv",
    "layers.0.attention",
    "layers.0.attention_norm1",
    "norm_final",
    "lora_te_x",
    "layers.0",
    "layers.0.attention.to_z",
    "layers.00.attention.out",
    "__proto__",
    "constructor",
  ])
    assert.equal(find(name), undefined, name);
  assert.deepEqual(find("layers.11.attention.to_out.0"), { module: "layers.11.attention.out" });
  assert.deepEqual(find("layers.1.attn.to_k"), { module: "layers.1.attention.qkv", slice: "k" });
});
