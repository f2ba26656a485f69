/** @file PNGs of other tools, in the forms that these write; and the same forms damaged. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { PngReading } from "../../../../src-main/contract/studio.ts";
import { FOREIGN_TOOLS } from "../../../../src-main/studio/png/foreign-tool.ts";
import { readForeign } from "../../../../src-main/studio/png/foreign/read-foreign.ts";
import { readPng } from "../../../../src-main/studio/png/read-png.ts";
import { ownPng, ownRecord, pngWithTexts } from "../../../fixtures/own-png.ts";

const XML = "<character_1>\n  <n>aoi</n>\n</character_1>\n<caption>a, b: c</caption>";

async function read(texts: Readonly<Record<string, string>>): Promise<PngReading> {
  return readPng(await pngWithTexts(texts), () => undefined);
}

/** What the official template of ComfyUI's interface sends, in short; the seed beside the sampler. */
const COMFY_PROMPT = {
  "3": {
    class_type: "KSampler",
    inputs: {
      seed: 42,
      steps: 28,
      cfg: 4.5,
      sampler_name: "res_multistep",
      scheduler: "linear_quadratic",
      denoise: 1,
      model: ["11", 0],
      positive: ["20", 0],
      negative: ["7", 0],
      latent_image: ["13", 0],
    },
  },
  "7": { class_type: "CLIPTextEncode", inputs: { text: "lowres", clip: ["10", 0] } },
  "6": { class_type: "CLIPTextEncode", inputs: { text: ["30", 0], clip: ["10", 0] } },
  "20": { class_type: "ConditioningZeroOut", inputs: { conditioning: ["6", 0] } },
  "30": { class_type: "NewBieAssembler", inputs: { xml: XML } },
  "11": { class_type: "ModelSamplingAuraFlow", inputs: { shift: 6, model: ["12", 0] } },
  "12": { class_type: "UNETLoader", inputs: { unet_name: "newbie.safetensors" } },
  "10": { class_type: "CLIPLoader", inputs: { clip_name: "gemma.safetensors" } },
  "13": { class_type: "EmptySD3LatentImage", inputs: { width: 832, height: 1216, batch_size: 1 } },
};

test("A1111, Forge and Krita: prompt over several lines, XML in it, quoted values", async () => {
  const parameters = [
    XML,
    "Negative prompt: lowres,",
    "bad hands: all",
    'Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 5.5, Seed: 123, Size: 832x1216, Lora hashes: "a: b, c: d", Model: x, Version: f2.0',
  ].join("\n");
  assert.deepEqual(await read({ parameters }), {
    kind: "foreign",
    tool: "a1111",
    prompt: XML,
    negative: "lowres,\nbad hands: all",
    settings: {
      seed: 123,
      size: { width: 832, height: 1216 },
      sampling: { steps: 20, guidance: 5.5, solver: "dpmpp_2m" },
    },
  });
});

test("what we write in that form ourselves is read from it too, where our own chunk was lost", async () => {
  const { writeParameters } = await import("../../../../src-main/studio/png/parameters.ts");
  const record = ownRecord();
  const reading = await read({ parameters: writeParameters(record, "0.1.0") });
  assert.ok(reading.kind === "foreign");
  assert.deepEqual(reading.settings, {
    seed: record.seed,
    size: { width: record.width, height: record.height },
    sampling: record.sampling,
  });
  assert.equal(reading.prompt, record.prompt);
});

test("ComfyUI: the API's graph, followed along its links", async () => {
  const wanted = {
    kind: "foreign",
    tool: "comfyui",
    prompt: XML,
    negative: "lowres",
    settings: {
      seed: 42,
      size: { width: 832, height: 1216 },
      sampling: { steps: 28, guidance: 4.5, solver: "res_multistep", schedule: "linear_quadratic", shift: 6 },
    },
  };
  assert.deepEqual(await read({ prompt: JSON.stringify(COMFY_PROMPT) }), wanted);
  const withNaN = JSON.stringify(COMFY_PROMPT).replace('"denoise":1', '"denoise":1,"is_changed":[NaN]');
  assert.deepEqual(await read({ prompt: withNaN, workflow: '{"nodes": []}' }), wanted);
});

