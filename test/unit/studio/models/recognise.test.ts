import assert from "node:assert/strict";
import { test } from "node:test";
import type { SafetensorsType } from "../../../../src-main/graph/safetensors.ts";
import { LAYOUTS } from "../../../../src-main/studio/models/layouts/index.ts";
import { fluxVaeDiffusers, fluxVaeOriginal } from "../../../../src-main/studio/models/layouts/flux-vae.ts";
import { gemma3Text } from "../../../../src-main/studio/models/layouts/gemma3.ts";
import { jinaTextAdapter, jinaTextMerged } from "../../../../src-main/studio/models/layouts/jina-text.ts";
import { nextDitOriginal } from "../../../../src-main/studio/models/layouts/next-dit.ts";
import { recognise } from "../../../../src-main/studio/models/recognise.ts";
import { entry, published, renamed, tableOf } from "./tensor-tables.ts";
import type { Table } from "./tensor-tables.ts";

const codesOf = (table: Table): string[] => {
  const { networks, findings } = recognise(table, "file");
  return [...findings, ...networks.flatMap((network) => network.findings)].map(({ code }) => code).sort();
};
const messageOf = (table: Table, code: string): string => {
  const { networks, findings } = recognise(table, "file");
  const all = [...findings, ...networks.flatMap((network) => network.findings)];
  const found = all.find((finding) => finding.code === code);
  assert.ok(found, `${code} is not among ${all.map((finding) => finding.code).join(", ")}`);
  assert.ok(found.remedy.length > 10);
  return found.message;
};

test("any single missing tensor is found in every network", () => {
  for (const layout of LAYOUTS) {
    const table = published(layout, "BF16", "p.");
    const optional = new Set(
      layout.tensors(layout.published.repeats, layout.published.sizes).flatMap((t) => (t.isOptional ? [t.name] : [])),
    );
    for (const name of [...table.keys()].filter((_, index) => index % 7 === 0)) {
      const lacking = renamed(table, (other) => (other === name ? undefined : other));
      const [network] = recognise(lacking, "file").networks;
      const wanted = optional.has(name.slice(2)) ? [] : [name];
      assert.deepEqual(network?.missing, wanted, `${layout.family} ${layout.id} without ${name}`);
      assert.equal(network.isUsable, wanted.length === 0);
    }
  }
});

test("half a model is called that, and what is missing is summed up", () => {
  const table = published(nextDitOriginal);
  const first = renamed(table, (name) => (/^layers\.(1[89]|[23]\d)\.|^final_layer/.test(name) ? undefined : name));
  assert.match(
    messageOf(first, "network.incomplete"),
    /238 of 535 tensors are missing in file: layers 18 to 35, final_layer/,
  );
  const tiny = renamed(table, (name) => (/^layers\.7\./.test(name) ? name : undefined));
  assert.match(
    messageOf(tiny, "network.incomplete"),
    /521 of 534 tensors are missing in file: layers 0 to 6, 8 to 35, noise_refiner 0 to 1/,
  );
  const gemma = renamed(published(gemma3Text, "BF16", "language_model.model."), (name) =>
    /layers\.(2[5-9]|3\d)\./.test(name) ? name : undefined,
  );
  assert.match(messageOf(gemma, "network.incomplete"), /Gemma 3 4B text encoder: \d+ of \d+ .*layers 0 to 24/);
});

test("a gap inside the layers of a small model is found", () => {
  const table = renamed(published(jinaTextMerged), (name) => (name.includes("layers.5.") ? undefined : name));
  for (const [name, tensor] of table)
    table.set(name, { ...tensor, shape: tensor.shape.map((size) => Math.ceil(size / 8)) });
  assert.match(messageOf(table, "network.incomplete"), /layers 5$/);
});

test("a tensor of another shape is found, and only that one is blamed", () => {
  for (const layout of LAYOUTS) {
    const table = published(layout);
    for (const name of [...table.keys()].filter((_, index) => index % 31 === 3)) {
      const shape = table.get(name)?.shape ?? [];
      const wrong: Table = new Map(table).set(name, entry([...shape.slice(0, -1), (shape.at(-1) ?? 0) + 2]));
      const message = messageOf(wrong, "network.misshapen");
      assert.match(message, /1 tensors/, `${layout.family} ${layout.id} ${name}`);
      assert.ok(message.includes(`${name} is [`), message);
    }
  }
});

