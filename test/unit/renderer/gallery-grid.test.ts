import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { PictureSummary } from "../../../src-main/contract/studio.ts";
import { sampleRecord } from "../../../src-renderer/demo/sample-data.ts";
import {
  layoutGrid,
  tileAfterKey,
  tileAt,
  tilePlace,
  visibleStretch,
} from "../../../src-renderer/gallery/grid-layout.ts";
import type { GridLayout } from "../../../src-renderer/gallery/grid-layout.ts";
import { NO_SLOTS, assignSlots } from "../../../src-renderer/gallery/slots.ts";
import { NOTHING_CHOSEN, inOrder, toggled, upTo } from "../../../src-renderer/gallery/selection.ts";
import { EMPTY_LIST, appendPage, prependPicture } from "../../../src-renderer/state/picture-list.ts";
import type { PictureDay } from "../../../src-renderer/state/picture-list.ts";

/** Days in a row with so many pictures each. */
function daysOf(counts: readonly number[]): PictureDay[] {
  let first = 0;
  return counts.map((count, place) => {
    const day = { startMs: (1000 - place) * 86_400_000, first, count };
    first += count;
    return day;
  });
}

const someGrid = fc.record({
  counts: fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 60 }),
  unknown: fc.integer({ min: 0, max: 3000 }),
  width: fc.integer({ min: 50, max: 4000 }),
  viewportHeight: fc.integer({ min: 1, max: 2200 }),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  tileMin: fc.integer({ min: 40, max: 400 }),
  gap: fc.integer({ min: 0, max: 20 }),
});

test("the grid draws every tile and heading in view and little else", () => {
  fc.assert(
    fc.property(someGrid, ({ counts, unknown, viewportHeight, share, ...measures }) => {
      const days = daysOf(counts);
      const total = counts.reduce((sum, count) => sum + count, 0) + unknown;
      const layout = layoutGrid(days, total, { ...measures, heading: 40 });
      const scrollTop = share * layout.height;
      const { bands, ranges } = visibleStretch(layout, scrollTop, viewportHeight);
      const drawn = new Set(
        ranges.flatMap(({ first, end }) => Array.from({ length: end - first }, (_, i) => first + i)),
      );
      const rows = Math.ceil(viewportHeight / layout.row) + 6;
      assert.ok(drawn.size <= (rows + bands.length) * layout.columns, `${drawn.size} tiles`);
      for (const index of drawn) assert.ok(index >= 0 && index < total);
      for (let index = 0; index < total; index += Math.max(1, Math.floor(total / 50))) {
        const { left, top } = tilePlace(layout, index);
        assert.ok(left + layout.tile <= measures.width + 0.001 || layout.columns === 1);
        const isInView = top < scrollTop + viewportHeight && top + layout.tile > scrollTop;
        if (isInView) assert.ok(drawn.has(index), `tile ${index}`);
      }
      for (const band of layout.bands)
        if (band.top < scrollTop + viewportHeight && band.end > scrollTop) assert.ok(bands.includes(band));
    }),
  );
});

test("no two tiles overlap, and none lies under a heading", () => {
  const layout = layoutGrid(daysOf([5, 1, 9]), 20, { width: 430, tileMin: 100, gap: 10, heading: 40 });
  assert.equal(layout.columns, 4);
  const places = Array.from({ length: 20 }, (_, index) => tilePlace(layout, index));
  const keys = new Set(places.map(({ left, top }) => `${left}/${top}`));
  assert.equal(keys.size, 20);
  assert.deepEqual(
    layout.bands.map(({ startMs, first, count, top, tilesTop, end }) => [
      startMs !== undefined,
      first,
      count,
      top,
      tilesTop,
      end,
    ]),
    [
      [true, 0, 5, 0, 40, 260],
      [true, 5, 1, 260, 300, 410],
      [true, 6, 9, 410, 450, 780],
      [false, 15, 5, 780, 780, 1000],
    ],
  );
});

