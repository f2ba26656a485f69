import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import Database from "better-sqlite3";
import sharp from "sharp";
import { openLibrary } from "../../../src-main/studio/library/library.ts";
import { newGeneration, testImage } from "../../fixtures/new-generation.ts";
import { makeOldLibrary } from "../../fixtures/old-library.ts";
import { StudioStand } from "../../fixtures/studio-stand.ts";

async function fill(stand: StudioStand, count: number): Promise<string[]> {
  const ids: string[] = [];
  await stand.restart("rest", async () => {
    const library = openLibrary(stand.library, { mode: "write" });
    for (let seed = 0; seed < count; seed++) ids.unshift((await library.save(newGeneration({ seed }))).id);
    library.close();
  });
  return ids;
}

/** Prompts of which each makes one picture, in this order. */
const CAST = [
  "<character_1><n>rin_(mikage)</n></character_1>",
  "<character_1><n>mei</n></character_1><character_2><n>Rin (Mikage)</n></character_2>",
  "<character_1><n>rin</n><appearance>looks like rin (mikage)</appearance></character_1>",
  '<character_1><n>100% "rin"</n></character_1>',
  "rin (mikage), 1girl",
];

test("the pictures of a character are found by its name, whoever else is in them, page by page", async () => {
  await using stand = new StudioStand();
  for (const [seed, prompt] of CAST.entries())
    await stand.client.generate({ prompt, model: "fake-model", seed, count: seed === 0 ? 3 : 1 });
  const seedsOf = async (name: string): Promise<number[]> => {
    const seeds: number[] = [];
    for (let before: string | undefined; ;) {
      const page = await stand.client.picturesOfCharacter({
        name,
        limit: 2,
        ...(before === undefined ? {} : { before }),
      });
      seeds.push(...page.pictures.map(({ seed }) => seed));
      if (page.next === undefined) {
        assert.equal(page.total, seeds.length);
        return seeds;
      }
      before = page.next;
    }
  };
  assert.deepEqual(await seedsOf("Rin (mikage)"), [1, 2, 1, 0]);
  assert.deepEqual(await seedsOf("rin_(mikage)"), [1, 2, 1, 0]);
  assert.deepEqual(await seedsOf("rin"), [2]);
  assert.deepEqual(await seedsOf('100% "rin"'), [3]);
  assert.deepEqual(await seedsOf("mei"), [1]);
  for (const name of ["", "%", "_", "m", "nobody", "~"]) assert.deepEqual(await seedsOf(name), [], name);
});

test("pictures come page by page, newest first, each once, with how many there are", async () => {
  await using stand = new StudioStand();
  assert.deepEqual(await stand.client.pictures({ limit: 5 }), { pictures: [], total: 0 });
  const ids = await fill(stand, 11);
  const seen: string[] = [];
  for (let before: string | undefined; ;) {
    const page = await stand.client.pictures({ limit: 5, ...(before === undefined ? {} : { before }) });
    assert.equal(page.total, 11);
    seen.push(...page.pictures.map(({ id }) => id));
    if (page.next === undefined) break;
    before = page.next;
  }
  assert.deepEqual(seen, ids);
  assert.equal((await stand.client.pictures({ limit: 11 })).next, undefined);
  const [newest] = (await stand.client.pictures({ limit: 1 })).pictures;
  const record = await stand.client.picture({ id: newest?.id ?? "" });
  const { id, createdAt, width, height, seed, model, isFileMissing } = record;
  assert.deepEqual(newest, { id, createdAt, width, height, seed, model, isFileMissing });
  await assert.rejects(stand.client.pictures({ limit: 5, before: "zzzzzzzzzz" }), { code: "library.not-found" });
  await assert.rejects(stand.client.picture({ id: "zzzzzzzzzz" }), { code: "library.not-found" });
  rmSync(record.file);
  assert.equal((await stand.client.pictures({ limit: 1 })).pictures[0]?.isFileMissing, true);
});

