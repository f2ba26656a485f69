import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import type { TachieError } from "../../../../src-main/contract/errors.ts";
import { encodePng } from "../../../../src-main/studio/png/encode-png.ts";
import { encodeInternationalText, encodePngText } from "../../../../src-main/studio/png/png-texts.ts";
import { readPngMetadata } from "../../../../src-main/studio/png/png-metadata.ts";
import { testImage } from "../../../fixtures/new-generation.ts";
import { readTextsPlainly } from "../../../fixtures/plain-png-reader.ts";

test("pixels come back exactly, whatever is in them", async () => {
  const pictures = [testImage(1, 1), testImage(16, 16, 3), testImage(257, 31, 5)];
  const flat = { width: 64, height: 64, pixels: new Uint8Array(64 * 64 * 3).fill(77) }; // grey: must stay RGB
  for (const image of [...pictures, flat]) {
    const png = await encodePng(image, []);
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height, info.channels], [image.width, image.height, 3]);
    assert.deepEqual(new Uint8Array(data), image.pixels);
    assert.equal(readPngMetadata(png).header.colourType, 2);
  }
});

test("texts are written as tEXt where Latin-1 holds them, as iTXt otherwise, and every reader agrees on them", async () => {
  const texts = [
    { keyword: "parameters", text: "caf\xe9, line 1\nline 2" },
    { keyword: "cjk", text: "二人の少女 👩‍👩‍👧" },
    { keyword: "astral", text: "\u{1F600}" },
    { keyword: "empty", text: "" },
  ];
  const png = await encodePng(testImage(8, 8), [
    ...texts.map(encodePngText),
    encodeInternationalText({ keyword: "own", text: "x" }),
  ]);
  assert.deepEqual(
    readTextsPlainly(png),
    [...texts, { keyword: "own", text: "x" }].map((text, index) => ({
      type: ["tEXt", "iTXt", "iTXt", "tEXt", "iTXt"][index],
      ...text,
    })),
  );
  assert.deepEqual(readPngMetadata(png).texts, [...texts, { keyword: "own", text: "x" }]);
  const { comments } = await sharp(png).metadata();
  // libvips takes tEXt for UTF-8, so it is asked for ASCII and iTXt alone.
  assert.deepEqual(comments?.slice(1, 3), texts.slice(1, 3));
});

test("NUL, which no PNG text can hold, becomes a replacement character", async () => {
  const png = await encodePng(testImage(8, 8), [encodePngText({ keyword: "k", text: "a\0b" })]);
  assert.deepEqual(readPngMetadata(png).texts, [{ keyword: "k", text: "a\ufffdb" }]);
});

test("a keyword that PNG does not allow is refused", () => {
  for (const keyword of ["", " a", "a ", "a  b", "x".repeat(80), "a\nb", "鍵"])
    assert.throws(() => encodePngText({ keyword, text: "" }), RangeError);
});

test("pixels that do not fit the size are refused", async () => {
  const short = { width: 4, height: 4, pixels: new Uint8Array(47) };
  await assert.rejects(encodePng(short, []), (error: TachieError) => error.code === "internal.bug");
});
