import assert from "node:assert/strict";
import { test } from "node:test";
import type { PictureSummary } from "../../../src-main/contract/studio.ts";
import { applyChange } from "../../../src-renderer/state/picture-changes.ts";
import { EMPTY_LIST, appendPage } from "../../../src-renderer/state/picture-list.ts";

function picture(day: number, id = `p${day}`): PictureSummary {
  const createdAt = `2026-11-${String(day).padStart(2, "0")}T00:00:00.000Z`;
  return { id, createdAt, width: 1, height: 1, seed: 1, model: "m", isFileMissing: false };
}
const listOf = (days: readonly number[], total: number, next?: string) =>
  appendPage(EMPTY_LIST, { pictures: days.map((day) => picture(day)), total, ...(next === undefined ? {} : { next }) });
const idsOf = ({ pictures }: { readonly pictures: readonly PictureSummary[] }) => pictures.map(({ id }) => id);

test("what is gone leaves the list, and the next page begins after the last one that stays", () => {
  const list = applyChange(listOf([9, 8, 7, 6], 20, "p6"), { added: [], gone: ["p8", "p6", "p2"] });
  assert.deepEqual([idsOf(list), list.total, list.next], [["p9", "p7"], 17, "p7"]);
});

test("what comes stands where its time puts it, as far as the list is known; the rest is counted", () => {
  const before = listOf([9, 7, 5], 10, "p5");
  const list = applyChange(before, { added: [picture(8), picture(3), picture(12), picture(7)], gone: [] });
  assert.deepEqual([idsOf(list), list.total, list.next], [["p12", "p9", "p8", "p7", "p5"], 13, "p5"]);
});

test("a list that is known whole takes everything, and an empty one too", () => {
  const whole = applyChange(listOf([9], 1), { added: [picture(3), picture(3, "p3b")], gone: [] });
  assert.deepEqual([idsOf(whole), whole.total, whole.next], [["p9", "p3b", "p3"], 3, undefined]);
  const empty = applyChange(whole, { added: [], gone: ["p9", "p3", "p3b"] });
  assert.deepEqual([idsOf(empty), empty.total], [[], 0]);
  assert.deepEqual(idsOf(applyChange(empty, { added: [picture(1)], gone: [] })), ["p1"]);
});