test("ComfyUI: samplers in parts, and seeds that no number of ours can hold", async () => {
  const graph = {
    "1": {
      class_type: "SamplerCustomAdvanced",
      inputs: { noise: ["2", 0], guider: ["3", 0], sampler: ["4", 0], sigmas: ["5", 0], latent_image: ["8", 0] },
    },
    "2": { class_type: "RandomNoise", inputs: { noise_seed: 7 } },
    "3": { class_type: "CFGGuider", inputs: { cfg: 4, positive: ["6", 0], negative: ["7", 0], model: ["9", 0] } },
    "4": { class_type: "KSamplerSelect", inputs: { sampler_name: "euler" } },
    "5": { class_type: "BasicScheduler", inputs: { scheduler: "simple", steps: 30 } },
    "6": { class_type: "CLIPTextEncode", inputs: { text: "1girl" } },
    "7": { class_type: "CLIPTextEncode", inputs: { text: "" } },
    "8": { class_type: "EmptyLatentImage", inputs: { width: 1024, height: 1024 } },
  };
  const reading = await read({ prompt: JSON.stringify(graph) });
  assert.deepEqual(reading, {
    kind: "foreign",
    tool: "comfyui",
    prompt: "1girl",
    settings: {
      seed: 7,
      size: { width: 1024, height: 1024 },
      sampling: { steps: 30, guidance: 4, solver: "euler", schedule: "shift" },
    },
  });
  const large = JSON.stringify(graph).replace('"noise_seed":7', '"noise_seed":18446744073709551615');
  const other = await read({ prompt: large });
  assert.ok(other.kind === "foreign" && !("seed" in other.settings));
});

test("ComfyUI: the interface's own form, where values have no names", async () => {
  const workflow = {
    nodes: [
      {
        id: 3,
        type: "KSampler",
        inputs: [
          { name: "positive", link: 1 },
          { name: "negative", link: 2 },
          { name: "latent_image", link: 3 },
        ],
        widgets_values: [99, "randomize", 20, 5.5, "euler", "simple", 1],
      },
      { id: 6, type: "CLIPTextEncode", inputs: [{ name: "clip", link: null }], widgets_values: [XML] },
      { id: 7, type: "CLIPTextEncode", widgets_values: ["blurry"] },
      { id: 5, type: "EmptySD3LatentImage", widgets_values: [1024, 1536, 1] },
    ],
    links: [
      [1, 6, 0, 3, 1, "CONDITIONING"],
      [2, 7, 0, 3, 2, "CONDITIONING"],
      [3, 5, 0, 3, 3, "LATENT"],
    ],
  };
  assert.deepEqual(await read({ workflow: JSON.stringify(workflow) }), {
    kind: "foreign",
    tool: "comfyui",
    prompt: XML,
    negative: "blurry",
    settings: {
      seed: 99,
      size: { width: 1024, height: 1536 },
      sampling: { steps: 20, guidance: 5.5, solver: "euler", schedule: "shift" },
    },
  });
});

test("NovelAI before and since its characters", async () => {
  const old = {
    prompt: "1girl",
    uc: "lowres",
    steps: 28,
    scale: 5,
    seed: 9,
    sampler: "k_euler",
    width: 832,
    height: 1216,
  };
  const caption = (base: string, ...characters: string[]) => ({
    caption: {
      base_caption: base,
      char_captions: characters.map((char_caption) => ({ char_caption, centers: [{ x: 0.5, y: 0.5 }] })),
    },
    use_coords: false,
  });
  const settings = {
    seed: 9,
    size: { width: 832, height: 1216 },
    sampling: { steps: 28, guidance: 5, solver: "euler" },
  };
  const head = { kind: "foreign", tool: "novelai" };
  assert.deepEqual(await read({ Software: "NovelAI", Description: "1girl", Comment: JSON.stringify(old) }), {
    ...head,
    prompt: "1girl",
    negative: "lowres",
    settings,
  });
  const now = {
    ...old,
    v4_prompt: caption("2girls", "girl, red hair", "girl, blue hair"),
    v4_negative_prompt: caption("bad", ""),
  };
  assert.deepEqual(await read({ Comment: JSON.stringify(now) }), {
    ...head,
    prompt: "2girls\n| girl, red hair\n| girl, blue hair",
    negative: "bad",
    settings,
  });
});

