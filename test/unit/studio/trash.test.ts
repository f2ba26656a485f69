import assert from "node:assert/strict";
import Database from "better-sqlite3";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { openLibrary } from "../../../src-main/studio/library/library.ts";
import { readTrash, TrashStore } from "../../../src-main/studio/library/trash-store.ts";
import { emptyOldTrash } from "../../../src-main/studio/pictures/trash-handlers.ts";
import { auditLibrary, filesIn, libraryFolder } from "../../fixtures/library-folder.ts";
import { newGeneration } from "../../fixtures/new-generation.ts";
import { makeOldLibrary } from "../../fixtures/old-library.ts";
import { StudioStand } from "../../fixtures/studio-stand.ts";

/** Ids, newest first. */
async function withPictures(stand: StudioStand, count: number): Promise<string[]> {
  const { images } = await stand.client.generate({ prompt: "1girl", model: "fake-model", seed: 1, count });
  return images.map(({ id }) => id).reverse();
}

const idsOf = ({ pictures }: { readonly pictures: readonly { readonly id: string }[] }): string[] =>
  pictures.map(({ id }) => id);

test("what is trashed leaves every list, keeps its file and all that is known, and comes back as it was", async () => {
  await using stand = new StudioStand();
  const { client } = stand;
  const [a = "", b = "", c = ""] = await withPictures(stand, 3);
  const before = await client.picture({ id: b });
  assert.deepEqual(await client.trashPictures({ ids: [b, b] }), { ids: [b] });
  assert.deepEqual(await client.trashPictures({ ids: [b] }), { ids: [] }, "it was there already");
  assert.deepEqual(
    [idsOf(await client.pictures({ limit: 9 })), (await client.pictures({ limit: 9 })).total],
    [[a, c], 2],
  );
  assert.deepEqual(idsOf(await client.pictures({ limit: 9, before: b })), [c], "its place is still one");
  const { trashedAt = "", ...kept } = await client.picture({ id: b });
  assert.deepEqual(kept, before);
  assert.ok(Math.abs(Date.parse(trashedAt) - Date.now()) < 60_000);
  assert.ok(existsSync(before.file));
  assert.ok((await stand.studio.thumbnail(b)).length > 0);
  const page = await client.trash({ limit: 5 });
  assert.deepEqual([idsOf(page), page.total, page.pictures[0]?.trashedAt], [[b], 1, trashedAt]);
  assert.ok(page.sizeBytes > 0 && page.sizeBytes === page.pictures[0]?.sizeBytes);
  assert.deepEqual(await client.restorePictures({ ids: [a, b] }), { ids: [b] });
  assert.deepEqual(await client.picture({ id: b }), before);
  assert.deepEqual(idsOf(await client.pictures({ limit: 9 })), [a, b, c]);
  const changes = stand.events.filter(({ name }) => name === "picturesChanged").map(({ payload }) => payload);
  assert.equal(changes.length, 2);
  assert.deepEqual(changes[0], { added: [], gone: [b] });
  assert.deepEqual(
    (changes[1] as { added: { id: string }[] }).added.map(({ id }) => id),
    [b],
  );
});

test("one id that is not there, and nothing is trashed or restored", async () => {
  await using stand = new StudioStand();
  const [a = ""] = await withPictures(stand, 1);
  await assert.rejects(stand.client.trashPictures({ ids: [a, "zzzz"] }), {
    code: "library.not-found",
    message: /zzzz/,
  });
  assert.equal((await stand.client.trash({ limit: 1 })).total, 0);
  await stand.client.trashPictures({ ids: [a] });
  await assert.rejects(stand.client.restorePictures({ ids: [a, "zzzz"] }), { code: "library.not-found" });
  assert.equal((await stand.client.trash({ limit: 1 })).total, 1);
  await assert.rejects(stand.client.trash({ limit: 1, after: "zzzz" }), { code: "library.not-found" });
});

test("the trash comes page by page, what was trashed last first", async () => {
  await using stand = new StudioStand();
  const ids = await withPictures(stand, 5);
  const [a = "", b = "", c = "", d = "", e = ""] = ids;
  await stand.client.trashPictures({ ids: [a, b, c] });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await stand.client.trashPictures({ ids: [d, e] });
  const seen: string[] = [];
  for (let after: string | undefined; ;) {
    const page = await stand.client.trash({ limit: 2, ...(after === undefined ? {} : { after }) });
    seen.push(...idsOf(page));
    after = page.next;
    if (after === undefined) break;
  }
  assert.deepEqual(seen, [d, e, a, b, c]);
  assert.deepEqual(idsOf(readTrash(stand.library, { limit: 1 })), [d], "a reader sees it too");
});

