import assert from "node:assert/strict";
import { test } from "node:test";
import { readDocument } from "../../../src-renderer/editor/model/document.ts";
import { canUndo, presentOf, record, redo, startHistory, undo } from "../../../src-renderer/editor/model/history.ts";
import type { History, Snapshot } from "../../../src-renderer/editor/model/history.ts";
import { textChange } from "../../../src-renderer/editor/model/text-change.ts";

const snapshot = (text: string, negative = ""): Snapshot => ({
  document: readDocument(text),
  negative,
  dialect: "readme",
});
const textOf = (history: History): string => presentOf(history).document.text;

function typed(history: History, texts: readonly string[], at: number, everyMs: number, name = "text"): History {
  return texts.reduce(
    (done, text, index) => record(done, snapshot(text), { name, at: at + index * everyMs, isTyping: true }),
    history,
  );
}

test("typing without a pause is one step", () => {
  const history = typed(startHistory(snapshot(""), 0), ["a", "ab", "abc"], 1000, 100);
  assert.equal(textOf(history), "abc");
  assert.equal(textOf(undo(history)), "");
  assert.equal(textOf(redo(undo(history))), "abc");
});

test("a pause, another field, another kind of change and a long time begin a new step", () => {
  const begun = typed(startHistory(snapshot(""), 0), ["a"], 0, 1);
  assert.equal(textOf(undo(typed(begun, ["ab"], 2000, 1))), "a");
  assert.equal(textOf(undo(typed(begun, ["ab"], 10, 1, "caption"))), "a");
  assert.equal(textOf(undo(record(begun, snapshot("x"), { name: "text", at: 5 }))), "a");
  const letters = Array.from({ length: 100 }, (_, index) => "a".repeat(index + 2));
  const long = typed(begun, letters, 10, 200);
  assert.ok(long.past.length > 3, "twenty seconds of typing are more than one step");
});

test("undo after undo goes to the beginning and not beyond; a new change drops what could be redone", () => {
  let history = startHistory(snapshot("0"), 0);
  for (const text of ["1", "2", "3"]) history = record(history, snapshot(text), { name: "x", at: Number(text) });
  for (let round = 0; round < 9; round++) history = undo(history);
  assert.equal(textOf(history), "0");
  assert.equal(canUndo(history), false);
  history = record(redo(history), snapshot("other"), { name: "x", at: 9 });
  assert.equal(textOf(redo(history)), "other");
  assert.equal(textOf(undo(history)), "1");
});

test("a state that is already there is no step; the negative and the dialect are part of the state", () => {
  const history = startHistory(snapshot("a"), 0);
  assert.equal(record(history, snapshot("a"), { name: "x", at: 1 }), history);
  const negative = record(history, snapshot("a", "blurry"), { name: "negative", at: 1 });
  assert.equal(presentOf(negative).negative, "blurry");
  assert.equal(presentOf(undo(negative)).negative, "");
});

test("history does not grow without end", () => {
  let history = startHistory(snapshot("0"), 0);
  for (let step = 1; step < 700; step++) history = record(history, snapshot(`${step}`), { name: "x", at: step });
  assert.ok(history.past.length <= 500);
  assert.equal(textOf(history), "699");
});

test("a text change is the smallest replacement", () => {
  const apply = (before: string, after: string): string => {
    const change = textChange(before, after);
    if (change === undefined) return before;
    return before.slice(0, change.from) + change.insert + before.slice(change.to);
  };
  for (const [before, after] of [
    ["", "a"],
    ["abc", "abxc"],
    ["aaa", "aa"],
    ["aba", "abba"],
    ["x", "y"],
    ["ab", ""],
  ] as const)
    assert.equal(apply(before, after), after);
  assert.deepEqual(textChange("one two three", "one 2 three"), { from: 4, to: 7, insert: "2" });
  assert.equal(textChange("same", "same"), undefined);
});