test("a page out of 100,000 pictures, and the time left for a job, take a moment", async (context) => {
  await using stand = new StudioStand(undefined, "rest");
  await fill(stand, 1);
  await stand.restart("rest", () => {
    const database = new Database(path.join(stand.library, "library.db"));
    // Copies of one picture, a second apart; nothing of them is on the disk, and nobody looks.
    database.exec(`
      WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 100001)
      INSERT INTO generations SELECT i, printf('0a%08d', i), created_ms - i * 1000, prompt_key, negative_key, system_key,
        seed, width, height, steps, guidance, truncate, renorm, solver, schedule, shift, model, model_folder, model_hash,
        loras, toggles, provider, parent_id, toggles_key, loras_key FROM n, generations WHERE key = 1;
      WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 100001)
      INSERT INTO images SELECT i, printf('elsewhere/%d.png', i), bytes, sha256, width, height, 0
        FROM n, images WHERE generation_key = 1;
      WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 100001)
      INSERT INTO timings SELECT i, stage, duration_ms, step_ms FROM n, timings WHERE generation_key = 1`);
    database.close();
  });
  const { handlers } = stand.studio;
  const signal = new AbortController().signal;
  const measure = async (params: { before?: string; limit: number }): Promise<number> => {
    const since = performance.now();
    const page = await handlers.pictures(params, { signal, progress: () => undefined });
    const ms = performance.now() - since;
    assert.deepEqual([page.total, page.pictures.length], [100_001, params.limit]);
    return ms;
  };
  const first = await measure({ limit: 100 });
  const middle = await measure({ limit: 100, before: "0a00050000" });
  const late = await measure({ limit: 100, before: "0a00099000" });
  const since = performance.now();
  const library = openLibrary(stand.library, { mode: "read" });
  const openMs = performance.now() - since;
  const estimated = performance.now();
  assert.ok((library.usualMs({ model: "starter", width: 32, height: 48, steps: 20 }) ?? 0) > 0);
  const estimateMs = performance.now() - estimated;
  library.close();
  const figures = { first, middle, late, openMs, estimateMs };
  context.diagnostic(JSON.stringify(figures));
  for (const ms of [first, middle, late, estimateMs]) assert.ok(ms < 100, JSON.stringify(figures));
});

/** Ids that want out of the library. */
function hostileIds(id: string): string[] {
  const steps = ["..", "%2e%2e", "..%2f", "..\\", ".", "~", "//", "\\\\server\\share", "C:\\", "file://", "%00", "\0"];
  const goals = ["etc/passwd", "library.db", "../library.db", "studio.json", `${id}.png`, id, "secret.txt", "dev/zero"];
  const ids: string[] = [
    "",
    " ",
    id.toUpperCase() + "x",
    id.slice(0, 6),
    `${id} `,
    `${id}/`,
    `${id}\0`,
    `${id}.png`,
    `${id}/../${id}`,
  ];
  for (const step of steps)
    for (const goal of goals)
      for (const repeat of [1, 2, 5, 9]) {
        ids.push(`${`${step}/`.repeat(repeat)}${goal}`, `${step.repeat(repeat)}${goal}`, `${id}/${step}/${goal}`);
      }
  for (let code = 0; ids.length < 1000; code++)
    ids.push(`${id.slice(0, code % 10)}${String.fromCodePoint(code * 7 + (code % 5) * 0x300)}${id.slice(code % 10)}`);
  return ids.filter((other) => other !== id);
}

test("1,000 hostile ids find no picture, no thumbnail, and not a byte from anywhere", async () => {
  await using stand = new StudioStand();
  const [id = ""] = await fill(stand, 2);
  writeFileSync(path.join(stand.root, "secret.txt"), "secret");
  const ids = hostileIds(id);
  assert.ok(ids.length >= 1000);
  for (const hostile of ids) {
    assert.equal(stand.studio.findImageFile(hostile), undefined, hostile);
    await assert.rejects(stand.studio.thumbnail(hostile), { code: "library.not-found" }, hostile);
  }
  for (const hostile of ids.filter(({ length }) => length <= 64)) {
    assert.deepEqual(await stand.client.imageFile({ id: hostile }), {});
    assert.deepEqual(await stand.client.thumbnailFile({ id: hostile }), {});
  }
  assert.equal(existsSync(path.join(stand.library, "thumbnails")), false);
  const { file } = await stand.client.imageFile({ id });
  assert.equal(file, (await stand.client.picture({ id })).file);
  assert.equal(stand.studio.findImageFile(id), file);
});

