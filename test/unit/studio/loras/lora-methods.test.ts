import assert from "node:assert/strict";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createHash } from "node:crypto";
import path from "node:path";
import { test } from "node:test";
import { writeSyntheticModel } from "../../../../models/synthetic.ts";
import type { LoraFile } from "../../../../src-main/contract/loras.ts";
import { writeSafetensors } from "../../../../src-main/graph/safetensors.ts";
import { parseOwnRecord } from "../../../../src-main/studio/png/own-record.ts";
import { TINY_MODEL } from "../../../fixtures/engine/tiny-model.ts";
import { StudioStand } from "../../../fixtures/studio-stand.ts";
import { ADAPTER_FORMATS, floatTensor } from "../../../fixtures/reference/lora.ts";

/** An adapter for NewBie's attention, in a format of the reference. */
function writeAdapter(file: string, format = "kohya", module = "layers.0.attention.out"): string {
  mkdirSync(path.dirname(file), { recursive: true });
  const make = ADAPTER_FORMATS[format];
  assert.ok(make);
  writeSafetensors(file, make(module, 48, 48, "F32").tensors, {}, { canReplace: true });
  return file;
}

const sumOf = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

test("files in the folder are listed by what their headers say, with the reason why one cannot be used", async () => {
  await using stand = new StudioStand();
  const { folder } = await stand.client.loras({});
  assert.equal(folder, path.join(stand.root, "loras"));
  const good = writeAdapter(path.join(folder, "styles", "soft.safetensors"));
  writeAdapter(path.join(folder, "foreign.safetensors"), "kohya", "lora_unet_double_blocks_0_img_attn_proj");
  writeFileSync(path.join(folder, "broken.safetensors"), "not weights");
  writeFileSync(path.join(folder, "notes.txt"), "not listed");
  writeAdapter(path.join(folder, ".trash", "old.safetensors"));
  const module = "layers.0.attention.out";
  writeSafetensors(path.join(folder, "hada.safetensors"), [
    floatTensor(`${module}.hada_w1_a`, [2, 2], [1, 2, 3, 4]),
    floatTensor(`${module}.hada_w1_b`, [2, 2], [1, 2, 3, 4]),
  ]);
  const { loras } = await stand.client.loras({});
  const told = loras.map(({ name, condition, origin }) => [name, condition, origin]);
  assert.deepEqual(told, [
    ["broken", "unsuitable", "folder"],
    ["foreign", "unsuitable", "folder"],
    ["hada", "unsuitable", "folder"],
    ["soft", "ready", "folder"],
  ]);
  const soft = loras.find(({ file }) => file === good);
  assert.deepEqual([soft?.format, soft?.ranks, soft?.sizeBytes], ["kohya", [3], statSync(good).size]);
  assert.match(loras[1]?.problem ?? "", /FLUX/);
  assert.match(loras[2]?.problem ?? "", /loha/);
});

test("a file elsewhere is added where it lies, told as missing when it is gone, and removed from the list alone", async () => {
  await using stand = new StudioStand();
  const file = writeAdapter(path.join(stand.root, "elsewhere", "mine.safetensors"), "peft");
  const added = await stand.client.addLora({ file: ` "${file}" ` });
  assert.deepEqual([added.file, added.condition, added.origin], [file, "ready", "added"]);
  await stand.restart();
  assert.deepEqual((await stand.client.loras({})).loras, [added], "it is kept");
  renameSync(file, `${file}.away`);
  assert.equal((await stand.client.loras({})).loras[0]?.condition, "missing");
  renameSync(`${file}.away`, file);
  assert.deepEqual((await stand.client.removeLora({ file })).loras, []);
  assert.ok(existsSync(file));
  await assert.rejects(stand.client.removeLora({ file }), { code: "file.not-found" });
  await assert.rejects(stand.client.removeLora({ file: "/etc/passwd" }), { code: "file.not-found" });
});

