import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { DIALECTS } from "../../../src-main/contract/prompt.ts";
import {
  addCharacter,
  captionText,
  charactersOf,
  characterText,
  convertPrompt,
  duplicateCharacter,
  fieldText,
  insertCharacter,
  moveCharacter,
  removeCharacter,
  setCaption,
  setCharacterField,
  setGeneralField,
  swapField,
  writePrompt,
} from "../../../src-main/prompt/index.ts";
import { changeDocument, dialectOf, documentOf, readDocument } from "../../../src-renderer/editor/model/document.ts";
import type { PromptDocument } from "../../../src-renderer/editor/model/document.ts";

const examples = path.resolve(import.meta.dirname, "../../../assets/examples");
const DUET = readFileSync(path.join(examples, "duet.xml"), "utf8");

function first(document: PromptDocument): number {
  return charactersOf(document.tree)[0]?.id ?? -1;
}

test("every example is read exactly, and a change that changes nothing leaves every byte", () => {
  for (const name of readdirSync(examples)) {
    const document = readDocument(readFileSync(path.join(examples, name), "utf8"));
    assert.equal(document.state, "exact", name);
    assert.equal(
      changeDocument(document, "readme", (tree) => tree),
      document,
    );
  }
});

test("a change touches its field and nothing else, in every dialect", () => {
  const { tree } = readDocument(DUET.replace("</appearance>", "</appearance>\n<mood>odd</mood><!-- a note -->"));
  for (const dialect of DIALECTS.filter((name) => name !== "plain")) {
    const before = documentOf(convertPrompt(tree, dialect).tree);
    const after = changeDocument(before, dialect, (given) =>
      setCharacterField(given, first(before), "expression", "grin"),
    );
    assert.equal(after.text, before.text.replace("<expression>smile<", "<expression>grin<"), dialect);
    assert.ok(after.text.includes("<mood>odd</mood><!-- a note -->"));
    assert.equal(dialectOf(readDocument(after.text).tree, dialect), dialect);
    assert.equal(readDocument(after.text).state, "exact", dialect);
  }
});

test("the form's operations come back as the same prompt", () => {
  let document = readDocument(DUET);
  const apply = (change: Parameters<typeof changeDocument>[2]): void => {
    document = changeDocument(document, "readme", change);
    assert.equal(writePrompt(readDocument(document.text).tree), document.text);
  };
  apply((tree) => addCharacter(tree, { gender: "1boy" }).tree);
  apply((tree) => duplicateCharacter(tree, first(document)).tree);
  apply((tree) => moveCharacter(tree, first(document), 3));
  apply((tree) => {
    const [left, right] = charactersOf(tree);
    return swapField(tree, left?.id ?? -1, right?.id ?? -1, "position");
  });
  apply((tree) => removeCharacter(tree, first(document)));
  apply((tree) => setGeneralField(tree, "lighting", "sunlight"));
  apply((tree) => setCaption(tree, "Two friends."));
  assert.equal(captionText(document.tree), "Two friends.");
  assert.equal(charactersOf(document.tree).length, 3);
});

test("an empty text becomes a prompt in the dialect that was chosen", () => {
  for (const dialect of DIALECTS) {
    const document = changeDocument(readDocument(""), dialect, (tree) => addCharacter(tree).tree);
    assert.equal(dialectOf(document.tree, dialect), dialect === "plain" ? "readme" : dialect);
    assert.equal(charactersOf(document.tree).length, 1);
  }
});

test("malformed text is read, said to be repaired, and stays as typed until the form changes it", () => {
  const text = "<character 1>\n<appearance>blue hair\n<mood>d&d</mood>\n</character 1>\n";
  const document = readDocument(text);
  assert.equal(document.state, "repaired");
  assert.equal(document.text, text);
  const changed = changeDocument(document, "readme", (tree) =>
    setCharacterField(tree, first(document), "action", "waving"),
  );
  assert.equal(changed.state, "exact");
  assert.match(changed.text, /<mood>d&amp;d<\/mood>/);
});

test("what the reader refuses is shown and not changed", () => {
  const declared = readDocument('<!DOCTYPE x [<!ENTITY a "b">]><character_1><n>x</n></character_1>');
  assert.equal(declared.state, "refused");
  assert.ok(declared.problem);
  assert.equal(charactersOf(declared.tree).length, 1);
  assert.equal(
    changeDocument(declared, "readme", (tree) => addCharacter(tree).tree),
    declared,
  );
  assert.equal(readDocument("<character_1>".repeat(90_000)).state, "refused");
});

test("a character goes into another prompt with everything it holds", () => {
  const [card] = charactersOf(readDocument(DUET.replace("</n>", "</n><odd a='1'>x</odd>")).tree);
  assert.ok(card);
  const kept = characterText(card);
  const [copy] = charactersOf(readDocument(kept).tree);
  assert.ok(copy);
  const document = changeDocument(readDocument(DUET), "readme", (tree) => insertCharacter(tree, copy).tree);
  const third = charactersOf(document.tree)[2];
  assert.equal(third?.number, 3);
  assert.equal(fieldText(third, "n"), "$character_3$");
  assert.match(document.text, /<character_3>[^]*<odd a='1'>x<\/odd>/);
});
