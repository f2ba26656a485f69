import assert from "node:assert/strict";
import { test } from "node:test";
import { writeParameters } from "../../../../src-main/studio/png/parameters.ts";
import { newGeneration } from "../../../fixtures/new-generation.ts";
import { readA1111 } from "../../../fixtures/a1111-reader.ts";

function read(prompt: string, negative: string, changes: Parameters<typeof newGeneration>[0] = {}) {
  const entry = newGeneration({ prompt, texts: { system: "", positive: "", negative }, ...changes });
  return readA1111(writeParameters(entry, "0.1.0"));
}

test("the text has A1111's layout, byte for byte", () => {
  const entry = newGeneration({
    prompt: "1girl, smile\n<caption>hi</caption>",
    model: "starter",
    texts: { system: "", positive: "", negative: "lowres" },
  });
  assert.equal(
    writeParameters(entry, "0.1.0"),
    "1girl, smile\n<caption>hi</caption>\nNegative prompt: lowres\n" +
      "Steps: 20, Sampler: res_multistep, Schedule type: shift, CFG scale: 5.5, Seed: 7, Size: 32x48, " +
      "Model hash: 0123456789, Model: starter, Shift: 6, Guidance truncate: 1, Guidance renorm: 0, " +
      'Loras: "ink, soft.safetensors: 0.75", Version: tachie 0.1.0',
  );
});

const SURVIVING = {
  "one line": "1girl, solo",
  "several lines": "1girl\nsolo\n\nbest quality",
  XML: "<character_1>\n<n>rem_\\(re:zero\\)</n>\n<gender>1girl</gender>\n</character_1>\n<general_tags>\n<count>1girl, solo</count>\n</general_tags>",
  "the official envelope":
    '{"character_1":{"bbox":[0,0,1000,1000],"name":"$character_1$"},"image":{"tags":"x","caption":"y: z"}}',
  "Chinese and Japanese": "二人の少女、青い髪\n两个女孩，牵手",
  emoji: "👩‍👩‍👧‍👦 family, \u{1F600}",
  "a line like the settings": "1girl\nSteps: 1, Sampler: x, CFG scale: 3\nsolo",
  "a last line like the settings": "1girl\nSteps: 1, Sampler: x, CFG scale: 3, Seed: 9, Size: 1x1",
  "the words in the middle of a line": "a sign that says Negative prompt: none",
  quotes: 'a "quoted" word, back\\slash',
};

for (const [name, prompt] of Object.entries(SURVIVING))
  test(`other tools read back exactly what was written: ${name}`, () => {
    for (const negative of ["", "lowres, bad hands", prompt, "first line\nsecond line"]) {
      const reading = read(prompt, negative);
      assert.equal(reading.prompt, prompt);
      assert.equal(reading.negative, negative);
      assert.equal(reading.settings.get("Steps"), "20");
      assert.equal(reading.settings.get("Seed"), "7");
      assert.deepEqual([reading.settings.get("Size-1"), reading.settings.get("Size-2")], ["32", "48"]);
    }
  });

test("values that would end early or change are quoted", () => {
  for (const model of [
    "a, b",
    "C:\\models\\x",
    "two\nlines",
    '"in quotes"',
    " spaces ",
    'say "hi", twice',
    "名前, 日本語",
  ]) {
    const { settings } = read("1girl", "", { model, loras: [] });
    assert.equal(settings.get("Model"), model);
    assert.equal(settings.get("Version"), "tachie 0.1.0");
    assert.equal(settings.has("Loras"), false, "an empty value is left out: readers stumble over it");
  }
});

test("only a file's name is told, not its folder", () => {
  const { settings } = read("1girl", "", { loras: [{ file: "/home/someone/loras/ink.safetensors", strength: -0.5 }] });
  assert.equal(settings.get("Loras"), "ink.safetensors: -0.5");
});

test("an empty prompt stays empty", () => {
  assert.deepEqual([read("", "").prompt, read("", "").negative], ["", ""]);
  assert.deepEqual([read("", "bad").prompt, read("", "bad").negative], ["", "bad"]);
});

test("what the form cannot hold: indentation, leading empty lines, a line that begins a negative", () => {
  assert.equal(read("<a>\n  <b>x</b>  \n</a>", "").prompt, "<a>\n<b>x</b>\n</a>");
  assert.equal(read("\n\n1girl", "").prompt, "1girl");
  assert.equal(read("1girl\r\nsolo", "").prompt, "1girl\nsolo");
  const reading = read("1girl\nNegative prompt: fog\nsolo", "lowres");
  assert.deepEqual([reading.prompt, reading.negative], ["1girl", "fog\nsolo\nlowres"]);
});