test("links and rows that lead out of the library lead nowhere", async () => {
  await using stand = new StudioStand();
  const [one = "", two = "", three = ""] = await fill(stand, 3);
  const files = [one, two, three].map((id) => stand.studio.findImageFile(id) ?? "");
  const outside = path.join(stand.root, "outside");
  mkdirSync(outside);
  const secret = path.join(outside, "secret.png");
  renameSync(files[0] ?? "", secret);
  symlinkSync(secret, files[0] ?? "");
  rmSync(files[1] ?? "");
  mkdirSync(files[1] ?? "");
  assert.deepEqual(
    [one, two].map((id) => stand.studio.findImageFile(id)),
    [undefined, undefined],
  );
  assert.deepEqual(await stand.client.thumbnailFile({ id: one }), {});
  // A folder of thumbnails that is a link is neither written through nor read.
  symlinkSync(outside, path.join(stand.library, "thumbnails"));
  assert.deepEqual(await stand.client.thumbnailFile({ id: three }), {});
  assert.ok((await stand.studio.thumbnail(three)).length > 0);
  assert.deepEqual(existsSync(path.join(outside, three.slice(0, 3), `${three}.webp`)), false);
});

test("a thumbnail is a small WebP, made once, kept, and made again when it is gone", async () => {
  await using stand = new StudioStand();
  let id = "";
  await stand.restart("rest", async () => {
    const library = openLibrary(stand.library, { mode: "write" });
    id = (await library.save(newGeneration({ image: testImage(640, 960), width: 640, height: 960 }))).id;
    library.close();
  });
  const [bytes, same] = await Promise.all([stand.studio.thumbnail(id), stand.studio.thumbnail(id)]);
  assert.equal(bytes, same, "made once for two who ask at the same time");
  const { format, width, height } = await sharp(bytes).metadata();
  assert.deepEqual([format, width, height], ["webp", 213, 320]);
  const { file = "" } = await stand.client.thumbnailFile({ id });
  assert.ok(file.startsWith(path.join(stand.library, "thumbnails")));
  assert.deepEqual(readFileSync(file), bytes);
  writeFileSync(file, "kept");
  assert.equal((await stand.studio.thumbnail(id)).toString(), "kept");
  rmSync(file);
  assert.deepEqual(await stand.studio.thumbnail(id), bytes);
  rmSync(file);
  writeFileSync(stand.studio.findImageFile(id) ?? "", "no picture");
  await assert.rejects(stand.client.thumbnailFile({ id }), { code: "image.invalid" });
});

test("models come with their defaults and limits, tokens are counted, and the engine tells of itself", async () => {
  await using stand = new StudioStand();
  for (const file of ["transformer", "vae", "text"])
    writeFileSync(path.join(stand.root, "models", "fake-model", `${file}.safetensors`), "");
  writeFileSync(path.join(stand.root, "models", "fake-model", "tokenizer.json"), "");
  const { models } = await stand.client.models({});
  assert.deepEqual(
    [models[0]?.name, models[0]?.condition, models[0]?.defaults?.width, models[0]?.limits?.maxTokens],
    ["fake-model", "ready", 64, 512],
  );
  const budget = await stand.client.measurePrompt({ text: "<character_1><n>a</n>", model: "fake-model" });
  assert.deepEqual([budget.limit, budget.blocks[0]?.name], [512, "character_1"]);
  await assert.rejects(stand.client.measurePrompt({ text: "a", model: "none" }), { code: "model.not-found" });
  const { state, health } = await stand.client.engine({});
  assert.deepEqual([state, health?.pid], [{ kind: "ready" }, 7]);
  stand.engine.become({ kind: "off" });
  assert.deepEqual(await stand.client.engine({}), { state: { kind: "off" } });
  assert.deepEqual(stand.events.at(-1), { name: "engine", payload: { kind: "off" } });
});

test("a library of the version before the queue gets one, and keeps its pictures", async () => {
  await using stand = new StudioStand();
  let id = "";
  await stand.restart("run", async () => {
    rmSync(stand.library, { recursive: true });
    id = (await makeOldLibrary(stand.library, 50)).id;
  });
  await stand.client.enqueue({ prompt: "1girl", model: "fake-model" });
  await stand.untilIdle();
  const { pictures, total } = await stand.client.pictures({ limit: 5 });
  assert.deepEqual([total, pictures[1]?.id], [2, id]);
});
