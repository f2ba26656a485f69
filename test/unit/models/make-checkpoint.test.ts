import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { checkpointBytes, newbieCheckpoint } from "../../../models/make-checkpoint.ts";
import { openModelFolder } from "../../../models/model-folder.ts";
import { gemma3TextTensors } from "../../../models/newbie-exp0.1/gemma3-text-tensors.ts";
import { PUBLISHED_GEMMA3_TEXT } from "../../../models/newbie-exp0.1/published-configs.ts";
import { writeSyntheticModel } from "../../../models/synthetic.ts";
import { createInference } from "../../../src-main/engine/inference.ts";
import { createCancelBuffer } from "../../../src-main/engine/shared-cancel.ts";
import { readChecksums, writeChecksums } from "../../../src-main/graph/checksums.ts";
import { elementCount } from "../../../src-main/graph/safetensors.ts";
import { engineJob } from "../../fixtures/engine/jobs.ts";

const folder = mkdtempSync(path.join(tmpdir(), "tachie-checkpoint-"));
after(() => rmSync(folder, { recursive: true }));

test("Gemma 3's text tower has the published number of parameters, with and without the last layer", () => {
  let all = 0;
  let used = 0;
  for (const [name, shape] of gemma3TextTensors(PUBLISHED_GEMMA3_TEXT)) {
    const count = elementCount(shape) ?? NaN;
    all += count;
    if (!/\.layers\.33\.|model\.norm\./.test(name)) used += count;
  }
  assert.deepEqual([all, used], [3_880_263_168, 3_785_878_016]);
  assert.equal(checkpointBytes(newbieCheckpoint("full", 0)) / 2, 3_486_636_096 + 83_819_683 + 558_314_496 + all);
});

test("sums that are taken while writing are those of the files", async () => {
  const model = path.join(folder, "summed");
  writeSyntheticModel(model, { ...newbieCheckpoint("small", 1), hasSums: true });
  const written = await readChecksums(model);
  assert.equal(written?.size, 7);
  assert.deepEqual(await writeChecksums(model), written);
});

test("a small checkpoint runs through all five networks, and its text encoders both matter", async () => {
  const model = path.join(folder, "small");
  writeSyntheticModel(model, newbieCheckpoint("small", 3));
  assert.equal(openModelFolder(model).manifest.textEncoding, "gemma3+jina");
  const inference = createInference(() => undefined);
  const pictures = [];
  for (const texts of [
    { system: "", positive: "1girl", negative: "" },
    { system: "a prefix that only Gemma reads ", positive: "1girl", negative: "" },
  ]) {
    const job = { ...engineJob(model), texts, size: { width: 32, height: 32 } };
    const context = { signal: new AbortController().signal, progress: () => undefined };
    const { image } = await inference.generate({ job, cancel: createCancelBuffer() }, context);
    pictures.push(Buffer.from(image.pixels).toString("hex"));
  }
  assert.notEqual(pictures[0], pictures[1]);
});
