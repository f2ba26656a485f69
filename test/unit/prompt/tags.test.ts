/** @file Tag lists: where tags begin and end, what they are called, and what is a list at all. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { isTagList, joinTags, parseTags, tagName, tagNames } from "../../../src-main/prompt/index.ts";

test("tags stand between commas, groups stay together, and places are exact", () => {
  const list = " blue_hair , (smile, wink:1.2),, rem_\\(re, zero\\)、((a)) ，b:1.1, :3, :(";
  const tags = parseTags(list);
  assert.deepEqual(
    tags.map(({ text }) => text),
    ["blue_hair", "(smile, wink:1.2)", "rem_\\(re", "zero\\)", "((a))", "b:1.1", ":3", ":("],
  );
  for (const { text, start, end, items } of tags) {
    assert.equal(list.slice(start, end), text);
    for (const item of items) assert.equal(tagName(list.slice(item.start, item.end)), item.name);
  }
  assert.deepEqual(tagNames(list), ["blue_hair", "smile", "wink", "rem_(re", "zero)", "a", "b", ":3", ":("]);
});

test("one name for every way to write it", () => {
  for (const written of ["Rem_\\(Re:Zero\\)", "rem (re:zero)", " rem  (re:zero) ", "rem_(re:zero)"])
    assert.equal(tagName(written), "rem_(re:zero)");
});

test("joining leaves tags as they are", () => {
  assert.equal(joinTags([" a ", "", "(b:1.2)", "c"]), "a, (b:1.2), c");
  assert.equal(joinTags(parseTags("a ,(b, c:1.2),d").map(({ text }) => text)), "a, (b, c:1.2), d");
});

test("lists of tags and sentences", () => {
  for (const list of [
    "1girl, blue hair, smile",
    "1girl",
    "a b c",
    "1girl, looking at viewer, masterpiece, best quality",
    "",
  ])
    assert.ok(isTagList(list), list);
  for (const prose of [
    "A girl with blue hair is smiling.",
    "a girl with blue hair who smiles at you",
    "Rain. Night.",
    "少女が笑う。",
  ])
    assert.ok(!isTagList(prose), prose);
});