test("what is no adapter is not added, and the message says what it is", async () => {
  await using stand = new StudioStand();
  const foreign = writeAdapter(
    path.join(stand.root, "f.safetensors"),
    "kohya",
    "lora_unet_double_blocks_0_img_attn_proj",
  );
  const cases: [string, string, RegExp][] = [
    ["relative.safetensors", "file.not-found", /whole path/],
    [path.join(stand.root, "none.safetensors"), "file.not-found", /is not there/],
    [stand.root, "file.not-found", /is not there/],
    [foreign, "model.unsupported", /FLUX/],
  ];
  for (const [file, code, message] of cases) await assert.rejects(stand.client.addLora({ file }), { code, message });
  assert.deepEqual((await stand.client.loras({})).loras, []);
});

test("a file comes in pieces, in order, and is there only as a whole and sound one", async () => {
  await using stand = new StudioStand();
  const source = writeAdapter(path.join(stand.root, "sent.safetensors"));
  const bytes = readFileSync(source);
  const send = async (name: string, content: Uint8Array): Promise<LoraFile | undefined> => {
    let lora: LoraFile | undefined;
    for (let position = 0; position < content.length; position += 1000) {
      const piece = new Uint8Array(content.subarray(position, position + 1000));
      ({ lora } = await stand.client.sendLora({ name, totalBytes: content.length, position, bytes: piece }));
    }
    return lora;
  };
  const lora = await send("画風.safetensors", bytes);
  assert.deepEqual([lora?.name, lora?.condition], ["画風", "ready"]);
  assert.equal(sumOf(lora?.file ?? ""), sumOf(source));
  const again = await send("画風.safetensors", bytes);
  assert.equal(again?.name, "画風-2", "nothing is overwritten");
  assert.deepEqual(
    stand.events.filter(({ name }) => name === "loras").map(({ payload }) => (payload as { loras: [] }).loras.length),
    [1, 2],
  );
  await assert.rejects(send("bad.safetensors", Buffer.from("x".repeat(2500))), { code: "model.unsupported" });
  const first = { name: "gap.safetensors", totalBytes: 10, position: 0, bytes: new Uint8Array(3) };
  await stand.client.sendLora(first);
  await assert.rejects(stand.client.sendLora({ ...first, position: 5 }), { code: "wire.invalid" });
  for (const name of [
    "../x.safetensors",
    "a/b.safetensors",
    ".x.safetensors",
    "con.safetensors",
    "x.txt",
    "a\0.safetensors",
  ])
    await assert.rejects(stand.client.sendLora({ ...first, name }), { code: "wire.invalid" }, name);
  const { folder } = await stand.client.loras({});
  assert.deepEqual(
    readdirSync(folder).sort(),
    [".gap.safetensors.part", "画風-2.safetensors", "画風.safetensors"].sort(),
  );
});

test("what is left of a file whose sender went away is swept after a day", async () => {
  await using stand = new StudioStand();
  const piece = { totalBytes: 10, position: 0, bytes: new Uint8Array(3) };
  for (const name of ["old.safetensors", "new.safetensors"]) await stand.client.sendLora({ name, ...piece });
  const { folder } = await stand.client.loras({});
  const twoDaysAgo = new Date(Date.now() - 48 * 3600 * 1000);
  utimesSync(path.join(folder, ".old.safetensors.part"), twoDaysAgo, twoDaysAgo);
  await stand.client.sendLora({ name: "third.safetensors", ...piece });
  assert.deepEqual(readdirSync(folder).sort(), [".new.safetensors.part", ".third.safetensors.part"]);
});

