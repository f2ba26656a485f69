import assert from "node:assert/strict";
import { test } from "node:test";
import { OPTIMISATION_PRESETS } from "../../../src-main/contract/toggles.ts";
import { charactersOf, characterName, generalText, gridRequests, readPrompt } from "../../../src-main/prompt/index.ts";
import { SAMPLE_DRAFT, SAMPLE_PROMPT, STARTER_SAMPLING, sampleRecord } from "../../../src-renderer/demo/sample-data.ts";
import { draftOf } from "../../../src-renderer/generate/request.ts";
import { ablation, targetsOf, valuesOf } from "../../../src-renderer/grids/grid-targets.ts";
import { recalled } from "../../../src-renderer/recall/recalled.ts";
import type { RecalledPart } from "../../../src-renderer/recall/recalled.ts";

const record = { ...sampleRecord(0), seed: 99, prompt: SAMPLE_PROMPT.replace("library, bookshelf", "beach") };
const present = {
  ...SAMPLE_DRAFT,
  text: "<character_1>\n<n>Rin</n>\n</character_1>",
  settings: { count: 3, model: "other" },
};
const choice = (parts: RecalledPart[], characters: number[] = [], isFromDraft = true) => ({
  parts: new Set(parts),
  characters: new Set(characters),
  isFromDraft,
});

test("everything of a picture makes a draft that makes it again", () => {
  assert.deepEqual(recalled(record, "all", present), draftOf(record));
});

test("only what is chosen is taken; the rest stays the present draft's", () => {
  const draft = recalled(record, choice(["seed", "size"]), present);
  assert.equal(draft.text, present.text);
  assert.deepEqual(draft.settings, { count: 3, model: "other", seed: 99, size: { width: 256, height: 256 } });
  assert.equal(
    recalled(record, choice(["negative"]), { ...present, negative: "mine" }).negative,
    record.texts.negative,
  );
  assert.deepEqual(recalled(record, choice(["seed"], [], false), present).settings, { seed: 99 }, "from nothing");
});

test("one character and the general tags are put to those that are there", () => {
  const { tree } = readPrompt(recalled(record, choice(["general"], [1]), present).text);
  assert.deepEqual(charactersOf(tree).map(characterName), ["Rin", "Shiori"]);
  assert.equal(generalText(tree, "background"), "beach");
});

test("a grid offers every field of every character, settings and toggles, with what stands there", () => {
  const targets = targetsOf({
    tree: readPrompt(SAMPLE_PROMPT).tree,
    sampling: STARTER_SAMPLING,
    toggles: OPTIMISATION_PRESETS.exact,
    size: { width: 64, height: 48 },
    negative: "",
    seed: 1,
    models: ["starter"],
  });
  const byKey = new Map(targets.map((option) => [option.key, option]));
  assert.equal(byKey.size, targets.length);
  assert.equal(byKey.get("character c1.clothing")?.present, "school uniform, scarf");
  assert.equal(byKey.get("general background")?.present, "library, bookshelf");
  assert.equal(byKey.get("setting size")?.present, "64x48");
  assert.deepEqual(byKey.get("toggle fused")?.every, ["off", "operators", "kernels"]);
  assert.equal(byKey.has("setting model"), false, "there is but one");
  for (const { target, present: value } of targets)
    assert.doesNotThrow(() =>
      gridRequests({ base: { prompt: SAMPLE_PROMPT }, columns: { target, values: [{ label: "", value }] } }),
    );
});

test("values are lines; an empty one stands for an empty field", () => {
  assert.deepEqual(valuesOf("", "as it is"), []);
  assert.deepEqual(valuesOf("smile\n\ncrying \n", "nothing"), [
    { label: "smile", value: "smile" },
    { label: "nothing", value: "" },
    { label: "crying", value: "crying" },
  ]);
});

test("each tag is dropped once", () => {
  assert.deepEqual(
    ablation("red hair, long hair, amber eyes", "as it is").map(({ label, value }) => [label, value]),
    [
      ["as it is", "red hair, long hair, amber eyes"],
      ["− red_hair", "long_hair, amber_eyes"],
      ["− long_hair", "red_hair, amber_eyes"],
      ["− amber_eyes", "red_hair, long_hair"],
    ],
  );
});
