import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import type { GeneratedImage } from "../../src-main/contract/generation.ts";
import { applyToggles } from "../../src-main/contract/toggle-rules.ts";
import { DEFAULT_TOGGLES, OPTIMISATION_PRESETS } from "../../src-main/contract/toggles.ts";
import { writeSafetensors } from "../../src-main/graph/safetensors.ts";
import { ADAPTER_FORMATS } from "../fixtures/reference/lora.ts";
import { CommandBench, LAUNCHER, OLD_NODE } from "../fixtures/command-bench.ts";

const bench = new CommandBench();
after(() => bench[Symbol.dispose]());

const PROMPT = "<character_1><n>hatsune_miku</n><appearance>aqua hair</appearance></character_1>";
const QUICK = ["--size", "64x64", "--steps", "2", "--model", bench.installTinyModel()];
const root = fileURLToPath(new URL("../../", import.meta.url));

async function pixelsOf(file: string): Promise<Buffer> {
  return sharp(file).removeAlpha().raw().toBuffer();
}

test("generate prints one object of the promised shape as its last line, and again repeats every pixel", async () => {
  // Without --model, so with the starter.
  const first = await bench.run(["generate", "-", "--seed", "7", "--json", "--size", "64x48", "--steps", "3"], {
    input: PROMPT,
  });
  assert.equal(first.code, 0, first.stderr);
  assert.equal(first.stdout.split("\n").length, 2, "nothing else on standard output");
  assert.deepEqual(Object.keys(first.json), ["images"]);
  const [image] = first.json.images ?? [];
  assert.ok(image);
  assert.deepEqual(Object.keys(image).sort(), [...SHAPE].sort());
  assert.deepEqual(Object.keys(image.timings).sort(), [...TIMINGS].sort());
  assert.deepEqual(
    [image.seed, image.width, image.height, image.steps, image.provider, image.timings.stepMs.length],
    [7, 64, 48, 3, "cpu", 3],
  );
  assert.deepEqual(image.toggles, applyToggles(DEFAULT_TOGGLES, "cpu"));
  const { encodeMs, denoiseMs, decodeMs, saveMs, totalMs } = image.timings;
  for (const part of [encodeMs, denoiseMs, decodeMs, saveMs]) assert.ok(part > 0 && part < totalMs);
  assert.match(first.stderr, /denoise 3\/3, .*(steps\/s|s a step), .* left/);

  const repeated = await bench.run(["again", image.id, "--json"]);
  assert.equal(repeated.code, 0, repeated.stderr);
  const [copy] = repeated.json.images ?? [];
  assert.ok(copy !== undefined && copy.id !== image.id);
  assert.deepEqual(await pixelsOf(copy.file), await pixelsOf(image.file));

  const shown = await bench.run(["show", copy.id, "--json"]);
  const record = shown.json as Record<string, unknown>;
  assert.equal(record["parentId"], image.id);
  assert.equal(record["prompt"], PROMPT);
  assert.equal(record["model"], "starter");
  const listed = await bench.run(["history", "--limit", "1", "--json"]);
  assert.deepEqual(
    listed.json.images?.map(({ id }) => id),
    [copy.id],
  );
  const plain = await bench.run(["history"]);
  assert.deepEqual(
    plain.stdout
      .trim()
      .split("\n")
      .map((line) => line.split(" ")[0]),
    [copy.id, image.id],
  );
});
const SHAPE: readonly (keyof GeneratedImage)[] = [
  "id",
  "file",
  "seed",
  "width",
  "height",
  "steps",
  "provider",
  "toggles",
  "timings",
];
const TIMINGS: readonly (keyof GeneratedImage["timings"])[] = [
  "loadMs",
  "encodeMs",
  "denoiseMs",
  "decodeMs",
  "saveMs",
  "totalMs",
  "stepMs",
];

