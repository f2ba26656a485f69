/** @file Opening, reading and writing safetensors files. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  readdirSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import {
  SafetensorsError,
  countParameters,
  openSafetensors,
  readBigIntegers,
  readFloats,
  readIntegers,
  readTensor,
  tensorByteLength,
  writeSafetensors,
} from "../../../src-main/graph/safetensors.ts";
import type { TensorToWrite } from "../../../src-main/graph/safetensors.ts";
import { nextDitTensors } from "../../../models/newbie-exp0.1/next-dit-tensors.ts";
import { PUBLISHED_NEXT_DIT } from "../../../models/newbie-exp0.1/published-configs.ts";
import { safetensorsBytes, temporaryFolder } from "./temporary-folder.ts";

function tensorOf(
  name: string,
  type: TensorToWrite["type"],
  shape: readonly number[],
  data: ArrayBufferView,
): TensorToWrite {
  return { name, type, shape, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

test("what is written is read back, aligned, in every type", (context) => {
  const file = path.join(temporaryFolder(context), "a.safetensors");
  const tensors = [
    tensorOf("bytes", "U8", [3], Uint8Array.of(1, 2, 255)),
    tensorOf("truth", "BOOL", [2], Uint8Array.of(0, 1)),
    tensorOf("signed", "I8", [2], Int8Array.of(-128, 127)),
    tensorOf("small", "I16", [2], Int16Array.of(-32768, 7)),
    tensorOf("halfword", "U16", [1], Uint16Array.of(65535)),
    tensorOf("word", "I32", [1, 2], Int32Array.of(-5, 6)),
    tensorOf("unsigned", "U32", [1], Uint32Array.of(2 ** 32 - 1)),
    tensorOf("long", "I64", [2], BigInt64Array.of(-9n, 2n ** 53n - 1n)),
    tensorOf("ulong", "U64", [1], BigUint64Array.of(2n ** 64n - 1n)),
    tensorOf("single", "F32", [2, 2], Float32Array.of(0, -1.5, Infinity, 1e-40)),
    tensorOf("double", "F64", [], Float64Array.of(0.1)),
    tensorOf("half", "F16", [2], Uint16Array.of(0x3c00, 0xc000)),
    tensorOf("brain", "BF16", [2], Uint16Array.of(0x3f80, 0xbfc0)),
    tensorOf("__proto__", "F32", [1], Float32Array.of(42)),
    tensorOf("", "F32", [0, 3], new Float32Array(0)),
    tensorOf('ключ "\\ \u0001 🎨', "F32", [1], Float32Array.of(3)),
  ];
  writeSafetensors(file, tensors, { format: "pt", __proto__x: "é" });
  const opened = openSafetensors(file);
  assert.equal(opened.sizeBytes, readFileSync(file).length);
  assert.deepEqual(new Set(opened.tensors.keys()), new Set(tensors.map(({ name }) => name)));
  assert.deepEqual(
    [...opened.metadata],
    [
      ["format", "pt"],
      ["__proto__x", "é"],
    ],
  );
  for (const { name, type, shape, data } of tensors) {
    const read = readTensor(opened, name);
    assert.deepEqual([read.type, read.shape, Buffer.from(read.bytes)], [type, shape, Buffer.from(data as Uint8Array)]);
    const info = opened.tensors.get(name)!;
    assert.equal(
      info.offset % Math.min(8, info.length / (shape.reduce((a, b) => a * b, 1) || 1) || 1),
      0,
      `${name} is aligned`,
    );
  }
  assert.deepEqual(readIntegers(opened, "bytes"), [1, 2, 255]);
  assert.deepEqual(readIntegers(opened, "signed"), [-128, 127]);
  assert.deepEqual(readIntegers(opened, "small"), [-32768, 7]);
  assert.deepEqual(readIntegers(opened, "halfword"), [65535]);
  assert.deepEqual(readIntegers(opened, "word"), [-5, 6]);
  assert.deepEqual(readIntegers(opened, "unsigned"), [2 ** 32 - 1]);
  assert.deepEqual(readIntegers(opened, "long"), [-9, 2 ** 53 - 1]);
  assert.deepEqual(readIntegers(opened, "truth"), [0, 1]);
  assert.deepEqual(readBigIntegers(opened, "ulong"), [2n ** 64n - 1n]);
  assert.deepEqual([...readFloats(opened, "single")], [0, -1.5, Infinity, Math.fround(1e-40)]);
  assert.deepEqual([...readFloats(opened, "double")], [Math.fround(0.1)]);
  assert.deepEqual([...readFloats(opened, "half")], [1, -2]);
  assert.deepEqual([...readFloats(opened, "brain")], [1, -1.5]);
  assert.deepEqual([...readFloats(opened, "__proto__")], [42]);
  for (const broken of [
    () => readIntegers(opened, "ulong"),
    () => readIntegers(opened, "single"),
    () => readFloats(opened, "long"),
  ])
    assert.throws(broken, (error) => isTachieError(error, "model.unsupported"));
  assert.throws(
    () => readTensor(opened, "absent"),
    (error) => isTachieError(error, "model.incomplete") && error.message.includes("absent"),
  );
});

test("a header of 535 tensors over 7 GB opens in under 20 ms and only the header is read", (context) => {
  const file = path.join(temporaryFolder(context), "large.safetensors");
  const fields: string[] = [];
  let position = 0;
  for (const [name, shape] of nextDitTensors(PUBLISHED_NEXT_DIT)) {
    const end = position + tensorByteLength("BF16", shape)!;
    fields.push(`"${name}":{"dtype":"BF16","shape":[${shape.join(",")}],"data_offsets":[${position},${end}]}`);
    position = end;
  }
  const start = safetensorsBytes(`{${fields.join(",")}}`);
  const descriptor = openSync(file, "w");
  writeSync(descriptor, start);
  ftruncateSync(descriptor, start.length + position);
  closeSync(descriptor);
  openSafetensors(file);
  const times = Array.from({ length: 25 }, () => {
    const startedAt = performance.now();
    const opened = openSafetensors(file);
    const durationMs = performance.now() - startedAt;
    assert.equal(opened.tensors.size, 535);
    assert.equal(countParameters(opened.tensors.values()), 3_486_636_096);
    assert.equal(opened.sizeBytes - opened.dataOffset, 6_973_272_192);
    return durationMs;
  });
  assert.ok(Math.min(...times) < 20, `opening took ${times.map((time) => time.toFixed(1)).join(", ")} ms`);
  const last = openSafetensors(file).tensors.get("final_layer.adaLN_modulation.1.bias")!;
  assert.equal(last.offset + last.length, start.length + position);
  assert.equal(readFloats(openSafetensors(file), last.name).length, 2304);
});

const LFS =
  "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n";
const SCALAR = '{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}';
const FILES: readonly (readonly [reason: string, contents: Buffer | string, message: RegExp])[] = [
  ["empty", "", /empty/],
  ["git-lfs-pointer", LFS, /git-lfs pointer/],
  ["html-page", "<!DOCTYPE html>\n<html><body>Sign in</body></html>", /web page/],
  ["html-page", "\n\n  <html lang=en>", /web page/],
  ["html-page", "\u{feff}<!doctype HTML>", /web page/],
  ["zip-archive", Buffer.from("504b0304140000000000", "hex"), /zip archive/],
  ["pickle", Buffer.from("80027d71002e0000000000", "hex"), /pickle/],
  ["gguf", Buffer.from("GGUF\u0003\0\0\0\0\0\0\0"), /GGUF/],
  ["compressed", Buffer.from("1f8b080000000000000300000000", "hex"), /compressed/],
  ["text-file", '{"error":"Access to model is restricted"}', /text/],
  ["text-file", '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', /text/],
  ["header-truncated", "abc", /only 3 bytes/],
  ["header-truncated", safetensorsBytes(SCALAR, 4).subarray(0, 40), /61 bytes are needed for it, 40 are there/],
  ["truncated", safetensorsBytes(SCALAR, 4).subarray(0, 63), /should have 65 bytes and has 63, 2 too few/],
  ["trailing-bytes", safetensorsBytes(SCALAR, 5), /1 bytes follow/],
];
for (const [reason, contents, message] of FILES)
  test(`a file that is something else or not whole is named: ${reason}, ${message.source}`, (context) => {
    const file = path.join(temporaryFolder(context), "weights.safetensors");
    writeFileSync(file, contents);
    assert.throws(
      () => openSafetensors(file),
      (error) => {
        assert.ok(error instanceof SafetensorsError && isTachieError(error, "safetensors.invalid"));
        assert.equal(error.reason, reason);
        assert.match(error.message, message);
        assert.ok(error.message.includes(file) && error.where === file && error.remedy !== "");
        return true;
      },
    );
  });

test("paths that are no plain files are refused by what they are, without waiting", (context) => {
  const folder = temporaryFolder(context);
  assert.throws(
    () => openSafetensors(path.join(folder, "absent")),
    (error) => isTachieError(error, "file.not-found"),
  );
  assert.throws(
    () => openSafetensors(folder),
    (error) => isTachieError(error, "file.unreadable"),
  );
  symlinkSync("loop", path.join(folder, "loop"));
  assert.throws(
    () => openSafetensors(path.join(folder, "loop")),
    (error) => isTachieError(error, "file.unreadable"),
  );
  if (process.platform === "win32") return;
  execFileSync("mkfifo", [path.join(folder, "pipe")]);
  assert.throws(
    () => openSafetensors(path.join(folder, "pipe")),
    (error) => isTachieError(error, "file.unreadable"),
  );
});

test("a file that changed after it was opened is noticed", (context) => {
  const file = path.join(temporaryFolder(context), "a.safetensors");
  writeFileSync(file, safetensorsBytes(SCALAR, 4));
  const opened = openSafetensors(file);
  for (const change of [() => truncateSync(file, 20), () => appendFileSync(file, Buffer.alloc(60))]) {
    change();
    assert.throws(
      () => readTensor(opened, "a"),
      (error) => error instanceof SafetensorsError && error.reason === "changed",
    );
  }
});

test("an existing file is kept unless replacing it is asked for", (context) => {
  const folder = temporaryFolder(context);
  const file = path.join(folder, "a.safetensors");
  const write = (value: number, canReplace?: boolean): void =>
    writeSafetensors(
      file,
      [tensorOf("a", "F32", [1], Float32Array.of(value))],
      {},
      canReplace === undefined ? {} : { canReplace },
    );
  write(1);
  assert.throws(
    () => write(2),
    (error) => isTachieError(error, "file.exists"),
  );
  assert.equal(readFloats(openSafetensors(file), "a")[0], 1);
  write(3, true);
  assert.equal(readFloats(openSafetensors(file), "a")[0], 3);
  assert.deepEqual(readdirSync(folder), ["a.safetensors"]);
});

test("the writer refuses what no reader would take, and leaves nothing behind", (context) => {
  const folder = temporaryFolder(context);
  const good = tensorOf("a", "F32", [1], Float32Array.of(1));
  const wrong: readonly (readonly TensorToWrite[])[] = [
    [good, good],
    [{ ...good, name: "__metadata__" }],
    [{ ...good, name: "\ud800" }],
    [{ ...good, shape: [2] }],
    [{ ...good, shape: [-1] }],
    [{ ...good, shape: [0.25] }],
    [{ ...good, shape: [2 ** 52, 2 ** 52, 0] }],
    [{ ...good, type: "F4", shape: [3] }],
    [{ ...good, data: () => [new Uint8Array(2), new Uint8Array(1)] }],
  ];
  for (const tensors of wrong)
    assert.throws(
      () => writeSafetensors(path.join(folder, "b"), tensors),
      (error) => isTachieError(error, "internal.bug"),
    );
  assert.deepEqual(readdirSync(folder), []);
});

test("data may come in pieces", (context) => {
  const file = path.join(temporaryFolder(context), "a.safetensors");
  writeSafetensors(file, [
    { name: "a", type: "U8", shape: [5], data: () => [Uint8Array.of(1, 2), new Uint8Array(0), Uint8Array.of(3, 4, 5)] },
  ]);
  assert.deepEqual(readIntegers(openSafetensors(file), "a"), [1, 2, 3, 4, 5]);
});

const GOLDEN = path.resolve(import.meta.dirname, "../../../../shared/golden");
test(
  "the reference files open, with their configurations",
  { skip: !existsSync(GOLDEN) && "no ../shared/golden" },
  () => {
    for (const name of readdirSync(GOLDEN).filter((entry) => entry.endsWith(".safetensors"))) {
      const file = openSafetensors(path.join(GOLDEN, name));
      assert.ok(file.tensors.size > 50 && JSON.parse(file.metadata.get("config")!) !== null);
      for (const { name: tensor, type } of file.tensors.values())
        if (type === "F32") assert.ok(readFloats(file, tensor).every(Number.isFinite));
        else assert.ok(readIntegers(file, tensor).length > 0);
    }
  },
);
