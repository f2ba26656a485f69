import assert from "node:assert/strict";
import Database from "better-sqlite3";
import path from "node:path";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { DEFAULT_TOGGLES } from "../../../../../src-main/contract/toggles.ts";
import { openLibrary } from "../../../../../src-main/studio/library/library.ts";
import type { Library, NewGeneration } from "../../../../../src-main/studio/library/library.ts";
import { MIGRATIONS } from "../../../../../src-main/studio/library/migrations/index.ts";
import { completeSearch } from "../../../../../src-main/studio/library/search/completion.ts";
import { searchFacets } from "../../../../../src-main/studio/library/search/facets.ts";
import { searchPictures, searchRecords } from "../../../../../src-main/studio/library/search/picture-search.ts";
import { AlbumStore } from "../../../../../src-main/studio/collections/album-store.ts";
import { MarkStore } from "../../../../../src-main/studio/collections/mark-store.ts";
import { TrashStore } from "../../../../../src-main/studio/library/trash-store.ts";
import { SAMPLING_PRESETS } from "../../../../../src-main/contract/sampling.ts";
import { libraryFolder } from "../../../../fixtures/library-folder.ts";
import { newGeneration } from "../../../../fixtures/new-generation.ts";

const DUET = `<character_1><n>Rin</n><appearance>blue hair, red eyes</appearance><position>left</position></character_1>
<character_2><n>Mei</n><clothing>white serafuku, black skirt</clothing><position>right</position></character_2>
<general_tags><count>2girls</count><background>rainy street</background></general_tags>
<caption>Two girls wait in the rain.</caption>`;
const CHINESE = `<character_1><appearance>蓝色头发</appearance><clothing>水手服</clothing></character_1><caption>少女在海边</caption>`;

function entry(prompt: string, changes: Partial<NewGeneration> = {}): NewGeneration {
  const positive = prompt;
  return newGeneration({ prompt, texts: { system: "", positive, negative: "bad hands" }, ...changes });
}

/** The names of three pictures by which tests ask what was found. */
async function threePictures(
  context: TestContext,
): Promise<{ library: Library; names: Map<string, string>; found: (query: string) => string[] }> {
  const library = openLibrary(libraryFolder(context), { mode: "write" });
  context.after(() => library.close());
  const names = new Map<string, string>();
  const save = async (name: string, given: NewGeneration): Promise<void> =>
    void names.set((await library.save(given)).id, name);
  await save("duet", entry(DUET, { seed: 42, toggles: { ...DEFAULT_TOGGLES, attention: "flash" } }));
  await save("chinese", entry(CHINESE, { seed: 7, model: "newbie exp", loras: [] }));
  await save(
    "plain",
    entry("1girl, red hair, school uniform, smile", {
      seed: 99,
      dialect: "plain",
      sampling: { ...SAMPLING_PRESETS.comfy, steps: 12 },
      steps: 12,
    }),
  );
  const found = (query: string): string[] =>
    searchPictures(library, { query, limit: 50 })
      .pictures.map(({ id }) => names.get(id) ?? id)
      .sort();
  return { library, names, found };
}

test("every kind of term finds what it says, and nothing else", async (context) => {
  const { found } = await threePictures(context);
  const cases: Readonly<Record<string, readonly string[]>> = {
    "": ["chinese", "duet", "plain"],
    hair: ["duet", "plain"],
    "hair left:blue_hair": ["duet"],
    "right:blue_hair": [],
    "c2.clothing:serafuku left:blue_hair": ["duet"],
    "c1.clothing:serafuku": ["chinese"],
    "clothing=serafuku": [],
    "clothing=white_serafuku": ["duet"],
    "clothing:seraf*": ["duet"],
    "clothing:eraf*": [],
    "hair:red": ["plain"],
    "eyes:red": ["duet"],
    "count:2girls": ["duet"],
    "background:street -star": ["duet"],
    "seed:42": ["duet"],
    "seed:7..42": ["chinese", "duet"],
    "steps<13": ["plain"],
    "-steps<13": ["chinese", "duet"],
    "size:32x48": ["chinese", "duet", "plain"],
    "size:32x32": [],
    "toggle:flash": ["duet"],
    "toggle:attention=flash": ["duet"],
    "model:newbie": ["chinese"],
    "model:starter": ["duet", "plain"],
    "lora:ink": ["duet", "plain"],
    "solver:rk4": [],
    "-rain": ["chinese", "plain"],
    "caption:rain": ["duet"],
    "caption:street": [],
    '"wait in the rain"': ["duet"],
    '"in wait"': [],
    海边: ["chinese"],
    海: ["chinese"],
    边海: [],
    "clothing:水手服": ["chinese", "duet"],
    "clothing:手服": ["chinese"],
    "rain or 水手服": ["chinese", "duet"],
    [`date:${new Date().getFullYear()}..`]: ["chinese", "duet", "plain"],
    "date:..2001": [],
    "tag:1girl tag:smile": ["plain"],
  };
  for (const [query, names] of Object.entries(cases)) assert.deepEqual(found(query), names, query);
});

