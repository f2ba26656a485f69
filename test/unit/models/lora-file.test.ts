import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { openLora } from "../../../models/newbie-exp0.1/lora-file.ts";
import { openLoraUpdates } from "../../../models/newbie-exp0.1/lora.ts";
import { inferNextDitConfig } from "../../../models/newbie-exp0.1/next-dit-config.ts";
import { nextDitTensors } from "../../../models/newbie-exp0.1/next-dit-tensors.ts";
import { buildNextDitStepGraph } from "../../../models/newbie-exp0.1/next-dit.ts";
import { writeSafetensors } from "../../../src-main/graph/safetensors.ts";
import type { TensorToWrite } from "../../../src-main/graph/safetensors.ts";
import { TINY_MODEL } from "../../fixtures/engine/tiny-model.ts";
import { floatTensor } from "../../fixtures/reference/lora.ts";
import { randomCheckpoint } from "../../fixtures/reference/random-network.ts";
import { temporaryFolder } from "../graph/temporary-folder.ts";
import { nextDitFields } from "../../../models/newbie-exp0.1/published-configs.ts";

const DIM = 48;
const RANK = 4;
const OUT = "layers.0.attention.out";

/** A tensor of small values. */
function tensor(name: string, ...shape: number[]): TensorToWrite {
  return floatTensor(name, shape, Array<number>(shape.reduce((product, size) => product * size, 1)).fill(0.5));
}

function pair(module: string, suffix = ""): TensorToWrite[] {
  return [tensor(`${module}.lora_A${suffix}.weight`, RANK, DIM), tensor(`${module}.lora_B${suffix}.weight`, DIM, RANK)];
}

interface Case {
  readonly tensors: readonly TensorToWrite[];
  readonly metadata?: Readonly<Record<string, string>>;
  readonly config?: unknown;
  readonly name?: string;
}

function write(context: TestContext, { tensors, metadata, config, name = "adapter_model.safetensors" }: Case): string {
  const folder = temporaryFolder(context);
  const file = path.join(folder, name);
  writeSafetensors(file, tensors, metadata);
  if (config !== undefined)
    writeFileSync(
      path.join(folder, "adapter_config.json"),
      typeof config === "string" ? config : JSON.stringify(config),
    );
  return file;
}

test("the scale is alpha over rank, from wherever the format puts alpha", (context) => {
  const metadata = { lora_alpha: "6", lora_rank: "3" };
  const peft = `base_model.model.${OUT}`;
  const alpha = floatTensor(`${OUT}.alpha`, [], [2]);
  const whole = [tensor(`${OUT}.lokr_w1`, 4, 4), tensor(`${OUT}.lokr_w2`, 12, 12)];
  const inTwo = [tensor(`${OUT}.lokr_w1`, 4, 4), tensor(`${OUT}.lokr_w2_a`, 12, 2), tensor(`${OUT}.lokr_w2_b`, 2, 12)];
  for (const [wanted, given] of [
    [1, { tensors: pair(OUT) }],
    [0.5, { tensors: [...pair(OUT), alpha] }],
    [2, { tensors: pair(OUT), metadata }],
    [1.5, { tensors: pair(OUT), metadata: { lora_alpha: "6" } }],
    [4, { tensors: pair(peft), config: { r: RANK, lora_alpha: 16 } }],
    [8, { tensors: pair(peft), config: { r: RANK, lora_alpha: 16, use_rslora: true } }],
    [4, { tensors: pair(peft), config: { r: RANK, lora_alpha: 16 }, metadata }],
    [2, { tensors: pair(peft), config: { r: RANK, lora_alpha: 16 }, metadata, name: "other.safetensors" }],
    [4, { tensors: pair(peft), config: { r: RANK, lora_alpha: 16 }, name: "other.safetensors" }],
    [0.5, { tensors: [...pair(OUT), alpha], config: { r: RANK, lora_alpha: 16 } }],
    [
      3,
      {
        tensors: pair(peft),
        config: { r: 9, lora_alpha: 1, rank_pattern: { "attention.out": 4 }, alpha_pattern: { out: 12 } },
      },
    ],
    [
      3,
      {
        tensors: pair(peft),
        config: { r: 4, lora_alpha: 1, alpha_pattern: { "layers\\.\\d+\\.attention\\.out": 12 } },
      },
    ],
    [3, { tensors: pair(peft), config: { r: 4, lora_alpha: 1, alpha_pattern: { qkv: 2, [OUT]: 12 } } }],
    [0.25, { tensors: pair(peft), config: { r: 4, lora_alpha: 1, alpha_pattern: { ut: 12 } } }],
    [1, { tensors: whole, metadata }],
    [1, { tensors: [...whole, alpha] }],
    [1, { tensors: [...inTwo, alpha] }],
    [2, { tensors: inTwo, metadata }],
    [1, { tensors: inTwo }],
  ] as const)
    assert.equal(openLora(write(context, given)).modules[0]?.scale, wanted, JSON.stringify({ ...given, tensors: 0 }));
});

