import assert from "node:assert/strict";
import { test } from "node:test";
import { endOfPrefix, IdSource, normaliseId } from "../../../../src-main/studio/library/identifiers.ts";

const NEW_YEAR = Date.UTC(2026, 0, 1);

test("ids are ten digits and unmistakable letters, and sort by time", () => {
  const ids = Array.from({ length: 500 }, (_entry, index) =>
    // A source of its own for each: the order comes from the time alone, a second apart.
    new IdSource(() => false).next(new Date(NEW_YEAR + index * 1000)),
  );
  for (const id of ids) assert.match(id, /^[0-9a-hjkmnp-tv-z]{10}$/);
  assert.deepEqual(ids.toSorted(), ids);
  // Three seconds apart, six characters tell them apart.
  assert.equal(new Set(ids.filter((_id, index) => index % 4 === 0).map((id) => id.slice(0, 6))).size, 125);
});

test("one source never repeats itself nor goes back, however fast and whatever the clock does", () => {
  const source = new IdSource(() => false);
  const times = [...Array.from({ length: 100_000 }, () => NEW_YEAR), NEW_YEAR - 1e9, NEW_YEAR + 50, 0, -1e12, NEW_YEAR];
  const ids = times.map((time) => source.next(new Date(time)));
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(ids).size, ids.length);
});

test("an id that is taken is passed over", () => {
  const refused: string[] = [];
  const id = new IdSource((candidate) => refused.length < 3 && refused.push(candidate) > 0).next(new Date(NEW_YEAR));
  assert.equal(refused.length, 3);
  assert.ok(refused.every((candidate) => candidate < id));
});

test("a clock a century off still gives ids of ten characters", () => {
  for (const year of [1970, 2024, 2133, 2200, 9999])
    assert.match(new IdSource(() => false).next(new Date(Date.UTC(year, 5, 1))), /^[0-9a-z]{10}$/);
});

test("what is typed is read generously", () => {
  assert.equal(normaliseId("  OF8Kil "), "0f8k11");
  assert.ok("0f8kzzzzzz" < endOfPrefix("0f8k") && endOfPrefix("0f8k") < "0f8m000000");
});
