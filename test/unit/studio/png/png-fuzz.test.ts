import assert from "node:assert/strict";
import { test } from "node:test";
import { fuzzPngs } from "../../../fixtures/png-mutations.ts";

/** 100,000 in test/bench/png-fuzz.bench.ts. */
const COUNT = Number(process.env["TACHIE_FUZZ_PNGS"] ?? 5000);

test(`${COUNT} damaged PNGs are read or refused: typed, fast, within bounded memory`, async () => {
  const { read, refused, slowestMs, grownBytes } = await fuzzPngs(COUNT, 1);
  assert.equal(read + refused, COUNT);
  assert.ok(read > COUNT / 20 && refused > COUNT / 2, `${read} read, ${refused} refused: the mutations miss their aim`);
  assert.ok(slowestMs < 50, `the slowest took ${slowestMs} ms`);
  assert.ok(grownBytes < 32 << 20, `the process grew by ${grownBytes} bytes`);
});
