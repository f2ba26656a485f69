import assert from "node:assert/strict";
import { test } from "node:test";
import { differenceOf, differencePicture } from "../../../src-renderer/compare/difference.ts";
import { comparePrompts } from "../../../src-renderer/compare/prompt-changes.ts";
import { settingPairs } from "../../../src-renderer/compare/settings-diff.ts";
import { SAMPLE_PROMPT, sampleRecord } from "../../../src-renderer/demo/sample-data.ts";
import { en } from "../../../src-renderer/gallery/messages/en.ts";
import { ja } from "../../../src-renderer/gallery/messages/ja.ts";
import { zhCn } from "../../../src-renderer/gallery/messages/zh-cn.ts";
import { en as optimisationEn } from "../../../src-renderer/optimisation/messages/en.ts";
import { ja as optimisationJa } from "../../../src-renderer/optimisation/messages/ja.ts";
import { zhCn as optimisationZh } from "../../../src-renderer/optimisation/messages/zh-cn.ts";

const pixels = (...values: number[]): Uint8ClampedArray => new Uint8ClampedArray(values);

test("pictures are subtracted by colour; what is transparent counts for nothing", () => {
  const [one, other] = [pixels(10, 20, 30, 255, 0, 0, 0, 255), pixels(10, 20, 30, 7, 6, 0, 250, 255)];
  const { mean, most, share, psnr } = differenceOf(one, other);
  assert.equal(mean, 256 / 6);
  assert.equal(most, 250);
  assert.equal(share, 0.5);
  assert.ok(Math.abs((psnr ?? 0) - 10 * Math.log10((255 ** 2 * 6) / (36 + 62_500))) < 1e-9);
  assert.deepEqual(differenceOf(one, one), { mean: 0, most: 0, share: 0 });
  assert.deepEqual([...differencePicture(one, other, 4)], [0, 0, 0, 255, 24, 0, 255, 255]);
});

test("tags that went and came are told, those that stayed are counted", () => {
  const { lines, dialects } = comparePrompts(SAMPLE_PROMPT, SAMPLE_PROMPT.replace("scarf", "coat"));
  assert.equal(dialects, undefined);
  assert.deepEqual(
    lines.map(({ kind, place, gone, come, kept }) => [kind, place.number, place.field, gone, come, kept]),
    [["changed", 1, "clothing", ["scarf"], ["coat"], 1]],
  );
});

test("prompts in two dialects are compared by what they say", () => {
  const rooted = `<img>${SAMPLE_PROMPT.replace("smile", "crying")}</img>`;
  const { lines, dialects } = comparePrompts(SAMPLE_PROMPT, rooted);
  assert.deepEqual(dialects, ["readme", "formatter"]);
  assert.deepEqual(
    lines.filter(({ gone, come }) => gone.length + come.length > 0).map(({ place, come }) => [place.field, come]),
    [["expression", ["crying"]]],
  );
});

test("settings stand side by side in one order", () => {
  const one = sampleRecord(0);
  const pairs = settingPairs(one, { ...one, seed: 9, sampling: { ...one.sampling, steps: 8 } });
  assert.deepEqual(
    pairs.filter(({ before, after }) => before !== after).map(({ name, after }) => [name, after]),
    [
      ["seed", "9"],
      ["steps", "8"],
    ],
  );
});

test("the gallery and the optimisation page have words of their own in every language", () => {
  const textsOf = (value: unknown, at = ""): [string, string][] =>
    typeof value === "object" && value !== null
      ? Object.entries(value).flatMap(([name, inner]) => textsOf(inner, `${at}.${name}`))
      : [
          [
            at,
            typeof value === "function" ? (value as (...words: string[]) => string)("1", "2", "3", "4") : String(value),
          ],
        ];
  // Names and figures that are written alike everywhere.
  const alike = /\.(id|loras|character|size|done|chosen|cell|decibels|button|gpu|first|second|note|psnr|stepNote)$/;
  for (const [own, others] of [
    [en, [zhCn, ja]],
    [optimisationEn, [optimisationZh, optimisationJa]],
  ] as const)
    for (const other of others) {
      const translated = new Map(textsOf(other));
      for (const [name, text] of textsOf(own)) if (!alike.test(name)) assert.notEqual(translated.get(name), text, name);
    }
});