test("arrow keys go about the grid across days and stop at its edges", () => {
  const layout = layoutGrid(daysOf([5, 1, 9]), 15, { width: 430, tileMin: 100, gap: 10, heading: 40 });
  const after = (key: string, index: number): number => tileAfterKey(layout, key, index, 2);
  assert.equal(after("ArrowDown", 1), 4, "the last line of a day is shorter");
  assert.equal(after("ArrowDown", 4), 5, "into the next day");
  assert.equal(after("ArrowDown", 5), 6);
  assert.equal(after("ArrowUp", 7), 5);
  assert.equal(after("ArrowUp", 5), 4);
  assert.equal(after("ArrowUp", 2), 2);
  assert.equal(after("ArrowDown", 14), 14);
  assert.equal(after("End", 1), 14);
  assert.equal(after("Home", 7), 0);
  assert.equal(after("ArrowRight", 14), 14);
  assert.equal(after("PageDown", 0), 5, "two rows on");
  assert.equal(after("PageDown", 10), 14);
  assert.equal(after("PageUp", 14), 6);
  assert.equal(after("a", 3), 3);
});

test("every key leads to a tile that is there", () => {
  const keys = ["ArrowLeft", "ArrowRight", "ArrowUp", "ArrowDown", "Home", "End", "PageUp", "PageDown"];
  const someKeys = fc.array(fc.constantFrom(...keys), { maxLength: 60 });
  fc.assert(
    fc.property(someGrid, someKeys, ({ counts, width, tileMin, gap }, pressed) => {
      const total = counts.reduce((sum, count) => sum + count, 0);
      const layout: GridLayout = layoutGrid(daysOf(counts), total, { width, tileMin, gap, heading: 40 });
      let index = 0;
      for (const key of pressed) {
        index = tileAfterKey(layout, key, index, 3);
        assert.ok(Number.isInteger(index) && index >= 0 && index < Math.max(1, total), `${key}: ${index}`);
        if (total > 0) assert.ok(tileAt(layout, tilePlace(layout, index).top) <= index);
      }
    }),
  );
});

function summary(number: number): PictureSummary {
  return sampleRecord(number);
}

test("days are kept up however the pictures come", () => {
  const pages = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(pages, fc.integer({ min: 0, max: 60 }), (lengths, saved) => {
      let list = EMPTY_LIST;
      let next = saved;
      for (const length of lengths) {
        const pictures = Array.from({ length }, (_, i) => summary(next + i));
        next += length;
        list = appendPage(list, { pictures, total: next });
      }
      for (let number = saved - 1; number >= 0; number--) list = prependPicture(list, summary(number));
      const dayOf = ({ createdAt }: PictureSummary): number => new Date(createdAt).setHours(0, 0, 0, 0);
      assert.equal(list.pictures.length, next);
      assert.equal(
        list.days.reduce((sum, { count }) => sum + count, 0),
        next,
      );
      for (const { startMs, first, count } of list.days)
        for (const picture of list.pictures.slice(first, first + count)) assert.equal(dayOf(picture), startMs);
      assert.equal(new Set(list.days.map(({ startMs }) => startMs)).size, list.days.length, "a day is one stretch");
    }),
  );
});

test("pictures are chosen one by one, from here to there, and in the list's order", () => {
  const order = ["a", "b", "c", "d", "e"];
  const one = toggled(NOTHING_CHOSEN, "b");
  assert.deepEqual(inOrder(upTo(one, "d", order), order), ["b", "c", "d"]);
  assert.deepEqual(inOrder(upTo(upTo(one, "d", order), "a", order), order), ["a", "b"], "from the same anchor");
  assert.deepEqual(inOrder(toggled(toggled(one, "e"), "a"), order), ["a", "b", "e"]);
  assert.deepEqual(inOrder(toggled(one, "b"), order), []);
  assert.deepEqual(inOrder(upTo(NOTHING_CHOSEN, "c", order), order), ["c"]);
  assert.deepEqual(inOrder(upTo({ ids: new Set(["x"]), anchor: "x" }, "c", order), order), ["c"], "the anchor is gone");
});

test("a tile that stays keeps its element, and there are never more elements than were drawn at once", () => {
  const views = fc.array(fc.uniqueArray(fc.integer({ min: 0, max: 60 }), { maxLength: 20 }), { maxLength: 12 });
  fc.assert(
    fc.property(views, (shown) => {
      let slots = NO_SLOTS;
      let most = 0;
      for (const view of shown) {
        const before = slots;
        slots = assignSlots(before, view.map(String));
        most = Math.max(most, view.length);
        assert.equal(slots.size, view.length);
        assert.equal(new Set(slots.values()).size, view.length, "each has an element of its own");
        for (const [key, slot] of slots) {
          assert.ok(slot < most);
          if (before.has(key)) assert.equal(slot, before.get(key));
        }
      }
    }),
  );
});
