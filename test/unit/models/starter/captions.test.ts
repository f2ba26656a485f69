import assert from "node:assert/strict";
import test from "node:test";
import { fullCaption, sampleCaption } from "../../../../models/starter/captions/caption.ts";
import { USUAL_TYPOGRAPHY, writeCaption } from "../../../../models/starter/captions/document.ts";
import type { CaptionDocument } from "../../../../models/starter/captions/document.ts";
import { hasOpenEye } from "../../../../models/starter/captions/wording.ts";
import { createRandom } from "../../../../models/starter/draw/random.ts";
import { sampleScene } from "../../../../models/starter/draw/sample.ts";
import { sceneFromPrompt } from "../../../../models/starter/draw/scene-from-prompt.ts";
import { readPrompt } from "../../../../src-main/prompt/read.ts";
import { modelText } from "../../../../src-main/prompt/write.ts";

const SCENES = 400;

test("a caption is what the model is given for the same prompt, to the byte", () => {
  const forms = new Set<string>();
  for (let seed = 0; seed < SCENES; seed++) {
    const caption = sampleCaption(sampleScene(seed), createRandom(seed));
    forms.add(caption.form);
    const { tree } = readPrompt(caption.text);
    assert.equal(modelText(tree), caption.text);
    // Bare blocks are the same text in both root-less dialects.
    const dialect = caption.form === "readme" ? ["readme", "webapp"] : [caption.form];
    assert.ok([...dialect, "readme"].includes(tree.dialect), `${caption.form} was read as ${tree.dialect}`);
  }
  assert.deepEqual([...forms].sort(), ["comfy", "formatter", "nodes", "plain", "readme", "webapp"]);
});

test("each form is written as the prompt model writes that dialect", () => {
  const document: CaptionDocument = {
    characters: [
      [
        { name: "n", words: ["$character_1$"] },
        { name: "gender", words: ["1girl"] },
        { name: "appearance", words: ["blue_hair", "long_hair"] },
      ],
      [{ name: "gender", words: ["1boy"] }],
    ],
    general: [
      { name: "count", words: ["1girl", "1boy"] },
      { name: "artists", words: ["tachie"] },
      { name: "background", words: ["classroom"] },
    ],
    prose: "A girl and a boy in a classroom.",
  };
  const { tree } = readPrompt(writeCaption(document, "readme", USUAL_TYPOGRAPHY));
  for (const form of ["readme", "webapp", "nodes", "formatter", "comfy"] as const)
    assert.equal(writeCaption(document, form, USUAL_TYPOGRAPHY), modelText(tree, form), form);
});

test("what a caption says can be read back: no wording means two things", () => {
  const told = [
    "gender",
    "hairColour",
    "hairStyle",
    "bangs",
    "expression",
    "outfit",
    "outfitColour",
    "secondColour",
    "action",
  ] as const;
  for (let seed = 0; seed < SCENES; seed++) {
    const scene = sampleScene(seed);
    const { text } = fullCaption(scene, createRandom(seed));
    const again = sceneFromPrompt(readPrompt(text).tree, 1);
    for (const [index, character] of scene.characters.entries()) {
      const read = again.characters[index];
      assert.ok(read !== undefined);
      for (const field of told) assert.equal(read[field], character[field], `${field} in\n${text}`);
      if (hasOpenEye(character)) assert.equal(read.eyeColour, character.eyeColour, text);
      assert.deepEqual(
        read.accessories.map(({ kind }) => kind).sort(),
        character.accessories.map(({ kind }) => kind).sort(),
        text,
      );
      if (scene.characters.length > 1) assert.equal(read.position, character.position, text);
    }
    assert.deepEqual(again.background, scene.background, text);
    assert.equal(again.framing, scene.framing);
    assert.equal(again.proportion, scene.proportion);
  }
});

test("a prompt that says little still gives a scene, the same one for the same seed", () => {
  const { tree } = readPrompt("<character_1><appearance>red_hair</appearance></character_1>");
  const scene = sceneFromPrompt(tree, 5);
  assert.equal(scene.characters[0]?.hairColour, "red");
  assert.deepEqual(scene, sceneFromPrompt(tree, 5));
  assert.equal(sceneFromPrompt(readPrompt("").tree, 5).characters.length, 1);
});

test("captions vary: order, words left out, spaces, sentences", () => {
  const scene = sampleScene(1);
  const texts = new Set(Array.from({ length: 60 }, (_, seed) => sampleCaption(scene, createRandom(seed)).text));
  assert.ok(texts.size > 55, `${texts.size} of 60 differ`);
});