test("the sum of an adapter is recorded with the picture, in its PNG too, and `again` notices other bytes", async () => {
  await using stand = new StudioStand();
  const file = writeAdapter(path.join(stand.root, "loras", "a.safetensors"));
  const wanted = { file, strength: 0.8, sha256: sumOf(file) };
  const request = { prompt: "1girl", model: "fake-model", loras: [{ file, strength: 0.8 }] };
  const { images } = await stand.client.generate(request);
  const id = images[0]?.id ?? "";
  const record = await stand.client.picture({ id });
  assert.deepEqual(record.loras, [wanted]);
  const reading = await stand.client.readPng({ bytes: new Uint8Array(readFileSync(record.file)) });
  assert.deepEqual(reading.kind === "own" && reading.record.loras, [wanted]);
  assert.equal((await stand.client.again({ id })).images.length, 1);

  // The date is set back, so that only the bytes tell.
  const { atime, mtime } = statSync(file);
  writeAdapter(file, "kohya", "layers.1.attention.out");
  utimesSync(file, atime, mtime);
  const jobs = stand.engine.jobs.length;
  await assert.rejects(stand.client.again({ id }), { code: "lora.changed", message: new RegExp(`${file}.*then.*now`) });
  assert.equal(stand.engine.jobs.length, jobs, "before anything is computed");
  await stand.client.enqueue({ ...request, loras: record.loras });
  const { jobs: queued } = await stand.untilIdle();
  assert.equal(queued.at(-1)?.failure?.code, "lora.changed");
  assert.equal((await stand.client.generate(request)).images.length, 1, "made anew it is another picture");

  stand.engine.behave = () => appendFileSync(file, "x");
  await assert.rejects(stand.client.generate(request), { code: "lora.changed", message: /being made/ });
  rmSync(file);
  await assert.rejects(stand.client.again({ id }), { code: "file.not-found", where: "loras" });
  await assert.rejects(stand.client.enqueue(request), { code: "file.not-found" });
});

test("an adapter of a network of another width is refused before anything is queued", async () => {
  await using stand = new StudioStand();
  const model = path.join(stand.root, "models", "tiny");
  writeSyntheticModel(model, TINY_MODEL);
  const make = ADAPTER_FORMATS["peft"];
  assert.ok(make);
  const write = (name: string, width: number): string => {
    const file = path.join(stand.root, name);
    writeSafetensors(file, make("diffusion_model.layers.0.attention.qkv", 2 * width, width, "F32").tensors);
    return file;
  };
  const request = { prompt: "1girl", model: "tiny", size: { width: 32, height: 32 } };
  const other = { ...request, loras: [{ file: write("other.safetensors", 96), strength: 1 }] };
  const refusal = { code: "model.mismatch", where: "loras", message: /width 96, but that of tiny has 48/ };
  await assert.rejects(stand.client.enqueue(other), refusal);
  await assert.rejects(stand.client.generate(other), refusal);
  assert.deepEqual((await stand.client.queue({})).jobs, []);
  await stand.client.enqueue({ ...request, loras: [{ file: write("own.safetensors", 48), strength: 1 }] });
  assert.equal((await stand.untilIdle()).jobs[0]?.state, "done");
});

test("an adapter that a job needs is not removed; one in the folder goes to the trash there", async () => {
  await using stand = new StudioStand();
  const file = writeAdapter(path.join(stand.root, "loras", "a.safetensors"));
  await stand.client.pauseQueue({ isPaused: true });
  await stand.client.enqueue({ prompt: "1girl", model: "fake-model", loras: [{ file, strength: 1 }] });
  await assert.rejects(stand.client.removeLora({ file }), { code: "model.in-use" });
  await stand.client.cancelAllJobs({});
  assert.deepEqual((await stand.client.removeLora({ file })).loras, []);
  assert.equal(readdirSync(path.join(stand.root, "loras", ".trash")).length, 1);
});

test("a draft keeps adapters that are switched off; a record's sum must be one", async () => {
  await using stand = new StudioStand();
  const settings = { loras: [{ file: "/a", strength: 1, isOff: true }] };
  await stand.client.saveCurrentDraft({ draft: { text: "", negative: "", dialect: "readme", settings } });
  assert.deepEqual((await stand.client.currentDraft({})).draft?.settings, settings);
  const { images } = await stand.client.generate({ prompt: "1girl", model: "fake-model" });
  const reading = await stand.client.readPng({ bytes: new Uint8Array(readFileSync(images[0]?.file ?? "")) });
  assert.ok(reading.kind === "own");
  const { record } = reading;
  const text = JSON.stringify({
    ...{ schema: 1, id: record.id, created: record.createdAt, prompt: "p", dialect: "readme", tree: {} },
    ...{ texts: record.texts, seed: 1, width: 64, height: 48, sampling: record.sampling, toggles: record.toggles },
    ...{ model: { name: "m", hash: "h", folder: "/m" }, provider: "cpu", timings: record.timings },
    loras: [{ file: "/a", strength: 1, sha256: "short" }],
  });
  assert.throws(() => parseOwnRecord(text, "x.png"), { code: "image.invalid", message: /loras\.0.*sha256|sha256/ });
});