test("weight types: bf16 passes, float16 is warned of, 8-bit and quantised are refused", () => {
  const expected: [SafetensorsType, string[]][] = [
    ["BF16", []],
    ["F32", ["type.float32"]],
    ["F16", ["type.float16"]],
    ["F8_E4M3", ["type.float8"]],
    ["F8_E5M2", ["type.float8"]],
    ["I8", ["type.quantised"]],
    ["F64", ["type.unsupported"]],
  ];
  for (const [type, codes] of expected) assert.deepEqual(codesOf(published(nextDitOriginal, type)), codes, type);
  for (const [type, codes] of expected) assert.deepEqual(codesOf(published(gemma3Text, type)), codes, type);
  assert.deepEqual(codesOf(published(fluxVaeOriginal, "F32")), []);
  assert.deepEqual(codesOf(published(fluxVaeOriginal, "F16")), []);
  assert.deepEqual(codesOf(published(jinaTextAdapter, "F16")), []);
});

test("scaled fp8 files keep their network's name though every weight has a companion", () => {
  const table = new Map([...published(nextDitOriginal, "F8_E4M3", "model.diffusion_model.")]);
  for (const name of [...table.keys()].filter((key) => key.endsWith(".weight")))
    table.set(name.replace(/weight$/, "scale_weight"), entry([1], "F32"));
  table.set("scaled_fp8", entry([0], "F8_E4M3"));
  assert.match(messageOf(table, "type.float8"), /NewBie Next-DiT: file holds 8-bit floats \(F8_E4M3\)/);
});

test("quantised weights of each tool are named", () => {
  const change = (pattern: RegExp, suffixes: readonly string[]): Table => {
    const table = new Map<string, ReturnType<typeof entry>>();
    for (const [name, tensor] of published(gemma3Text, "F16", "model."))
      if (!pattern.test(name)) table.set(name, tensor);
      else for (const suffix of suffixes) table.set(name.replace(/weight$/, suffix), entry([8, 8], "I32"));
    return table;
  };
  const linears = /_proj\.weight$/;
  assert.match(
    messageOf(change(linears, ["qweight", "qzeros", "scales", "g_idx"]), "type.quantised"),
    /Gemma 3.*GPTQ or AWQ/,
  );
  const nf4 = ["weight", "weight.absmax", "weight.quant_map", "weight.quant_state.bitsandbytes__nf4"];
  assert.match(messageOf(change(linears, nf4), "type.quantised"), /bitsandbytes/);
  assert.match(messageOf(change(linears, ["qweight", "wscales", "smooth_factor"]), "type.quantised"), /SVDQuant/);
  assert.match(messageOf(change(linears, ["weight_packed", "weight_scale"]), "type.quantised"), /compressed-tensors/);
});

test("renamed tensors are named with what they were called", () => {
  const table = published(nextDitOriginal);
  const few = renamed(table, (name) => name.replace("layers.3.attention.qkv", "layers.3.attn.in_proj"));
  const message = messageOf(few, "network.renamed");
  assert.match(message, /1 tensors of file have other names than published: layers\.3\.attn\.in_proj\.weight/);
  assert.match(message, /published as layers\.3\.attention\.qkv\.weight/);
  assert.deepEqual(codesOf(few), ["network.renamed"]);

  const all = renamed(table, (name) => name.replace("layers.", "blocks.").replace("attention.", "attn."));
  assert.match(messageOf(all, "network.renamed"), /looks like NewBie Next-DiT|have other names than published/);
  const opaque = renamed(table, (name) => name.replaceAll(/[a-z_]+/gi, (word) => `x${word.length}`));
  assert.match(messageOf(opaque, "network.renamed"), /looks like NewBie Next-DiT/);

  const vae = renamed(published(fluxVaeDiffusers), (name) => name.replace("resnets", "blocks").replace("conv_", "c_"));
  assert.match(messageOf(vae, "network.renamed"), /FLUX\.1 VAE/);
});

test("a checkpoint with several networks under their own prefixes gives all of them", () => {
  const table: Table = new Map([
    ...published(nextDitOriginal, "BF16", "model.diffusion_model."),
    ...published(fluxVaeOriginal, "F32", "first_stage_model."),
    ...published(gemma3Text, "BF16", "text_encoders.gemma3_4b.transformer.model."),
    ...published(jinaTextMerged, "BF16", "text_encoders.jina.model."),
  ]);
  table.set("text_encoders.gemma3_4b.transformer.spiece_model", entry([4689074], "U8"));
  const { networks } = recognise(table, "file");
  assert.deepEqual(networks.map(({ role, isUsable }) => [role, isUsable]).sort(), [
    ["pooledEncoder", true],
    ["textEncoder", true],
    ["transformer", true],
    ["vae", true],
  ]);
});