test("emptying removes files, thumbnails, rows and prompts of what is in the trash, and nothing else", async () => {
  await using stand = new StudioStand();
  const { client } = stand;
  await client.generate({ prompt: "secret, 1girl", negative: "hidden", model: "fake-model" });
  const [gone] = (await client.pictures({ limit: 1 })).pictures;
  const id = gone?.id ?? "";
  const { file } = await client.picture({ id });
  const [kept = ""] = await withPictures(stand, 2);
  await stand.studio.thumbnail(id);
  await stand.studio.thumbnail(kept);
  await assert.rejects(client.emptyTrash({ ids: [id] }), { code: "library.not-found", message: /in the trash/ });
  await client.trashPictures({ ids: [id, kept] });
  const { removed, freedBytes, failures } = await client.emptyTrash({ ids: [id] });
  assert.deepEqual([removed, failures], [[id], []]);
  assert.ok(freedBytes > 100);
  assert.equal(existsSync(file), false);
  await assert.rejects(client.picture({ id }), { code: "library.not-found" });
  assert.equal((await client.trash({ limit: 1 })).total, 1);
  await stand.restart("rest", () => {
    assert.deepEqual(auditLibrary(stand.library).findings, []);
    assert.equal(filesIn(path.join(stand.library, "thumbnails")).length, 1);
    const database = new Database(path.join(stand.library, "library.db"));
    const texts = database.prepare("SELECT source AS text FROM prompts UNION SELECT text FROM texts").pluck().all();
    database.close();
    assert.equal(
      texts.some((text) => /secret|hidden/.test(String(text))),
      false,
    );
    assert.ok(texts.includes("1girl"));
  });
  assert.deepEqual((await stand.client.emptyTrash({})).removed, [kept]);
});

test("a file that cannot be removed leaves its picture in the trash, and says so", async () => {
  await using stand = new StudioStand();
  const [a = "", b = ""] = await withPictures(stand, 2);
  const { file } = await stand.client.picture({ id: a });
  rmSync(file);
  mkdirSync(file); // a folder is no file that could be removed
  await stand.client.trashPictures({ ids: [a, b] });
  const { removed, failures } = await stand.client.emptyTrash({});
  assert.deepEqual([removed, failures.map(({ code }) => code)], [[b], ["file.unwritable"]]);
  assert.deepEqual(idsOf(await stand.client.trash({ limit: 5 })), [a]);
});

test("a removal that was interrupted between its steps is finished when the library is opened", async (context) => {
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  const [marked, unlinked] = [await library.save(newGeneration()), await library.save(newGeneration({ seed: 2 }))];
  new TrashStore(library).trash([marked.id, unlinked.id]);
  library.withDatabase("marking", (database) => database.exec("UPDATE trash SET is_leaving = 1"));
  rmSync(unlinked.file);
  library.close();
  const opened = openLibrary(folder, { mode: "write" });
  assert.deepEqual([opened.sweep?.adopted, opened.sweep?.missing, opened.sweep?.problems], [[], [], []]);
  opened.close();
  assert.deepEqual(auditLibrary(folder), { ids: [], findings: [] });
  assert.deepEqual(filesIn(path.join(folder, "images")), []);
});

test("what has been in the trash for longer than wanted goes, and with 0 days nothing ever does", async (context) => {
  const folder = libraryFolder(context);
  const library = openLibrary(folder, { mode: "write" });
  context.after(() => library.close());
  const trash = new TrashStore(library);
  const DAY = 24 * 60 * 60 * 1000;
  const now = Date.now();
  const ids: string[] = [];
  for (const days of [31, 29, 8]) {
    const { id } = await library.save(newGeneration({ seed: days }));
    trash.trash([id], now - days * DAY);
    ids.push(id);
  }
  const settings = (trashDays?: number) => ({
    read: () =>
      ({
        language: "en",
        theme: "system",
        zoom: 1,
        isNotificationWanted: true,
        memory: "auto",
        warmUp: "off",
        ...(trashDays === undefined ? {} : { trashDays }),
      }) as const,
    change: () => assert.fail(),
  });
  const gone: (readonly string[])[] = [];
  const parts = { library, trash, onChange: (change: { readonly gone: readonly string[] }) => gone.push(change.gone) };
  assert.deepEqual(emptyOldTrash(parts, settings(0), now).removed, []);
  assert.deepEqual(emptyOldTrash(parts, settings(), now).removed, [ids[0]]);
  assert.deepEqual(emptyOldTrash(parts, settings(10), now).removed, [ids[1]]);
  assert.deepEqual(gone, [[ids[0]], [ids[1]]]);
  assert.equal(trash.page({ limit: 5 }).total, 1);
});

test("a library of the version before gets a trash and keeps its pictures", async (context) => {
  const folder = libraryFolder(context);
  const record = await makeOldLibrary(folder, 100);
  assert.deepEqual(
    readTrash(folder, { limit: 1 }),
    { pictures: [], total: 0, sizeBytes: 0 },
    "a reader does not wait for it",
  );
  const library = openLibrary(folder, { mode: "write" });
  assert.deepEqual(library.find(record.id), record);
  assert.deepEqual(new TrashStore(library).trash([record.id]), [record.id]);
  library.close();
});
