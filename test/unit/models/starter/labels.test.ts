import assert from "node:assert/strict";
import test from "node:test";
import { heldOutScene } from "../../../../models/starter/draw/held-out.ts";
import {
  COMPARED,
  agreementOf,
  agreementTables,
  seenByEye,
  verdictOfScene,
} from "../../../../models/starter/evaluate/agreement.ts";
import { labelForm, parseLabels } from "../../../../models/starter/evaluate/labels.ts";
import type { Label } from "../../../../models/starter/evaluate/labels.ts";
import { numberStrokes } from "../../../../models/starter/evaluate/numbered-sheets.ts";
import { comparePicture } from "../../../../models/starter/evaluate/tally.ts";

test("an empty form holds no answer, and a filled-in one gives characters from the left", () => {
  assert.equal(parseLabels(labelForm(12), "labels.txt").size, 0);
  const text = labelForm(3)
    .replace(/^2:$/m, "2: left blonde blue red; right black closed ?")
    .replace(/^3:$/m, "3: nobody");
  const labels = parseLabels(text, "labels.txt");
  assert.deepEqual([...labels.keys()], [2, 3]);
  assert.deepEqual(labels.get(3), []);
  assert.deepEqual(labels.get(2)?.[1], {
    position: "right",
    hairColour: "black",
    eyeColour: "closed",
    outfitColour: "?",
  });
});

test("a wrong label is refused with its line and what may stand there", () => {
  const refused = (text: string, message: RegExp): void =>
    assert.throws(() => parseLabels(text, "labels.txt"), { code: "settings.invalid", message });
  refused("1: left blonde blue", /labels\.txt:1: .* has 3 words/);
  refused("\n1: left turquoise blue red", /labels\.txt:2: "turquoise" is no hairColour: black, brown/);
  refused("1: nobody\n1: nobody", /labels\.txt:2: picture 1 is labelled twice/);
  refused("left blonde blue red", /not a number/);
});

test("what the eye sees is held against the prompt", () => {
  const scene = heldOutScene(2, 4);
  const position = scene.characters.map((character) => character.position).sort();
  const labels = verdictOfScene(scene).map((words): Label => ({ ...words, position: "?" }));
  const unplaced = comparePicture(scene, seenByEye(labels), COMPARED);
  assert.deepEqual(unplaced.get("hairColour"), { right: 2, asked: 2 });
  assert.deepEqual(unplaced.get("position"), { right: 0, asked: 2 });
  assert.equal(unplaced.has("gender"), false);
  const order = ["left", "center", "right"].filter((place) => position.includes(place as "left"));
  const placed = labels.map((label, index) => ({ ...label, position: order[index] ?? "?" }));
  assert.deepEqual(comparePicture(scene, seenByEye(placed), COMPARED).get("position"), { right: 2, asked: 2 });
});

test("two judges agree where they say the same of as many characters", () => {
  const red = { hairColour: "red", eyeColour: "blue", outfitColour: "white" };
  const grey = { hairColour: "grey", eyeColour: "?", outfitColour: "white" };
  const agreement = agreementOf([
    [[red], [red]],
    [[red], [grey]],
    [[grey, red], [grey]],
  ]);
  assert.deepEqual(
    [...agreement.counts],
    [
      ["1/1", 2],
      ["2/1", 1],
    ],
  );
  assert.deepEqual(agreement.attributes.get("hairColour"), {
    same: 1,
    compared: 2,
    confusions: [["red → grey", 1]],
  });
  // What one of them could not tell is no difference.
  assert.deepEqual(agreement.attributes.get("eyeColour"), { same: 1, compared: 1, confusions: [] });
  const tables = agreementTables(agreement, "eye", "reader");
  assert.match(tables, /\| 2 \| 0 \| 1 \| 0 \| 0 \|/);
  assert.match(tables, /\| hairColour \| 50\.0 % \(2\) \| red → grey 1 \|/);
});

test("every digit of a number on a sheet looks different", () => {
  const shapes = Array.from({ length: 10 }, (_, digit) => numberStrokes(digit, 0, 0));
  assert.equal(new Set(shapes).size, 10);
  assert.equal(numberStrokes(42, 0, 0).match(/<path/g)?.length, 2);
});
