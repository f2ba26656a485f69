import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import type { ModelInfo } from "../../../src-main/contract/engine.ts";
import type { EngineJob, LoraChoice } from "../../../src-main/contract/generation.ts";
import { createInference } from "../../../src-main/engine/inference.ts";
import { createCancelBuffer } from "../../../src-main/engine/shared-cancel.ts";
import { writeSafetensors } from "../../../src-main/graph/safetensors.ts";
import { engineJob } from "../../fixtures/engine/jobs.ts";
import { modelShelf } from "../../fixtures/engine/tiny-model.ts";
import { at } from "../../fixtures/reference/arithmetic.ts";
import { ADAPTER_FORMATS } from "../../fixtures/reference/lora.ts";

const shelf = modelShelf();
after(shelf.remove);
const tiny = shelf.write("tiny");
const loaded: (ModelInfo | undefined)[] = [];
const inference = createInference((model) => void loaded.push(model));
const { signal } = new AbortController();

async function pixelsOf(job: EngineJob): Promise<string> {
  const context = { signal, progress: () => undefined };
  const { image } = await inference.generate({ job, cancel: createCancelBuffer() }, context);
  return Buffer.from(image.pixels).toString("base64");
}

/** An adapter for a map that the prompt goes through and for one that it does not. */
function writeAdapter(name: string, format: string): string {
  const file = path.join(shelf.folder, name);
  const make = ADAPTER_FORMATS[format];
  if (make === undefined) throw new Error(`no format ${format}`);
  const modules = ["context_refiner.0.attention.out", "layers.0.attention.out"];
  writeSafetensors(
    file,
    modules.flatMap((module) => make(module, 48, 48, "F32").tensors),
  );
  return file;
}

const adapted = (...loras: LoraChoice[]): EngineJob => engineJob(tiny, { loras, size: { width: 32, height: 32 } });

test("adapters, strengths and their files decide the picture; what was kept of one is not used for another", async () => {
  const [peft, lokr] = [writeAdapter("a.safetensors", "peft"), writeAdapter("b.safetensors", "lokr, whole")];
  const jobs = [
    adapted(),
    adapted({ file: peft, strength: 1 }),
    adapted({ file: peft, strength: 0.5 }),
    adapted({ file: lokr, strength: 1 }),
    adapted({ file: peft, strength: 1 }, { file: lokr, strength: 1 }),
  ];
  const pictures: string[] = [];
  for (const job of jobs) pictures.push(await pixelsOf(job));
  assert.equal(new Set(pictures).size, jobs.length);
  for (const [index, job] of jobs.entries()) assert.equal(await pixelsOf(job), pictures[index]);
  assert.equal(await pixelsOf(adapted({ file: peft, strength: 0 })), pictures[0]);

  renameSync(writeAdapter("c.safetensors", "kohya"), peft);
  assert.notEqual(await pixelsOf(at(jobs, 1)), pictures[1]);
  const config = path.join(shelf.folder, "adapter_config.json");
  renameSync(writeAdapter("d.safetensors", "peft"), peft);
  assert.equal(await pixelsOf(at(jobs, 1)), pictures[1]);
  writeFileSync(config, JSON.stringify({ r: 3, lora_alpha: 1.5 }));
  assert.equal(await pixelsOf(at(jobs, 1)), pictures[2]);
});

test("the same adapters stay loaded; a bad one is refused by name and leaves the model in memory", async () => {
  const file = writeAdapter("e.safetensors", "kohya");
  await pixelsOf(adapted({ file, strength: 1 }));
  loaded.length = 0;
  await pixelsOf({ ...adapted({ file, strength: 1 }), seed: 99 });
  const missing = path.join(shelf.folder, "missing.safetensors");
  await assert.rejects(pixelsOf(adapted({ file: missing, strength: 1 })), {
    code: "file.not-found",
    message: /missing/,
  });
  await assert.rejects(pixelsOf(adapted({ file: path.join(tiny, "model.json"), strength: 1 })), {
    code: "safetensors.invalid",
  });
  assert.deepEqual(loaded, []);
});
