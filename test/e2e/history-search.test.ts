/** @file `tachie history QUERY` finds what the page's search finds, beside a writer too. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { ErrorData } from "../../src-main/contract/errors.ts";
import type { GenerationRecord } from "../../src-main/contract/generation.ts";
import { openLibrary } from "../../src-main/studio/library/library.ts";
import { searchPictures } from "../../src-main/studio/library/search/picture-search.ts";
import { CommandBench } from "../fixtures/command-bench.ts";
import { newGeneration } from "../fixtures/new-generation.ts";

const bench = new CommandBench();
after(() => bench[Symbol.dispose]());

const DUET = `<character_1><appearance>blue hair</appearance><position>left</position></character_1>
<character_2><clothing>serafuku</clothing></character_2>`;

test("a query by command finds what the interface finds, and a wrong one says where", async () => {
  const writer = openLibrary(bench.library, { mode: "write" });
  for (const [seed, prompt] of [DUET, "1girl, blue hair", DUET].entries())
    await writer.save(newGeneration({ seed, prompt, texts: { system: "", positive: prompt, negative: "" } }));
  const query = "c2.clothing:serafuku left:blue_hair";
  const { code, json, stderr } = await bench.run(["history", query, "--json"]);
  assert.equal(code, 0, stderr);
  const ids = (json as { images: GenerationRecord[] }).images.map(({ id }) => id);
  assert.deepEqual(
    ids,
    searchPictures(writer, { query, limit: 9 }).pictures.map(({ id }) => id),
  );
  assert.equal(ids.length, 2);
  const limited = await bench.run(["history", "blue hair", "seed<2", "--limit", "1", "--json"]);
  assert.deepEqual(
    (limited.json as { images: GenerationRecord[] }).images.map(({ seed }) => seed),
    [1],
  );
  assert.match((await bench.run(["history", "nothing"])).stdout, /Nothing in the library is like that/);
  const wrong = await bench.run(["history", "steps<many", "--json"]);
  assert.notEqual(wrong.code, 0);
  assert.equal((wrong.json as { error: ErrorData }).error.where, "column 7");
  writer.close();
});
