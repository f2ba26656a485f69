import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import {
  decimalNumber,
  imageSize,
  loraChoices,
  toggleChanges,
  wholeNumber,
} from "../../../src-main/cli/option-values.ts";

const usage = { code: "usage.invalid", where: "--x" };

test("whole numbers are digits and nothing else", () => {
  const read = wholeNumber("--x");
  for (const [text, value] of [
    ["0", 0],
    ["28", 28],
    ["007", 7],
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ] as const)
    assert.equal(read(text), value);
  for (const text of ["", " ", "abc", "1e3", "1.0", "-1", "+1", "0x10", "1_000", " 7", "7 ", "٣", "9007199254740993"])
    assert.throws(() => read(text), usage, JSON.stringify(text));
});

test("numbers are decimal, with an exponent where wanted, and finite", () => {
  const read = decimalNumber("--x");
  for (const [text, value] of [
    ["4.5", 4.5],
    [".5", 0.5],
    ["5.", 5],
    ["-2", -2],
    ["1e-3", 0.001],
  ] as const)
    assert.equal(read(text), value);
  for (const text of ["", "abc", "NaN", "Infinity", "1e999", "0x1", "1,5", "1.2.3", ".", "e3", "4 "])
    assert.throws(() => read(text), usage, JSON.stringify(text));
});

test("sizes are two whole numbers", () => {
  const read = imageSize("--x");
  assert.deepEqual(read("512x768"), { width: 512, height: 768 });
  assert.deepEqual(read("512X768"), { width: 512, height: 768 });
  for (const text of ["", "512", "512x", "x512", "512*512", "-1x1", "1e3x16", "512x512x3", "99999999999x16"])
    assert.throws(() => read(text), usage, JSON.stringify(text));
});

test("LoRAs have a strength of 1 unless another follows the last colon, and add up", () => {
  const read = loraChoices("--x");
  const [one, two] = read("b.safetensors:-0.5", read("a.safetensors"));
  assert.deepEqual(one, { file: path.resolve("a.safetensors"), strength: 1 });
  assert.deepEqual(two, { file: path.resolve("b.safetensors"), strength: -0.5 });
  assert.equal(read("a:b.safetensors:2")[0]?.file, path.resolve("a:b.safetensors"));
  assert.equal(read("C:\\loras\\a.safetensors")[0]?.strength, 1);
  for (const text of ["", "a:strong", "a:", ":"]) assert.throws(() => read(text), usage, JSON.stringify(text));
});

test("toggles are pairs, the last one of a name wins", () => {
  const read = toggleChanges("--x");
  assert.deepEqual(read("a=off", read("b=on", read("a=on"))), { a: "off", b: "on" });
  assert.deepEqual(read("a=b=c"), { a: "b=c" });
  for (const text of ["", "a", "=on"]) assert.throws(() => read(text), usage, JSON.stringify(text));
});
