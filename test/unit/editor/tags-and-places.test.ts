import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { addCharacter, charactersOf, setCharacterField } from "../../../src-main/prompt/index.ts";
import type { Box } from "../../../src-main/prompt/index.ts";
import {
  addTags,
  chipsOf,
  moveTag,
  withLabel,
  withWeight,
  writtenName,
} from "../../../src-renderer/editor/model/chips.ts";
import { sharedKey, sharedTags } from "../../../src-renderer/editor/model/compare.ts";
import { readDocument } from "../../../src-renderer/editor/model/document.ts";
import { textOfField, withMovedTag } from "../../../src-renderer/editor/model/field-ref.ts";
import { boxOfPosition, movedBox, resizedBox, withPlace, wordOfBox } from "../../../src-main/prompt/position.ts";
import { sortTags } from "../../../src-renderer/editor/model/sorting.ts";
import { parseVocabulary, Vocabulary } from "../../../src-main/prompt/tag-vocabulary.ts";

const root = path.resolve(import.meta.dirname, "../../..");
const vocabulary = new Vocabulary(parseVocabulary(readFileSync(path.join(root, "assets/tags/tags.tsv"), "utf8")));
const tree = readDocument(readFileSync(path.join(root, "assets/examples/duet.xml"), "utf8")).tree;

test("chips show weights and keep everything else as it was written", () => {
  const chips = chipsOf("blue_hair, (red eyes:1.2), rem_\\(re:zero\\), (a, b:1.1), :3, ((x))");
  assert.deepEqual(
    chips.map(({ label, weight }) => [label, weight]),
    [
      ["blue_hair", 1],
      ["red eyes", 1.2],
      ["rem_\\(re:zero\\)", 1],
      ["a, b", 1.1],
      [":3", 1],
      ["((x))", 1],
    ],
  );
  assert.equal(chips[3]?.isGroup, true);
  assert.equal(chips[2]?.name, "rem_(re:zero)");
});

test("a weight is written, changed, bounded and taken away", () => {
  const [plain, heavy] = chipsOf("smile, (grin:1.2)");
  assert.ok(plain && heavy);
  assert.equal(withWeight(plain, 1.15), "(smile:1.15)");
  assert.equal(withWeight(heavy, 1), "grin");
  assert.equal(withWeight(heavy, 99), "(grin:2)");
  assert.equal(withLabel(heavy, "wide grin"), "(wide grin:1.2)");
  assert.equal(withLabel(plain, "  "), "");
});

test("adding passes over what is there already; moving keeps the rest in order", () => {
  assert.equal(addTags("smile, (blue hair:1.2)", "blue_hair, wink, Smile"), "smile, (blue hair:1.2), wink");
  assert.equal(addTags("", "a，b、c"), "a, b, c");
  assert.equal(addTags("a, c", "b", 1), "a, b, c");
  assert.equal(moveTag("a, b, c", 0, 2), "b, c, a");
  assert.equal(moveTag("a, b", 5, 0), "a, b");
  assert.equal(writtenName("orange_(fruit)"), "orange_\\(fruit\\)");
});

test("a tag goes from one field to another in one change", () => {
  const [card] = charactersOf(tree);
  const field = (key: "appearance" | "clothing") => ({ kind: "character", id: card?.id ?? 0, key }) as const;
  const moved = withMovedTag(tree, { field: field("appearance"), index: 3 }, { field: field("clothing"), index: 0 });
  assert.equal(textOfField(moved, field("appearance")), "blue_hair, long_hair, red_eyes");
  assert.equal(textOfField(moved, field("clothing")), "hair_ribbon, white_serafuku, blue_bow");
  const within = withMovedTag(tree, { field: field("appearance"), index: 0 }, { field: field("appearance"), index: 3 });
  assert.equal(textOfField(within, field("appearance")), "long_hair, red_eyes, blue_hair, hair_ribbon");
});

test("what characters share is known by field, weights aside", () => {
  const [left, right] = charactersOf(tree);
  assert.ok(left && right);
  const shared = sharedTags(
    charactersOf(setCharacterField(tree, right.id, "appearance", "(Blue hair:1.3), twintails")),
  );
  assert.deepEqual(
    [...(shared.get(left.id) ?? [])],
    [sharedKey("appearance", "blue_hair"), sharedKey("expression", "smile")],
  );
  assert.equal(sharedTags(charactersOf(addCharacter(readDocument("").tree).tree)).size, 1);
});

test("every place word gives a box that gives the word again", () => {
  const words = [
    "left",
    "center_left",
    "center",
    "center_right",
    "right",
    "top_left",
    "top",
    "bottom_right",
    "full-frame",
  ];
  for (const word of words) assert.equal(wordOfBox(boxOfPosition(word, 0, 1)), word);
  assert.equal(wordOfBox(boxOfPosition("left_side", 0, 2)), "left");
  const spread = [0, 1, 2].map((index) => wordOfBox(boxOfPosition("", index, 3)));
  assert.deepEqual(spread, ["left", "center", "right"]);
});

test("a place replaces the place and leaves the rest of the field", () => {
  assert.equal(withPlace("left, foreground, tight shot", "right"), "right, foreground, tight shot");
  assert.equal(withPlace("left, foreground", "background"), "left, background");
  assert.equal(withPlace("", "top_left"), "top_left");
});

test("boxes stay in the picture and never vanish", () => {
  const box: Box = [100, 100, 400, 900];
  for (const moved of [movedBox(box, -500, -500), movedBox(box, 900, 900)]) {
    assert.ok(moved.every((edge) => edge >= 0 && edge <= 1000));
    assert.deepEqual([moved[2] - moved[0], moved[3] - moved[1]], [300, 800]);
  }
  const smallest = resizedBox(box, -900, -900);
  assert.ok(smallest[2] > smallest[0] && smallest[3] > smallest[1]);
  assert.deepEqual(resizedBox(box, 900, 900), [100, 100, 1000, 1000]);
});

test("plain tags are sorted into fields, and none is lost", () => {
  const list = "1girl, solo, (white_hair:1.2), hoodie, smile, v, center, night, upper_body, masterpiece, odd_tag";
  const { character, general } = sortTags(list, vocabulary);
  assert.deepEqual(character, {
    gender: "1girl",
    appearance: "(white_hair:1.2)",
    clothing: "hoodie",
    expression: "smile",
    action: "v",
    position: "center",
  });
  assert.deepEqual(general, {
    count: "1girl, solo",
    background: "night",
    perspective: "upper_body",
    quality: "masterpiece",
    other: "odd_tag",
  });
});