test("files that cannot be applied are typed errors that name the tensor", (context) => {
  const fields = nextDitFields(TINY_MODEL.transformer);
  const checkpoint = randomCheckpoint(context, nextDitTensors(TINY_MODEL.transformer), { seed: 1, config: fields });
  const network = inferNextDitConfig(checkpoint);
  const [down, up] = pair(OUT) as [TensorToWrite, TensorToWrite];
  const w1 = tensor(`${OUT}.lokr_w1`, 4, 4);
  const w2 = tensor(`${OUT}.lokr_w2`, 12, 12);
  const peft = pair(`base_model.model.${OUT}`);
  const cases: readonly (readonly [string, RegExp, Case])[] = [
    [
      "model.unsupported",
      /lora_magnitude_vector.*DoRA/,
      { tensors: [...pair(OUT), tensor(`${OUT}.lora_magnitude_vector`, DIM)] },
    ],
    ["model.unsupported", /dora_scale.*DoRA/, { tensors: [...pair(OUT), tensor(`${OUT}.dora_scale`, DIM, 1)] }],
    ["model.unsupported", /DoRA/, { tensors: peft, config: { r: RANK, lora_alpha: 4, use_dora: true } }],
    ["model.unsupported", /hada_w1_a.*LoHa/, { tensors: [tensor(`${OUT}.hada_w1_a`, DIM, RANK)] }],
    ["model.unsupported", /lokr_t2/, { tensors: [w1, tensor(`${OUT}.lokr_t2`, 2, 2)] }],
    ["model.unsupported", /out\.bias/, { tensors: [...pair(OUT), tensor(`${OUT}.bias`, DIM)] }],
    ["model.unsupported", /x\.weight/, { tensors: [tensor("x.weight", 2, 2)] }],
    ["model.unsupported", /no tensors/, { tensors: [] }],
    [
      "model.unsupported",
      /several adapters: a, b/,
      { tensors: [...pair(OUT, ".a"), ...pair("layers.1.attention.out", ".b")] },
    ],
    ["model.unsupported", /same factor/, { tensors: [...pair(OUT), tensor(`${OUT}.lora_down.weight`, RANK, DIM)] }],
    ["model.unsupported", /means the same as/, { tensors: [...pair(OUT), ...pair(`transformer.${OUT}`)] }],
    ["model.unsupported", /beside Kronecker/, { tensors: [...pair(OUT), w1, w2] }],
    [
      "model.unsupported",
      /whole and in two/,
      { tensors: [w1, w2, tensor(`${OUT}.lokr_w2_a`, 12, 2), tensor(`${OUT}.lokr_w2_b`, 2, 12)] },
    ],
    [
      "model.unsupported",
      /type I64/,
      { tensors: [{ name: up.name, type: "I64", shape: [1, 1], data: new Uint8Array(8) }, down] },
    ],
    ["model.incomplete", /lora_B/, { tensors: [down] }],
    ["model.incomplete", /lora_A/, { tensors: [up] }],
    ["model.incomplete", /lokr_w2/, { tensors: [w1] }],
    ["model.incomplete", /lokr_w2_b/, { tensors: [w1, tensor(`${OUT}.lokr_w2_a`, 12, 2)] }],
    ["model.incomplete", /lora_/, { tensors: [floatTensor(`${OUT}.alpha`, [], [1])] }],
    ["model.mismatch", /lora_B.*\[48, 3\].*\[4, 48\]/, { tensors: [down, tensor(up.name, DIM, 3)] }],
    ["model.mismatch", /attention\.out.*\[47, 48\].*\[48, 48\]/, { tensors: [down, tensor(up.name, DIM - 1, RANK)] }],
    [
      "model.mismatch",
      /lokr_w2_a/,
      { tensors: [w1, tensor(`${OUT}.lokr_w2_a`, 12, 2), tensor(`${OUT}.lokr_w2_b`, 3, 12)] },
    ],
    ["model.mismatch", /\[48, 52\].*lokr_w2/, { tensors: [w1, tensor(w2.name, 12, 13)] }],
    ["model.mismatch", /must be a matrix/, { tensors: [down, tensor(up.name, DIM, RANK, 1)] }],
    ["model.mismatch", /must be a matrix/, { tensors: [tensor(down.name, 0, DIM), tensor(up.name, DIM, 0)] }],
    ["model.mismatch", /single number/, { tensors: [...pair(OUT), tensor(`${OUT}.alpha`, 2)] }],
    ["model.mismatch", /layers\.9\.attention\.out/, { tensors: pair("layers.9.attention.out") }],
    ["model.mismatch", /context_refiner\.0\.adaLN/, { tensors: pair("context_refiner.0.adaLN_modulation.1") }],
    ["model.mismatch", /lora_te_x, a\.b/, { tensors: [...pair("lora_te_x"), ...pair("a.b"), ...pair(OUT)] }],
    ["model.mismatch", /and 4 more/, { tensors: Array.from({ length: 12 }, (_, i) => pair(`blocks.${i}`)).flat() }],
    ["model.mismatch", /another adapter/, { tensors: peft, config: { r: 8, lora_alpha: 4 } }],
    ["model.mismatch", /not JSON/, { tensors: peft, config: "{" }],
    ["model.mismatch", /must hold an object/, { tensors: peft, config: [1] }],
    ["model.mismatch", /lora_alpha must be a number/, { tensors: peft, config: { r: 4, lora_alpha: "4" } }],
    ["model.mismatch", /"x" as lora_alpha/, { tensors: peft, metadata: { lora_alpha: "x" } }],
    ["model.mismatch", /"0" as lora_rank/, { tensors: peft, metadata: { lora_alpha: "1", lora_rank: "0" } }],
    ["model.non-finite", /alpha/, { tensors: [...pair(OUT), floatTensor(`${OUT}.alpha`, [], [NaN])] }],
    [
      "model.non-finite",
      /lora_B.*element 7/,
      {
        tensors: [
          down,
          floatTensor(
            up.name,
            [DIM, RANK],
            Array<number>(DIM * RANK)
              .fill(1)
              .with(7, NaN),
          ),
        ],
      },
    ],
  ];
  for (const [code, message, given] of cases) {
    const file = write(context, given);
    const use = (): unknown =>
      buildNextDitStepGraph(network, checkpoint, {
        updates: openLoraUpdates(network, checkpoint, [{ file, strength: 1 }]),
      });
    assert.throws(use, { code, message }, `${code} ${message.source}`);
  }
  const huge = write(context, { tensors: pair(OUT) });
  assert.throws(() => openLoraUpdates(network, checkpoint, [{ file: huge, strength: 1e300 }]), {
    code: "model.non-finite",
  });
  const text = path.join(temporaryFolder(context), "a.safetensors");
  assert.throws(() => openLora(text), { code: "file.not-found" });
  writeFileSync(text, "hello");
  assert.throws(() => openLora(text), { code: "safetensors.invalid" });
});
