/** @file `tachie bench` as a person runs it, with a model so small that nothing takes long. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import type { BenchReport } from "../../src-main/contract/bench.ts";
import { BenchmarkStore } from "../../src-main/studio/benchmarks/benchmark-store.ts";
import { openLibrary } from "../../src-main/studio/library/library.ts";
import { CommandBench } from "../fixtures/command-bench.ts";

const bench = new CommandBench();
after(() => bench[Symbol.dispose]());

function kept() {
  const library = openLibrary(bench.library, { mode: "write" });
  try {
    return new BenchmarkStore(library).list();
  } finally {
    library.close();
  }
}

test("the ladder is measured, printed and kept, and stands beside the published one", async () => {
  const model = bench.installTinyModel();
  const words = ["bench", "--ladder", "--model", model, "--size", "32x32", "--steps", "2", "--provider", "cpu"];
  const asJson = await bench.run([...words, "--json"]);
  assert.equal(asJson.code, 0, asJson.stderr);
  const { id, ...report } = asJson.json as unknown as BenchReport & { readonly id: string };
  assert.deepEqual(
    [report.provider, report.size, report.rows[0]?.sampling.steps],
    ["cpu", { width: 32, height: 32 }, 2],
  );
  const [record] = kept();
  assert.deepEqual([record?.id, record?.report], [id, report]);
  const asText = await bench.run(words);
  assert.match(asText.stdout, /^no optimisation .*\n\+ graph optimisation[^]*\+ torch\.compile +24\.5 +2\.54 +1\.99/m);
  assert.match(asText.stderr, /1 of \d  no optimisation: [\d.]+ ms a step/);
  assert.equal(kept().length, 2);
});

test("without a word of what to measure it is a wrong use", async () => {
  assert.equal((await bench.run(["bench"])).code, 2);
});