test("stars, notes and albums are found; what is in the trash only if asked, and what has left for good never", async (context) => {
  const { library, names, found } = await threePictures(context);
  const [duet = "", chinese = ""] = [...names.keys()];
  const marks = new MarkStore(library);
  const albums = new AlbumStore(library);
  marks.star([duet, "nobody"], true);
  assert.deepEqual(found("star"), ["duet"]);
  assert.deepEqual(marks.note(chinese, " 送给朋友 and mother "), {
    id: chinese,
    isStarred: false,
    note: "送给朋友 and mother",
    albums: [],
  });
  assert.deepEqual(
    [found("note:朋友"), found("note:mother"), found("note:moth"), found("note:moth*")],
    [["chinese"], ["chinese"], [], ["chinese"]],
  );
  const album = albums.create("Best of");
  assert.throws(() => albums.create("Best of"), { code: "album.exists" });
  albums.add(album.id, [duet, chinese, duet]);
  assert.deepEqual(albums.all().albums, [{ ...album, count: 2 }]);
  assert.deepEqual(found("album:best"), ["chinese", "duet"]);
  albums.takeOut(album.id, [chinese]);
  assert.deepEqual(marks.of([duet])[0]?.albums, [album.id]);
  const trash = new TrashStore(library);
  trash.trash([duet]);
  assert.deepEqual([found("album:best"), found("rain"), albums.all().albums[0]?.count], [[], [], 0]);
  const trashed = searchPictures(library, { query: "rain", limit: 5, isTrashed: true });
  assert.deepEqual([trashed.total, trashed.pictures[0]?.id], [1, duet]);
  trash.empty([duet]);
  const counts = (library.reading("", (database) =>
    ["search_text", "search_prompts", "stars", "album_pictures"].map((table) =>
      database.prepare(`SELECT count(*) FROM ${table}`).pluck().get(),
    ),
  ) ?? []) as number[];
  assert.deepEqual(counts, [2, 2, 0, 0], "nothing of the index outlives the prompt");
  marks.star([duet], false);
  assert.throws(() => marks.note(duet, "x"), { code: "library.not-found" });
});

test("pages follow each other without gap or repetition, and the command's records are the page's", async (context) => {
  const { library } = await threePictures(context);
  const ids: string[] = [];
  let before: string | undefined;
  do {
    const page = searchPictures(library, {
      query: "hair or 海",
      limit: 1,
      ...(before === undefined ? {} : { before }),
    });
    assert.equal(page.total, 3);
    ids.push(...page.pictures.map(({ id }) => id));
    before = page.next;
  } while (before !== undefined);
  assert.deepEqual(
    ids,
    library.history({ limit: 9 }).map(({ id }) => id),
  );
  assert.deepEqual(
    searchRecords(library, "left:blue_hair", 9).map(({ seed }) => seed),
    [42],
  );
  assert.throws(() => searchPictures(library, { query: "hair", limit: 1, before: "nobody" }), {
    code: "library.not-found",
  });
  assert.throws(() => searchPictures(library, { query: "hair:", limit: 1 }), { code: "query.invalid" });
});

test("facets count, and each of their terms finds as many as it says", async (context) => {
  const { library } = await threePictures(context);
  const { facets, sampled, total } = searchFacets(library, "");
  assert.deepEqual([sampled, total], [3, 3]);
  const names = facets.map(({ name }) => name);
  for (const name of ["hair", "eyes", "clothing", "count", "model", "date", "toggle", "lora"])
    assert.ok(names.includes(name), name);
  for (const { name, values } of facets)
    for (const { term, count } of values)
      assert.equal(searchPictures(library, { query: term, limit: 1 }).total, count, `${name} ${term}`);
  assert.equal(searchFacets(library, "seed:42").facets.find(({ name }) => name === "clothing")?.values.length, 2);
});

test("values that the library has are completed before those of the vocabulary", async (context) => {
  const { library } = await threePictures(context);
  const texts = (text: string): string[] =>
    completeSearch(library, text, text.length).options.map((option) => option.text);
  assert.equal(texts("rain clothing:whi")[0], "white_serafuku");
  assert.ok(texts("hair:blon").includes("blonde_hair"));
  assert.ok(texts("model:n").includes('"newbie exp"'));
  assert.ok(texts("clothing:水手").includes("serafuku"), "a name in Chinese offers the tag");
  assert.deepEqual(texts('"'), []);
});

test("what was stored before there was an index is found after opening, and by a reader beside it", async (context) => {
  const folder = libraryFolder(context);
  const old = openLibrary(folder, { mode: "write" });
  await old.save(entry(DUET, { seed: 42 }));
  await old.save(entry(CHINESE));
  old.close();
  const file = path.join(folder, "library.db");
  const database = new Database(file);
  database.exec(`DELETE FROM search_tags; DELETE FROM search_words; DELETE FROM search_names; DELETE FROM search_prompts; DELETE FROM search_text;
    DELETE FROM choice_sets; UPDATE generations SET toggles_key = NULL, loras_key = NULL`);
  database.close();
  const library = openLibrary(folder, { mode: "write" });
  for (const query of ["left:blue_hair", "rain", "lora:ink seed:42", "toggle:fused=operators seed:42 or seed:42"])
    assert.equal(searchPictures(library, { query, limit: 5 }).total, 1, query);
  library.close();
  assert.equal(MIGRATIONS.at(-1)?.version, 111);
  const reader = openLibrary(folder, { mode: "read" });
  assert.equal(searchPictures(reader, { query: "c2.clothing:serafuku", limit: 5 }).total, 1);
  reader.close();
});
