import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import type { Finding } from "../../src-main/studio/models/findings.ts";
import type { InstalledModel } from "../../src-main/contract/models.ts";
import type { VerifyReport } from "../../src-main/studio/models/verify-model.ts";
import { FaultyServer } from "../fault/faulty-server.ts";
import { CommandBench } from "../fixtures/command-bench.ts";
import type { CommandOptions } from "../fixtures/command-bench.ts";
import { FILES, copy, flipBit, layOutAsComfy, writeSmallModel } from "../unit/studio/models/small-model.ts";

/** What the commands print with --json, as their file's header states it. */
interface Output {
  readonly models?: readonly InstalledModel[];
  readonly model?: { readonly name: string; readonly folder: string; readonly textEncoding: string };
  readonly parts?: readonly { readonly role: string }[];
  readonly reports?: readonly VerifyReport[];
  readonly files?: readonly { readonly sha256: string }[];
  readonly fetchedBytes?: number;
  readonly findings?: readonly Finding[];
  readonly removed?: { readonly kept: readonly string[]; readonly trash?: string };
  readonly error?: { readonly code: string; readonly message: string; readonly remedy: string };
}

const bench = new CommandBench();
const model = path.join(bench.root, "published");
before(() => void writeSmallModel(model, true));
after(() => bench[Symbol.dispose]());

async function models(
  words: readonly string[],
  options?: CommandOptions,
): Promise<Output & { readonly code: number | null }> {
  const { code, json } = await bench.run(["models", ...words, "--json"], options);
  return { ...(json as unknown as Output), code };
}

test("download, list, verify, damage, repair, remove", async () => {
  await using server = await FaultyServer.start();
  for (const file of Object.values(FILES))
    server.add(`NewBie-AI/NewBie-image-Exp0.1/resolve/main/${file}`, readFileSync(path.join(model, file)));
  const downloaded = await models(["download", "newbie-exp0.1", "--base", server.base]);
  assert.deepEqual([downloaded.code, downloaded.model?.textEncoding, downloaded.parts?.length], [0, "gemma3+jina", 4]);
  assert.equal(downloaded.files?.length, 7);
  const [entry] = (await models(["list"])).models ?? [];
  assert.deepEqual([entry?.name, entry?.origin, entry?.condition], ["newbie-exp0.1", "downloaded", "ready"]);
  assert.equal((await models(["verify"])).reports?.[0]?.status, "ok");

  flipBit(path.join(entry?.folder ?? "", FILES.textEncoder), 77_777);
  const damaged = await models(["verify", "newbie-exp0.1"]);
  assert.deepEqual([damaged.code, damaged.reports?.[0]?.status], [1, "damaged"]);
  const repaired = await models(["download", "newbie-exp0.1"], { environment: { TACHIE_MODEL_BASE: server.base } });
  assert.equal(repaired.fetchedBytes, readFileSync(path.join(model, FILES.textEncoder)).length);
  assert.equal((await models(["verify", entry?.folder ?? ""])).code, 0);

  const unasked = await models(["remove", "newbie-exp0.1"]);
  assert.deepEqual([unasked.code, unasked.error?.code], [2, "usage.invalid"]);
  const removed = await models(["remove", "newbie-exp0.1", "--yes"]);
  assert.ok(existsSync(path.join(removed.removed?.trash ?? "", FILES.vae)));
  assert.ok(!(await models(["list"])).models?.some(({ name }) => name === "newbie-exp0.1"));
});

test("a model in ComfyUI's folders is added by its parts and makes a picture", async () => {
  const comfy = layOutAsComfy(model, path.join(bench.root, "ComfyUI", "models"));
  const lacking = await models(["add", comfy]);
  assert.deepEqual([lacking.code, lacking.error?.code], [1, "model.incomplete"]);
  assert.match(lacking.error?.message ?? "", /missing: the tokenizer\.json of Gemma 3/);
  const tokenizers = path.join(bench.root, "tokenizers");
  copy(path.join(model, FILES.textTokenizer), path.join(tokenizers, "tokenizer.json"));
  const added = await models(["add", comfy, tokenizers, "--name", "from-comfy"]);
  assert.deepEqual([added.code, added.model?.name], [0, "from-comfy"]);
  const words = ["generate", "-", "--model", "from-comfy", "--size", "32x32", "--steps", "1", "--json"];
  const { code, json, stderr } = await bench.run(words, { input: "1girl" });
  assert.equal(code, 0, stderr);
  assert.equal(json.images?.length, 1);
});

test("wrong words and wrong places are typed errors", async () => {
  const cases: [string[], number, string][] = [
    [["verify", "no-such-model"], 1, "model.not-found"],
    [["add", path.join(bench.root, "nowhere")], 1, "file.not-found"],
    [["add", model, "--name", "../out"], 2, "usage.invalid"],
    [["download", "no-such-model"], 1, "model.not-found"],
    [["download", "newbie-exp0.1", "--base", "not an address"], 2, "usage.invalid"],
    [["download", "newbie-exp0.1", "--parallel", "9"], 2, "usage.invalid"],
    [["remove", "no-such-model", "--yes"], 1, "model.not-found"],
    [["remove", "..", "--yes"], 2, "usage.invalid"],
  ];
  for (const [words, code, error] of cases) {
    const output = await models(words);
    assert.deepEqual([output.code, output.error?.code], [code, error], words.join(" "));
    assert.ok((output.error?.remedy.length ?? 0) > 5);
  }
});

test(
  "Ctrl+C ends a download with what has come kept, and the next run goes on",
  { skip: process.platform === "win32" },
  async () => {
    await using slow = await FaultyServer.start({ bytesPerSecond: 1_000_000 });
    for (const file of Object.values(FILES))
      slow.add(`NewBie-AI/NewBie-image-Exp0.1/resolve/main/${file}`, readFileSync(path.join(model, file)));
    const running = bench.start([
      "models",
      "download",
      "newbie-exp0.1",
      "--as",
      "stopped",
      "--base",
      slow.base,
      "--json",
    ]);
    while (slow.sentBytes < 1_500_000) await new Promise((resolve) => setTimeout(resolve, 20));
    running.child.kill("SIGINT");
    const { code, json } = await running.result;
    assert.deepEqual([code, json.error?.code], [130, "job.cancelled"]);
    const entry = (await models(["list"])).models?.find(({ name }) => name === "stopped");
    assert.equal(entry?.condition, "unfinished");
    await using server = await FaultyServer.start();
    for (const [file, { bytes }] of slow.files) server.add(file, bytes);
    const finished = await models(["download", "newbie-exp0.1", "--as", "stopped", "--base", server.base]);
    assert.equal(finished.code, 0);
    const total = [...slow.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
    assert.ok((finished.fetchedBytes ?? Infinity) <= total - 1_000_000, `${String(finished.fetchedBytes)} of ${total}`);
  },
);