test("what stands beside a text tower does not disturb", () => {
  const table: Table = published(gemma3Text, "BF16", "language_model.model.");
  for (let layer = 0; layer < 27; layer++)
    for (const part of ["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj", "mlp.fc1"]) {
      table.set(`vision_tower.vision_model.encoder.layers.${layer}.${part}.weight`, entry([1152, 1152]));
      table.set(`vision_tower.vision_model.encoder.layers.${layer}.${part}.bias`, entry([1152]));
    }
  table.set("multi_modal_projector.mm_input_projection_weight", entry([1152, 2560]));
  const [network, ...others] = recognise(table, "file").networks;
  assert.deepEqual([network?.prefix, network?.isUsable, others.length], ["language_model.model.", true, 0]);
  const jina = published(jinaTextAdapter, "BF16", "text_model.transformer.roberta.");
  for (let block = 0; block < 24; block++)
    jina.set(`vision_model.blocks.${block}.attn.proj.weight`, entry([1024, 1024]));
  jina.set("logit_scale", entry([]));
  assert.deepEqual(codesOf(jina), []);
  assert.equal(recognise(jina, "file").networks[0]?.layout, "adapter");
});

test("networks that belong elsewhere are named", () => {
  const one = (...names: (string | readonly [string, readonly number[]])[]): Table =>
    tableOf(names.map((name) => (typeof name === "string" ? ([name, [8, 8]] as const) : name)));
  const lumina = renamed(published(nextDitOriginal), (name) =>
    /clip_text|time_text|layers\.(2[6-9]|3\d)\./.test(name) ? undefined : name,
  );
  lumina.set("cap_embedder.0.weight", entry([2304]));
  lumina.set("cap_embedder.1.weight", entry([2304, 2304]));
  const zImage = renamed(published(nextDitOriginal), (name) =>
    name.replace("adaLN_modulation.1", "adaLN_modulation.0"),
  );
  zImage.set("cap_pad_token", entry([1, 3840]));
  const adapters5 = published(jinaTextAdapter, "BF16", "roberta.");
  for (const [name, tensor] of adapters5)
    if (/lora_[AB]$/.test(name)) adapters5.set(name, entry([5, ...tensor.shape.slice(1)]));
  const gemma2 = renamed(published(gemma3Text, "BF16", "model."), (name) =>
    /[qk]_norm/.test(name) ? undefined : name,
  );
  const qwen3 = renamed(published(gemma3Text, "BF16", "model."), (name) =>
    /feedforward/.test(name) ? undefined : name,
  );
  const sdVae = published(fluxVaeOriginal);
  sdVae.set("decoder.conv_in.weight", entry([512, 4, 3, 3]));
  sdVae.set("quant_conv.weight", entry([8, 8, 1, 1]));
  const cases: [Table, RegExp][] = [
    [lumina, /Lumina Image 2\.0/],
    [zImage, /Z-Image/],
    [adapters5, /jina-embeddings-v3/],
    [gemma2, /Gemma 2/],
    [qwen3, /Qwen 3/],
    [sdVae, /VAE of Stable Diffusion/],
    [one("double_blocks.0.img_attn.qkv.weight", "single_blocks.0.linear1.weight", "img_in.weight"), /FLUX\.1/],
    [one("transformer_blocks.0.attn.add_q_proj.weight", "single_transformer_blocks.0.norm.linear.weight"), /FLUX\.1/],
    [
      one("model.diffusion_model.input_blocks.0.0.weight", "model.diffusion_model.label_emb.0.0.weight"),
      /Diffusion XL/,
    ],
    [one("input_blocks.0.0.weight", ["input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", [320, 768]]), /1\.5/],
    [
      one("input_blocks.0.0.weight", ["input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", [320, 1024]]),
      /Diffusion 2/,
    ],
    [one("down_blocks.0.attentions.0.transformer_blocks.0.norm1.weight", "conv_in.weight"), /UNet/],
    [one("model.diffusion_model.joint_blocks.0.x_block.attn.qkv.weight"), /Diffusion 3/],
    [one("encoder.block.0.layer.0.SelfAttention.q.weight", "shared.weight"), /T5/],
    [
      one("text_model.encoder.layers.0.self_attn.q_proj.weight", "vision_model.encoder.layers.0.mlp.fc1.weight"),
      /whole CLIP/,
    ],
    [one("text_model.encoder.layers.0.self_attn.q_proj.weight"), /CLIP text encoder/],
    [one("vision_model.blocks.0.attn.q_proj.weight", "vision_model.norm.weight"), /picture tower of Jina/],
    [one("model.layers.0.self_attn.q_proj.weight", "model.layers.0.mlp.gate_proj.weight", "lm_head.weight"), /Llama/],
    [one("body.0.rdb1.conv1.weight", "conv_first.weight"), /upscaler/],
  ];
  for (const [table, pattern] of cases) {
    const recognition = recognise(table, "file");
    assert.match(recognition.foreign ?? "", pattern);
    assert.deepEqual(recognition.networks, []);
    assert.match(messageOf(table, "network.other"), pattern);
  }
});