test("a LoRA of one's own folder is named, recorded with its sum, and `again` notices that it has changed", async () => {
  const file = path.join(bench.data, "loras", "style.safetensors");
  const write = (module: string): void => {
    mkdirSync(path.dirname(file), { recursive: true });
    const { tensors = [] } = ADAPTER_FORMATS["kohya"]?.(module, 48, 48, "F32") ?? {};
    writeSafetensors(file, tensors, {}, { canReplace: true });
  };
  write("layers.0.attention.out");
  const words = ["generate", ...QUICK, "--size", "32x32", "--lora", "style:0.5", "--json"];
  const { json, code, stderr } = await bench.run(words, { input: "1girl" });
  assert.equal(code, 0, stderr);
  const id = json.images?.[0]?.id ?? "";
  const sha256 = createHash("sha256").update(readFileSync(file)).digest("hex");
  assert.deepEqual(bench.history()[0]?.loras, [{ file, strength: 0.5, sha256 }]);
  const shown = await bench.run(["show", id]);
  assert.ok(shown.stdout.includes(`style.safetensors (${sha256.slice(0, 12)}) at 0.5`), shown.stdout);
  assert.equal((await bench.run(["again", id, "--json"])).code, 0);
  write("layers.1.attention.out");
  const changed = await bench.run(["again", id, "--json"]);
  assert.deepEqual([changed.code, changed.json.error?.code, changed.json.error?.where], [1, "lora.changed", file]);
});

test("a picture made in a file that was moved away shows everything, from any folder", async () => {
  const made = await bench.run(["generate", ...QUICK, "--out", "copy.png", "--json"], { input: "1girl, d&d" });
  assert.equal(made.code, 0, made.stderr);
  const copy = path.join(bench.root, "copy.png");
  assert.equal(made.json.images?.[0]?.file, copy);
  const elsewhere = path.join(bench.root, "elsewhere");
  mkdirSync(elsewhere);
  copyFileSync(copy, path.join(elsewhere, "renamed.png"));
  const shown = await bench.run(["show", "renamed.png"], { cwd: elsewhere });
  assert.equal(shown.code, 0, shown.stderr);
  for (const part of [made.json.images?.[0]?.id ?? "?", "what the model read", "d&d", "seed", "solver"])
    assert.ok(part === "solver" || shown.stdout.includes(part), part);
});

test("explicit options win over presets, presets over the model's defaults", async () => {
  const words = ["--sampling", "demo", "--steps", "2", "--solver", "euler", "--preset", "reference"];
  const { json, code, stderr } = await bench.run(
    ["generate", ...QUICK, ...words, "--set", "text-cache=on", "--count", "2", "--seed", "3", "--json"],
    { input: "1girl" },
  );
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    json.images?.map(({ seed }) => seed),
    [3, 4],
  );
  assert.deepEqual(json.images?.[0]?.toggles, { ...OPTIMISATION_PRESETS.reference, text_cache: "on" });
  const [record] = bench.history();
  assert.deepEqual(
    [record?.sampling.steps, record?.sampling.solver, record?.sampling.truncate, record?.sampling.guidance],
    [2, "euler", 0.25, 5],
  );
});

