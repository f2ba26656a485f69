import assert from "node:assert/strict";
import { test } from "node:test";
import type { Draft } from "../../../src-main/contract/drafts.ts";
import { AUTOSAVE_DELAY_MS, Autosave } from "../../../src-renderer/state/autosave.ts";

function draft(text: string): Draft {
  return { text, negative: "", dialect: "readme", settings: {} };
}

/** A studio that can be unplugged, and the page's storage. */
function doors() {
  const saved: string[] = [];
  const aside = new Map<string, string>();
  const state = { isReachable: true };
  const autosave = new Autosave({
    save: async ({ text }) => {
      await Promise.resolve();
      if (!state.isReachable) throw new Error("unplugged");
      saved.push(text);
    },
    storage: {
      getItem: (key) => aside.get(key) ?? null,
      setItem: (key, value) => void aside.set(key, value),
      removeItem: (key) => void aside.delete(key),
    },
  });
  return { autosave, saved, aside, state };
}

test("a change is saved once, after a pause, as it is then", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { autosave, saved } = doors();
  autosave.adopt(draft(""));
  autosave.change(draft("a"));
  t.mock.timers.tick(AUTOSAVE_DELAY_MS - 1);
  autosave.change(draft("ab"));
  t.mock.timers.tick(AUTOSAVE_DELAY_MS - 1);
  assert.deepEqual(saved, []);
  t.mock.timers.tick(1);
  await autosave.flush();
  await new Promise(setImmediate);
  assert.deepEqual(saved, ["ab"]);
  assert.equal(autosave.isDirty(), false);
});

test("what the studio already has is not saved again", async () => {
  const { autosave, saved } = doors();
  autosave.adopt(draft("kept"));
  autosave.change(draft("kept"));
  await autosave.flush();
  assert.deepEqual(saved, []);
});

test("without a studio the draft is put aside, and saved when the studio is back", async () => {
  const { autosave, saved, aside, state } = doors();
  autosave.adopt(draft(""));
  state.isReachable = false;
  autosave.change(draft("written offline"));
  await autosave.flush();
  assert.equal(autosave.isDirty(), true);
  assert.equal(autosave.putAside()?.text, "written offline");
  state.isReachable = true;
  await autosave.flush();
  assert.deepEqual(saved, ["written offline"]);
  assert.equal(aside.size, 0);
});

test("what is typed during a save is saved after it", async () => {
  const { autosave, saved } = doors();
  autosave.adopt(draft(""));
  autosave.change(draft("first"));
  const flushed = autosave.flush();
  autosave.change(draft("second"));
  await flushed;
  assert.deepEqual(saved, ["first", "second"]);
});

test("something else in the storage is no draft", () => {
  const { autosave, aside } = doors();
  for (const foreign of ["not JSON", "{}", '{"text":1}', "null"]) {
    aside.set("tachie.unsaved-draft", foreign);
    assert.equal(autosave.putAside(), undefined, foreign);
  }
});