test("Gemma 3 of another size is named by its size", () => {
  const table = published(gemma3Text);
  for (const [name, { shape }] of table) table.set(name, entry(shape.map((size) => (size === 2560 ? 3840 : size))));
  assert.equal(recognise(table, "file").networks[0]?.title, "Gemma 3 12B text encoder");
});

test("LoRA files are recognised in each format, with what they are for", () => {
  const peft = ["lora_A.weight", "lora_B.weight"];
  const build = (modules: readonly string[], suffixes: readonly string[], joiner = "."): Table =>
    tableOf(
      modules.flatMap((module) => suffixes.map((suffix) => [`${module}${joiner}${suffix}`, [16, 2304]] as const)),
    );
  const ours = ["layers.0.attention.qkv", "noise_refiner.1.feed_forward.w2", "time_text_embed.1"];
  const dotted = ours.map((name) => `base_model.model.${name}`);
  const flat = ours.map((name) => name.replaceAll(".", "_"));
  const cases: [Table, string, boolean][] = [
    [build(dotted, peft), "peft", true],
    [
      build(
        ours.map((name) => `diffusion_model.${name}`),
        peft,
      ),
      "peft",
      true,
    ],
    [
      build(
        flat.map((name) => `lora_unet_${name}`),
        ["lora_down.weight", "lora_up.weight", "alpha"],
      ),
      "kohya",
      true,
    ],
    [
      build(
        flat.map((name) => `lycoris_${name}`),
        ["lokr_w1", "lokr_w2_a", "lokr_w2_b", "alpha"],
      ),
      "lokr",
      true,
    ],
    [build(dotted, [...peft, "lora_magnitude_vector"]), "dora", true],
    [
      build(
        flat.map((name) => `lycoris_${name}`),
        ["hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b"],
      ),
      "loha",
      true,
    ],
    [
      build(["lora_unet_double_blocks_0_img_attn_qkv"], ["lora_down.weight", "lora_up.weight", "alpha"]),
      "kohya",
      false,
    ],
    [build(["lora_unet_down_blocks_1_attentions_0_proj_in"], ["lora_down.weight", "lora_up.weight"]), "kohya", false],
  ];
  for (const [table, format, isForNewBie] of cases) {
    const { lora, networks } = recognise(table, "file");
    assert.deepEqual([lora?.format, lora?.isForNewBie, networks.length], [format, isForNewBie, 0]);
    if (format === "peft") assert.deepEqual(lora?.ranks, [16]);
  }
});

test("nonsense, empty and hostile tables get a named finding and little time", () => {
  assert.deepEqual(codesOf(new Map()), ["network.unknown"]);
  assert.deepEqual(
    codesOf(
      tableOf([
        ["__proto__", [1]],
        ["constructor", [2]],
        ["", []],
      ]),
    ),
    ["network.unknown"],
  );
  assert.match(messageOf(tableOf([["x".repeat(10_000), [1]]]), "network.unknown"), /^.{1,300}$/);
  const startedAt = performance.now();
  const hostile = tableOf(
    Array.from(
      { length: 200_000 },
      (_, i) => [`layers.${i * 1e6}.attention.qkv.weight.${"a.".repeat(20)}`, [i]] as const,
    ),
  );
  for (let i = 0; i < 1000; i++) hostile.set(`layers.${i}.attention.qkv.weight`, entry([i, i]));
  codesOf(hostile);
  assert.ok(performance.now() - startedAt < 8000, `${performance.now() - startedAt} ms`);
});
