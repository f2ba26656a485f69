/** @file Edits as a form makes them: fields and cards change, everything else stays as it was written. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  addCharacter,
  captionText,
  characterBox,
  charactersOf,
  duplicateCharacter,
  fillCharacter,
  fieldsOf,
  fieldTags,
  fieldText,
  generalText,
  modelText,
  moveCharacter,
  readPrompt,
  removeCharacter,
  renumberCharacters,
  setCaption,
  setCharacterBox,
  setCharacterField,
  setCharacterTags,
  setElementText,
  setGeneralField,
  swapCharacters,
  swapField,
  writePrompt,
} from "../../../src-main/prompt/index.ts";
import type { PromptTree } from "../../../src-main/prompt/index.ts";
import { elementsOf } from "../../../src-main/prompt/tree.ts";
import { checkRoundTrip, checkWellFormed } from "./properties.ts";
import { pick, randomText, randomTree, seededRandom } from "./random-prompts.ts";

const TRIO = `<character_1>
  <n>$character_1$</n>
  <appearance><!-- mine -->blue_hair, (smile:1.2)<b>x</b></appearance>
  <position>left</position>
  <mood/>
</character_1>

<character_2>
  <n>$character_2$</n>
  <position>center</position>
</character_2>

<character_3>
  <n>rem</n>
  <action>hugs $character_1$ &amp; $character_2$</action>
</character_3>

<general_tags>
  <count>3girls</count>
</general_tags>

<caption>$character_3$ hugs $character_1$.</caption>
`;

function ids(tree: PromptTree): number[] {
  return charactersOf(tree).map(({ id }) => id);
}

function names(tree: PromptTree): string[] {
  return charactersOf(tree).map(({ name }) => name);
}

function idAt(tree: PromptTree, index: number): number {
  return ids(tree)[index] ?? -1;
}

describe("fields", () => {
  const { tree } = readPrompt(TRIO);
  const first = idAt(tree, 0);

  test("a field's text changes, comments and unknown elements in it stay", () => {
    const changed = setCharacterField(tree, first, "appearance", "red_hair & more");
    assert.equal(
      writePrompt(changed),
      TRIO.replace("<!-- mine -->blue_hair, (smile:1.2)<b>x</b>", "<!-- mine -->red_hair &amp; more<b>x</b>"),
    );
    assert.equal(fieldText(charactersOf(changed)[0], "appearance"), "red_hair & more");
    assert.equal(writePrompt(tree), TRIO);
  });

  test("the same text gives the same tree", () => {
    assert.equal(setCharacterField(tree, first, "position", " left "), tree);
    assert.equal(setGeneralField(tree, "count", "3girls"), tree);
    assert.equal(setCharacterField(tree, 9999, "position", "x"), tree);
  });

  test("a new field takes its usual place and the indent of its neighbours", () => {
    const changed = setCharacterField(setCharacterField(tree, first, "clothing", "dress"), first, "gender", "1girl");
    assert.match(writePrompt(changed), /<n>\$character_1\$<\/n>\n {2}<gender>1girl<\/gender>\n {2}<appearance>/);
    assert.match(writePrompt(changed), /<\/appearance>\n {2}<clothing>dress<\/clothing>\n {2}<position>/);
    const last = setCharacterField(tree, idAt(tree, 1), "action", "waving");
    assert.match(writePrompt(last), /<n>\$character_2\$<\/n>\n {2}<action>waving<\/action>\n {2}<position>center/);
  });

  test("a field set to nothing goes with its line", () => {
    const changed = setCharacterField(tree, idAt(tree, 1), "position", "");
    assert.equal(writePrompt(changed), TRIO.replace("\n  <position>center</position>", ""));
  });

  test("lists of tags, weights as written", () => {
    const tags = fieldTags(charactersOf(tree)[0], "appearance");
    assert.deepEqual(
      tags.map(({ text }) => text),
      ["blue_hair", "(smile:1.2)"],
    );
    const changed = setCharacterTags(tree, first, "clothing", ["white_dress", " (ribbon:0.8) ", ""]);
    assert.equal(fieldText(charactersOf(changed)[0], "clothing"), "white_dress, (ribbon:0.8)");
  });

  test("fields as a form lists them", () => {
    const [card] = charactersOf(tree);
    assert.ok(card);
    assert.deepEqual(
      fieldsOf(card).map(({ key, text, isKnown, isTextOnly }) => [key, text, isKnown, isTextOnly]),
      [
        ["n", "$character_1$", true, true],
        ["appearance", "blue_hair, (smile:1.2)", true, false],
        ["position", "left", true, true],
        ["mood", "", false, true],
      ],
    );
    const mood = fieldsOf(card).find(({ key }) => key === "mood");
    assert.match(writePrompt(setElementText(tree, mood?.id ?? -1, "low & slow")), /<mood>low &amp; slow<\/mood>/);
  });

  test("the general block is made where there is none, the artists under the dialect's name", () => {
    const bare = readPrompt("<img>\n<character_1><n>a</n></character_1>\n</img>").tree;
    const changed = setGeneralField(bare, "artists", "someone");
    assert.equal(
      writePrompt(changed),
      "<img>\n<character_1><n>a</n></character_1>\n\n<general_tags>\n<artist>someone</artist>\n</general_tags>\n</img>",
    );
    assert.equal(generalText(changed, "artists"), "someone");
    assert.equal(setGeneralField(bare, "artists", ""), bare);
  });

  test("white space around a caption stays, and markup of a caption around the text goes", () => {
    const { tree: formatted } = readPrompt("<img><caption>\n  old\n </caption></img>");
    assert.equal(writePrompt(setCaption(formatted, "new")), "<img><caption>\n  new\n </caption></img>");
    for (const text of ["new", "<caption>new</caption>", "<caption><caption> new </caption></caption>"])
      assert.equal(captionText(setCaption(tree, text)), "new");
    assert.match(writePrompt(setCaption(tree, "a </caption><caption> b")), /<caption>a &lt;\/caption>&lt;caption> b</);
    assert.equal(writePrompt(setCaption(tree, "")), TRIO.replace(/\n\n<caption>.*<\/caption>/, ""));
  });

  test("characters that no prompt can hold are left out", () => {
    const changed = setCaption(tree, "a\u0000b\ud800c\u0008");
    assert.equal(captionText(changed), "ab\ufffdc");
    checkWellFormed(changed);
  });
});

describe("the cast", () => {
  const { tree } = readPrompt(TRIO);

  test("a new character stands behind the last one, with the next number", () => {
    const { tree: added, id } = addCharacter(tree, { gender: "1boy", position: "right" });
    assert.deepEqual(names(added), ["character_1", "character_2", "character_3", "character_4"]);
    assert.equal(idAt(added, 3), id);
    assert.match(
      writePrompt(added),
      /<\/character_3>\n\n<character_4>\n<n>\$character_4\$<\/n>\n<gender>1boy<\/gender>\n<position>right<\/position>\n<\/character_4>\n\n<general_tags>/,
    );
  });

  test("the first character of plain text stands before the text", () => {
    const { tree: added } = addCharacter(readPrompt("rain, night").tree);
    assert.equal(added.dialect, "readme");
    assert.match(
      writePrompt(added),
      /^<character_1>\n[^]*<\/character_1>\n\n<general_tags>\n<other>rain, night<\/other>/,
    );
  });

  test("a copy has new ids throughout, and its own placeholder", () => {
    const { tree: copied, id } = duplicateCharacter(tree, idAt(tree, 0));
    const all = [...elementsOf(copied.nodes)].map((element) => element.id);
    assert.equal(new Set(all).size, all.length);
    const copy = charactersOf(copied).find((card) => card.id === id);
    assert.equal(copy?.name, "character_4");
    assert.equal(fieldText(copy, "n"), "$character_4$");
    assert.match(writePrompt(copied), /<character_4>\n {2}<n>\$character_4\$<\/n>\n {2}<appearance><!-- mine -->/);
  });

  test("a card that says nothing becomes another's, in its place under its number; one that says something stays", () => {
    const { tree } = readPrompt(TRIO);
    const { tree: own } = readPrompt(
      "<character_4>\n<n>$character_4$ yuzuki</n>\n<appearance>silver_hair</appearance>\n<position>right</position>\n</character_4>",
    );
    const [yuzuki] = charactersOf(own);
    assert.ok(yuzuki);
    const [first = -1, second = -1] = ids(tree);
    const filled = fillCharacter(setCharacterField(tree, second, "n", "half a na"), second, yuzuki);
    assert.equal(filled.id, second);
    assert.equal(charactersOf(filled.tree).length, 3);
    const [, card] = charactersOf(filled.tree);
    assert.deepEqual([card?.id, card?.name], [second, "character_2"]);
    assert.equal(fieldText(card, "n"), "$character_2$ yuzuki");
    assert.equal(fieldText(card, "appearance"), "silver_hair");
    assert.equal(fieldText(card, "position"), "center");
    assert.equal(writePrompt(filled.tree).slice(0, 120), TRIO.slice(0, 120));
    const beside = fillCharacter(tree, first, yuzuki);
    assert.equal(charactersOf(beside.tree).length, 4);
    assert.equal(charactersOf(beside.tree)[0], charactersOf(tree)[0]);
  });

  test("exchanged characters take each other's numbers, and every placeholder follows", () => {
    const swapped = swapCharacters(tree, idAt(tree, 0), idAt(tree, 2));
    assert.deepEqual(names(swapped), ["character_1", "character_2", "character_3"]);
    assert.deepEqual(ids(swapped), [idAt(tree, 2), idAt(tree, 1), idAt(tree, 0)]);
    assert.equal(fieldText(charactersOf(swapped)[0], "action"), "hugs $character_3$ & $character_2$");
    assert.equal(fieldText(charactersOf(swapped)[2], "n"), "$character_3$");
    assert.equal(captionText(swapped), "$character_1$ hugs $character_3$.");
    assert.equal(writePrompt(swapCharacters(swapped, idAt(tree, 0), idAt(tree, 2))), TRIO);
  });

  test("a character moved to another place", () => {
    const moved = moveCharacter(tree, idAt(tree, 2), 0);
    assert.deepEqual(ids(moved), [idAt(tree, 2), idAt(tree, 0), idAt(tree, 1)]);
    assert.deepEqual(names(moved), ["character_1", "character_2", "character_3"]);
    assert.equal(captionText(moved), "$character_1$ hugs $character_2$.");
    assert.equal(moveCharacter(tree, idAt(tree, 0), 0), tree);
    assert.equal(moveCharacter(tree, 9999, 0), tree);
  });

  test("one field exchanged between two characters", () => {
    const swapped = swapField(tree, idAt(tree, 0), idAt(tree, 1), "position");
    assert.deepEqual(
      charactersOf(swapped).map((card) => fieldText(card, "position")),
      ["center", "left", ""],
    );
  });

  test("a gap closed: numbers and placeholders move up", () => {
    const removed = removeCharacter(tree, idAt(tree, 1));
    assert.deepEqual(names(removed), ["character_1", "character_3"]);
    const closed = renumberCharacters(removed);
    assert.deepEqual(names(closed), ["character_1", "character_2"]);
    assert.equal(captionText(closed), "$character_2$ hugs $character_1$.");
  });

  test("entries and boxes of the envelope go with their characters", () => {
    const comfy = readPrompt(writePrompt(tree, "comfy")).tree;
    const boxed = setCharacterBox(comfy, idAt(comfy, 0), [0, 0, 333.4, 1000]);
    assert.deepEqual(characterBox(boxed, idAt(boxed, 0)), [0, 0, 333, 1000]);
    const swapped = swapCharacters(boxed, idAt(boxed, 0), idAt(boxed, 2));
    assert.deepEqual(characterBox(swapped, idAt(boxed, 0)), [0, 0, 333, 1000]);
    assert.deepEqual(characterBox(swapped, idAt(boxed, 2)), [0, 0, 1000, 1000]);
    const moved = moveCharacter(boxed, idAt(boxed, 0), 1);
    assert.deepEqual(
      ids(moved).map((id) => characterBox(moved, id)?.[2]),
      [1000, 333, 1000],
    );
    const removed = removeCharacter(swapped, idAt(swapped, 1));
    const closed = renumberCharacters(removed);
    assert.deepEqual(
      closed.envelope?.root.members.map(({ key }) => key),
      ["character_1", "character_2", "image"],
    );
    assert.deepEqual(characterBox(closed, idAt(closed, 1)), [0, 0, 333, 1000]);
    const { tree: copied, id } = duplicateCharacter(closed, idAt(closed, 1));
    assert.deepEqual(characterBox(copied, id), [0, 0, 333, 1000]);
    assert.match(writePrompt(copied), /"character_3": \{\n"bbox": \[\n0,\n0,\n333,/);
    checkRoundTrip(copied);
  });
});

test("random edits: nothing collides, what is written is well-formed and reads as it was", () => {
  const keys = ["n", "gender", "appearance", "clothing", "position"] as const;
  const { tree: others } = readPrompt(TRIO);
  for (let seed = 0; seed < 600; seed++) {
    const random = seededRandom(seed * 13 + 7);
    let tree = randomTree(random, pick(random, ["readme", "webapp", "nodes", "formatter", "comfy"] as const));
    for (let step = 0; step < 8; step++) {
      const id = charactersOf(tree).length === 0 ? -1 : pick(random, ids(tree));
      const kind = Math.floor(random() * 10);
      if (kind === 0) tree = addCharacter(tree, { gender: "1girl", appearance: randomText(random, 3) }).tree;
      else if (kind === 1) tree = removeCharacter(tree, id);
      else if (kind === 2) tree = duplicateCharacter(tree, id).tree;
      else if (kind === 3) tree = moveCharacter(tree, id, Math.floor(random() * 4));
      else if (kind === 4) tree = renumberCharacters(tree);
      else if (kind === 5) tree = setCaption(tree, randomText(random, 5));
      else if (kind === 6)
        tree = setGeneralField(tree, pick(random, ["count", "artists", "other"]), randomText(random, 3));
      else if (kind === 7) tree = setCharacterField(tree, id, pick(random, keys), randomText(random, 4));
      else if (kind === 8) tree = fillCharacter(tree, id, pick(random, charactersOf(others))).tree;
      else tree = swapCharacters(tree, id, pick(random, [...ids(tree), -1]));
      const all = [...elementsOf(tree.nodes)].map((element) => element.id);
      assert.equal(new Set(all).size, all.length);
      assert.ok(all.every((given) => given < tree.nextId));
    }
    checkWellFormed(tree);
    const text = writePrompt(tree);
    const again = readPrompt(text);
    assert.equal(writePrompt(again.tree), text);
    assert.equal(modelText(again.tree), modelText(tree));
  }
});