test("InvokeAI, SwarmUI, Fooocus in both of its forms, Stability Matrix", async () => {
  const size = { width: 1024, height: 768 };
  const invokeai = {
    positive_prompt: "p",
    negative_prompt: "n",
    ...size,
    seed: 1,
    cfg_scale: 7,
    steps: 30,
    scheduler: "euler",
  };
  assert.deepEqual(await read({ invokeai_metadata: JSON.stringify(invokeai) }), {
    kind: "foreign",
    tool: "invokeai",
    prompt: "p",
    negative: "n",
    settings: { seed: 1, size, sampling: { steps: 30, guidance: 7, solver: "euler" } },
  });
  const swarm = {
    sui_image_params: { prompt: "p", negativeprompt: "n", model: "m", seed: 2, steps: 20, cfgscale: 4, ...size },
    sui_extra_data: { date: "x", original_prompt: "<random:p>" },
  };
  assert.deepEqual(await read({ parameters: JSON.stringify(swarm) }), {
    kind: "foreign",
    tool: "swarmui",
    prompt: "p",
    negative: "n",
    settings: { seed: 2, size, sampling: { steps: 20, guidance: 4 } },
  });
  const fooocus = {
    prompt: "p",
    negative_prompt: "n",
    resolution: "(1024, 768)",
    seed: "3",
    steps: 30,
    guidance_scale: 4,
    sampler: "dpmpp_2m_sde_gpu",
  };
  assert.deepEqual(await read({ parameters: JSON.stringify(fooocus), fooocus_scheme: "fooocus" }), {
    kind: "foreign",
    tool: "fooocus",
    prompt: "p",
    negative: "n",
    settings: { seed: 3, size, sampling: { steps: 30, guidance: 4 } },
  });
  const text = "p\nNegative prompt: n\nSteps: 30, Sampler: Euler, CFG scale: 4, Seed: 3, Size: 1024x768";
  const euler = { seed: 3, size, sampling: { steps: 30, guidance: 4, solver: "euler" } };
  assert.deepEqual(await read({ parameters: text, fooocus_scheme: "a1111" }), {
    kind: "foreign",
    tool: "fooocus",
    prompt: "p",
    negative: "n",
    settings: euler,
  });
  const matrix = {
    PositivePrompt: "p",
    NegativePrompt: "n",
    Steps: 30,
    CfgScale: 4,
    Seed: 3,
    Width: 1024,
    Height: 768,
    Sampler: "euler",
  };
  for (const texts of [{ "parameters-json": JSON.stringify(matrix) }, { parameters: text, smproj: "{}" }])
    assert.deepEqual(await read(texts), {
      kind: "foreign",
      tool: "stability-matrix",
      prompt: "p",
      negative: "n",
      settings: euler,
    });
});

test("our own pictures give their record, with the library's file where it has that picture", async () => {
  const bytes = await ownPng();
  const known = readPng(bytes, (id) => (id === ownRecord().id ? "/library/x.png" : undefined));
  assert.ok(known.kind === "own");
  assert.deepEqual(
    [known.record.file, known.record.isFileMissing, known.record.prompt],
    ["/library/x.png", false, ownRecord().prompt],
  );
  const unknown = readPng(bytes, () => undefined);
  assert.ok(unknown.kind === "own" && unknown.record.isFileMissing && unknown.record.file === "");
  assert.deepEqual(await read({ Title: "a picture" }), { kind: "nothing" });
  assert.throws(() => readPng(bytes.subarray(0, 100), () => undefined), { code: "image.invalid" });
});

/** Values in the place of any other. */
const ODD: readonly unknown[] = [
  null,
  0,
  -1,
  1e308,
  "",
  "x".repeat(5000),
  true,
  [],
  {},
  [[]],
  ["3", 0],
  ["__proto__", 0],
  "\ud800",
];