test("it runs from any folder, through a link as npm makes one, and under a Node that is too old", async () => {
  const link = path.join(bench.root, "tachie");
  symlinkSync(path.join(root, "src-main/cli/tachie.mjs"), link);
  const version = execFileSync(process.execPath, [link, "--version"], { cwd: "/", encoding: "utf8" });
  assert.match(version, /^\d+\.\d+\.\d+\n$/);
  if (OLD_NODE === undefined) return;
  const { code, stdout } = await bench.run(["history", "--json", "--limit", "1"], { node: OLD_NODE });
  assert.equal(code, 0);
  assert.match(stdout, /^\{"images":\[\{/);
  assert.equal((await bench.run(["show", "nosuchid"], { node: OLD_NODE })).code, 1);
});

test("bad input is refused with a typed error, an exit code, and nothing left behind", async (t) => {
  const broken = path.join(bench.root, "broken.xml");
  writeFileSync(broken, "<character_1>\n<n>miku</character_1>");
  const text = path.join(bench.root, "photo.png");
  writeFileSync(text, "not a picture");
  const foreign = path.join(bench.root, "foreign.png");
  await sharp({ create: { width: 8, height: 8, channels: 3, background: "red" } }).toFile(foreign);
  const before = { rows: bench.history().length, files: bench.leftovers };
  const cases: [string[], number, string][] = [
    [["generate", broken], 1, "prompt.malformed"],
    [["generate", "missing.xml"], 1, "file.not-found"],
    [["generate", bench.root], 1, "file.unreadable"],
    [["generate", "-"], 1, "prompt.malformed"],
    [["generate", ...QUICK, "--size", "250x250"], 1, "settings.invalid"],
    [["generate", ...QUICK, "--size", "20000x20000"], 1, "settings.invalid"],
    [["generate", ...QUICK, "--steps", "0"], 1, "settings.invalid"],
    [["generate", ...QUICK, "--steps", "abc"], 2, "usage.invalid"],
    [["generate", ...QUICK, "--seed", "-1"], 2, "usage.invalid"],
    [["generate", ...QUICK, "--sampling", "toString"], 1, "settings.invalid"],
    [["generate", ...QUICK, "--set", "warp=on"], 1, "settings.invalid"],
    [["generate", ...QUICK, "--provider", "tpu"], 1, "settings.invalid"],
    [["generate", ...QUICK, "--lora", "missing.safetensors:0.5"], 1, "file.not-found"],
    [["generate", ...QUICK, "--out", text], 1, "file.exists"],
    [["generate", ...QUICK, "--out", "no/such/folder/a.png"], 1, "file.unwritable"],
    [["generate", "--model", "nosuchmodel"], 1, "model.not-found"],
    [["generate", "--model", bench.root], 1, "model.not-found"],
    [["generate", "--nonsense"], 2, "usage.invalid"],
    [["generate", ...QUICK, "--library", broken], 1, "file."],
    [["again", "nosuchid"], 1, "library.not-found"],
    [["again"], 2, "usage.invalid"],
    [["show", "nosuchid"], 1, "library.not-found"],
    [["show", text], 1, "image.invalid"],
    [["show", foreign], 1, "image.foreign"],
    [["show", "missing.png"], 1, "file.not-found"],
    [["nonsense"], 2, "usage.invalid"],
    [["parity"], 2, "usage.invalid"],
  ];
  for (const [words, exit, error] of cases)
    await t.test(words.join(" ").replaceAll(bench.root, ""), async () => {
      const input = words.includes("-") ? "" : "1girl";
      const { code, json } = await bench.run([...words, "--json"], { input });
      assert.ok(json.error);
      assert.ok(json.error.code.startsWith(error), `${json.error.code}: ${json.error.message}`);
      assert.equal(code, exit);
      assert.ok(json.error.message.length > 5 && json.error.remedy.length > 5);
      assert.doesNotMatch(json.error.message, /\n\s+at /);
    });
  assert.deepEqual({ rows: bench.history().length, files: bench.leftovers }, before);
  const { stderr } = await bench.run(["generate", broken]);
  assert.match(stderr, /^tachie: .*broken\.xml:2:1: <n> is never closed.*\n( {2}.*\n)*.*tachie prompt check/);
});

test("what reads a part of the output may stop, and a result that nobody reads is stored all the same", async () => {
  const running = bench.start(["generate", ...QUICK, "--json"], { input: "1girl" });
  running.child.stdout.destroy();
  const { code, stderr } = await running.result;
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stderr, /EPIPE/);
});

test("output on a full disk is told, without a stack, and takes no picture away", async (t) => {
  if (!existsSync("/dev/full")) return t.skip("needs /dev/full");
  const before = bench.history().length;
  const start = (redirection: string) =>
    bench.run([process.execPath, LAUNCHER, "generate", ...QUICK, "--json"], {
      input: "1girl",
      node: "/bin/sh",
      launcher: ["-c", `"$@" ${redirection}`, "sh"],
    });
  const unread = await start(">/dev/full");
  assert.equal(unread.code, 1);
  assert.match(unread.stderr, /^tachie: standard output cannot be written: ENOSPC.*\n {2}Free some space/m);
  assert.doesNotMatch(unread.stderr, /\n\s+at /);
  const silent = await start("2>/dev/full");
  assert.equal(silent.code, 0);
  assert.equal(silent.json.images?.length, 1);
  assert.equal(bench.history().length, before + 2);
});

test("a library on a disk that may not be written to is refused, and can still be read", async (t) => {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return t.skip("needs to mount a folder read-only");
  const mounted = path.join(bench.root, "mounted");
  mkdirSync(mounted);
  try {
    execFileSync("mount", ["--bind", bench.library, mounted], { stdio: "ignore" });
  } catch {
    return t.skip("mounting is not allowed here");
  }
  try {
    execFileSync("mount", ["-o", "remount,ro,bind", mounted], { stdio: "ignore" });
    const { json, code } = await bench.run(["generate", ...QUICK, "--json", "--library", mounted], { input: "1girl" });
    assert.equal(json.error?.code, "library.read-only");
    assert.equal(code, 1);
    assert.ok((await bench.run(["history", "--json", "--library", mounted])).json.images?.length);
  } finally {
    execFileSync("umount", [mounted]);
  }
});
