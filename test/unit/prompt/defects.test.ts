/**
 * @file Defects of the web apps that exist for this model, as far as they concern prompts: each is a test here. (The
 * others are about seeds, queues and galleries.)
 */

import assert from "node:assert/strict";
import { test } from "node:test";
import { DIALECTS } from "../../../src-main/contract/prompt.ts";
import {
  addCharacter,
  applyFixes,
  captionText,
  charactersOf,
  fieldText,
  lintPrompt,
  modelText,
  readPrompt,
  removeCharacter,
  setCaption,
  setCharacterField,
  writePrompt,
} from "../../../src-main/prompt/index.ts";
import { checkWellFormed } from "./properties.ts";

const SYSTEM =
  "You are an assistant designed to generate high-quality anime images based on xml format prompts. <Prompt Start>";
const BODY = "<character_1><n>a</n></character_1>";

test("1. the system prompt is never sent, however often it stands in the text", () => {
  const prefixes = [
    `${SYSTEM} `,
    `${SYSTEM}, `,
    `You are the greatest anime artist in the entire universe. ${SYSTEM}, ${SYSTEM}\n`,
    `Anything at all <Prompt Start>`,
    `${SYSTEM.replace(" <Prompt Start>", "")}\n`,
    `${SYSTEM.replace("<Prompt Start>", "<prompt_start>,")}\n\n`,
  ];
  for (const prefix of prefixes)
    for (const body of [BODY, "1girl, smile", `<img>${BODY}</img>`, `{"image":{"tags":"${BODY}","caption":"x"}}`]) {
      const text = prefix + body;
      const { tree } = readPrompt(text);
      assert.equal(modelText(tree), body, text);
      assert.equal(writePrompt(tree), text);
      for (const dialect of DIALECTS) assert.doesNotMatch(modelText(tree, dialect), /assistant|Prompt Start|universe/i);
    }
  const spoken = "A girl who reads prompts. She smiles.";
  assert.equal(modelText(readPrompt(`${SYSTEM.replace(" <Prompt Start>", "")} ${spoken}`).tree), spoken);
  assert.equal(modelText(readPrompt(`${SYSTEM} , ${spoken}`).tree), spoken);
  const doubled = `${SYSTEM}, ${SYSTEM} ${BODY}`;
  assert.ok(lintPrompt(doubled).some(({ code, severity }) => code === "system.twice" && severity === "warning"));
  assert.equal(applyFixes(doubled).text, BODY);
});

test("2. fields that an importer did not expect are not lost", () => {
  const fields = ["quality", "environment", "perspective", "resolution", "inset_panel", "anything_else"];
  const own = ["interaction", "body_type", "aura"];
  const text = `<character_1>${own.map((name) => `<${name}>x ${name}</${name}>`).join("")}</character_1>
<general_tags>${fields.map((name) => `<${name}>x ${name}</${name}>`).join("")}</general_tags>`;
  const { tree } = readPrompt(text);
  for (const dialect of DIALECTS) {
    for (const name of [...fields, ...own])
      assert.ok(modelText(tree, dialect).includes(`x ${name}`), `${dialect} ${name}`);
    assert.equal(writePrompt(readPrompt(writePrompt(tree, dialect)).tree, "readme"), text, dialect);
  }
});

test("3. a caption put into a caption stays one caption, however often it goes round", () => {
  let text = "<caption>a girl</caption>";
  for (let round = 0; round < 3; round++) {
    const { tree } = readPrompt(text);
    text = writePrompt(setCaption(tree, `<caption>${captionText(tree)}</caption>`));
  }
  assert.equal(text, "<caption>a girl</caption>");
  const nested = "<caption><caption>a <caption>girl</caption></caption></caption>";
  for (const dialect of DIALECTS) {
    const written = writePrompt(readPrompt(nested).tree, dialect);
    assert.doesNotMatch(written.replace(/<!--[^]*-->/, ""), /<caption>[^]*<caption>/);
    assert.match(modelText(readPrompt(nested).tree, dialect), /a girl/);
  }
  assert.equal(applyFixes(nested).text, "<caption>a girl</caption>");
});

test("4. what is written is escaped and well-formed, and a closing number that differs is named", () => {
  const { tree } = readPrompt("<character_1><n>x</n></character_2>");
  const changed = setCharacterField(
    tree,
    charactersOf(tree)[0]?.id ?? 0,
    "action",
    `>_< & "quotes" ]]> </character_1>`,
  );
  for (const dialect of DIALECTS) checkWellFormed(readPrompt(writePrompt(changed, dialect)).tree);
  assert.equal(
    fieldText(charactersOf(readPrompt(writePrompt(changed)).tree)[0], "action"),
    `>_< & "quotes" ]]> </character_1>`,
  );
  assert.deepEqual(
    lintPrompt("<character_1><n>x</n></character_2>").map(({ code, line, column }) => [code, line, column]),
    [["xml.closing-number", 1, 22]],
  );
});

test("5. a card that is removed and one that is added never share an id or a number", () => {
  let { tree } = readPrompt("");
  for (let count = 0; count < 3; count++) tree = addCharacter(tree, { appearance: `hair ${count}` }).tree;
  const [first, second, third] = charactersOf(tree).map(({ id }) => id);
  tree = removeCharacter(tree, second ?? 0);
  const added = addCharacter(tree, { appearance: "new" });
  const cards = charactersOf(added.tree);
  assert.deepEqual(
    cards.map(({ id }) => id),
    [first, third, added.id],
  );
  assert.equal(new Set(cards.map(({ id }) => id)).size, 3);
  assert.equal(new Set(cards.map(({ number }) => number)).size, 3);
  const edited = setCharacterField(added.tree, added.id, "appearance", "edited");
  assert.deepEqual(
    charactersOf(edited).map((card) => fieldText(card, "appearance")),
    ["hair 0", "hair 2", "edited"],
  );
});

test("10. a caption in natural language is read in every dialect, and so is a prompt of nothing else", () => {
  const { tree } = readPrompt(`${BODY}\n<caption>She waits in the rain &amp; sings.</caption>`);
  for (const dialect of DIALECTS)
    assert.ok(modelText(tree, dialect).includes("She waits in the rain & sings."), dialect);
  for (const dialect of DIALECTS)
    assert.ok(modelText(readPrompt("She waits in the rain & sings.").tree, dialect).includes("rain & sings"), dialect);
});