test("20,000 damaged texts of every tool are read somehow, quickly, and within the limits", (context) => {
  let state = 7;
  const random = (below: number): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % below;
  };
  const damage = (value: unknown): unknown => {
    if (random(12) === 0) return ODD[random(ODD.length)];
    if (Array.isArray(value)) return value.map(damage);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => [random(20) === 0 ? "__proto__" : name, damage(field)]),
    );
  };
  const objects: readonly object[] = [
    COMFY_PROMPT,
    {
      nodes: [{ id: 3, type: "KSampler", inputs: [{ name: "positive", link: 1 }], widgets_values: [1, "", 2] }],
      links: [[1, 3, 0, 3]],
    },
    { prompt: "p", uc: "n", v4_prompt: { caption: { base_caption: "b", char_captions: [{ char_caption: "c" }] } } },
    { positive_prompt: "p", seed: 1, sui_image_params: { prompt: "p", seed: 1 }, resolution: "(1, 2)", steps: 3 },
  ];
  let slowestMs = 0;
  for (let round = 0; round < 20_000; round++) {
    const json = JSON.stringify(damage(objects[round % objects.length]));
    const text = random(3) > 0 ? json : json.slice(0, random(json.length));
    const line = `a\nNegative prompt: b\nSteps: ${text}, Seed: 1, Size: ${random(99)}x5, ${'"'.repeat(random(5))}: ${text}`;
    const texts = ["prompt", "workflow", "Comment", "invokeai_metadata", "parameters-json"].map((keyword) => ({
      keyword,
      text,
    }));
    texts.push({ keyword: "parameters", text: random(2) === 0 ? text : line });
    const startedAt = performance.now();
    const tool = FOREIGN_TOOLS[round % FOREIGN_TOOLS.length] ?? "a1111";
    const { prompt, negative, settings } = readForeign(tool, texts);
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    assert.ok(typeof prompt === "string" && (negative === undefined || typeof negative === "string"));
    assert.ok(prompt.isWellFormed());
    const { steps, guidance } = settings.sampling ?? {};
    assert.ok(steps === undefined || (Number.isInteger(steps) && steps >= 1 && steps <= 200));
    assert.ok(guidance === undefined || (guidance >= 0 && guidance <= 50));
    assert.ok(settings.seed === undefined || Number.isSafeInteger(settings.seed));
  }
  context.diagnostic(`slowest ${slowestMs.toFixed(1)} ms`);
  assert.equal(({} as { polluted?: unknown }).polluted, undefined);
});

test("texts made to be slow are not", () => {
  const size = 1 << 20;
  const slow: string[] = [
    "a: ".repeat(size / 3),
    `a,b,c ${"w ".repeat(size / 2)}`,
    `${"k".repeat(size)}: v, a: b, c: d, e: f`,
    `Steps: 1, a: b, c: "${"\\".repeat(size)}`,
    "Negative prompt:\n".repeat(size / 17),
    `{"prompt": ${" ".repeat(size)}NaN`,
    `{${'"a":[NaN,'.repeat(size / 9)}`,
    "[".repeat(size),
    `{"1":{"class_type":"KSampler","inputs":{"positive":["1",0],"latent_image":["1",0],"text":["1",0]}}}`,
  ];
  const chain = Object.fromEntries(
    Array.from({ length: 20_000 }, (_, index) => [
      String(index),
      {
        class_type: "KSampler",
        inputs: { positive: [String(index + 1), 0], latent_image: [String((index * 7) % 20_000), 0] },
      },
    ]),
  );
  slow.push(JSON.stringify(chain));
  for (const tool of FOREIGN_TOOLS)
    for (const text of slow) {
      const startedAt = performance.now();
      const texts = ["prompt", "workflow", "Comment", "invokeai_metadata", "parameters", "fooocus_scheme"];
      readForeign(
        tool,
        texts.map((keyword) => ({ keyword, text })),
      );
      const ms = performance.now() - startedAt;
      assert.ok(ms < 1000, `${tool} took ${ms} ms for ${text.slice(0, 40)}`);
    }
});
