/** @file Every rule of the header, by an example on each side of it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { SafetensorsError } from "../../../src-main/graph/safetensors.ts";
import type { SafetensorsReason } from "../../../src-main/graph/safetensors.ts";
import { MAX_HEADER_BYTES, parseHeader, parseHeaderLength } from "../../../src-main/graph/safetensors-header.ts";
import type { SafetensorsHeader } from "../../../src-main/graph/safetensors-header.ts";
import { safetensorsBytes } from "./temporary-folder.ts";

function parse(header: string | Buffer, dataBytes: number): SafetensorsHeader {
  const bytes = typeof header === "string" ? safetensorsBytes(header) : header;
  const fileSizeBytes = bytes.length + dataBytes;
  const length = parseHeaderLength(bytes.subarray(0, 8), fileSizeBytes, "x");
  return parseHeader(bytes.subarray(8, 8 + length), fileSizeBytes, "x");
}

const entry = (type: string, shape: string, offsets: string, more = ""): string =>
  `{"dtype":"${type}","shape":[${shape}],"data_offsets":[${offsets}]${more}}`;
const one = (type: string, shape: string, offsets: string, more = ""): string =>
  `{"a":${entry(type, shape, offsets, more)}}`;
const deep = (depth: number): string => one("U8", "1", "0,1", `,"n":${"[".repeat(depth)}${"]".repeat(depth)}`);

const ACCEPTED: readonly (readonly [what: string, header: string, dataBytes: number])[] = [
  ["no tensors", "{}", 0],
  ["padding of spaces", "{}      ", 0],
  ["white space anywhere", '{ "a" :\n{ "shape":[ 1 , 2 ],"dtype" : "U8","data_offsets":[0,2]\t} }\r\n', 2],
  ["a scalar", one("F32", "", "0,4"), 4],
  ["an empty tensor", one("F32", "7,0", "0,0"), 0],
  ["dimensions that only a zero makes possible", one("F32", "0,4294967296,4294967296", "0,0"), 0],
  ["two empty tensors at one place", `{"a":${entry("U8", "0", "0,0")},"b":${entry("U8", "0", "0,0")}}`, 0],
  ["an empty tensor before another", `{"b":${entry("U8", "2", "0,2")},"a":${entry("U8", "0", "0,0")}}`, 2],
  [
    "an order of names that is not that of the data",
    `{"a":${entry("U8", "1", "4,5")},"b":${entry("U8", "4", "0,4")}}`,
    5,
  ],
  ["packed floats that end on a byte", one("F6_E2M3", "4", "0,3"), 3],
  ["fields that the format does not define", one("U8", "1", "0,1", ',"x":{"y":[1,-2.5e-3,true,false,null,"z"]}'), 1],
  ["a field nested as deep as is allowed", deep(125), 1],
  ["no metadata by null", '{"__metadata__":null}', 0],
  ["metadata", '{"__metadata__":{"a":"1","":"","__proto__":"x"}}', 0],
  ["escapes in names", '{"\\u0061\\"\\\\\\/\\b\\f\\n\\r\\t\\ud83c\\udfa8":' + `${entry("U8", "1", "0,1")}}`, 1],
];
for (const [what, header, dataBytes] of ACCEPTED) test(`accepted: ${what}`, () => void parse(header, dataBytes));

const REFUSED: readonly (readonly [
  reason: SafetensorsReason,
  what: string,
  header: string | Buffer,
  dataBytes?: number,
])[] = [
  ["header-start", "nothing", ""],
  ["header-start", "a space first", " {}"],
  ["header-start", "an array", "[]"],
  ["header-start", "a byte order mark", "\u{feff}{}"],
  ["header-not-utf8", "a byte that is not UTF-8", safetensorsBytes('{"?":1}').fill(0xff, 10, 11)],
  ["header-json", "an open brace", "{"],
  ["header-json", "two values", "{}{}"],
  ["header-json", "zeros as padding", "{}\0\0"],
  ["header-json", "a comma too many", `{"a":${entry("U8", "1", "0,1")},}`, 1],
  ["header-json", "a control character", '{"\n":1}'],
  ["header-json", "an unknown escape", '{"\\x":1}'],
  ["header-json", "half a surrogate pair", '{"\\ud83c":' + `${entry("U8", "1", "0,1")}}`, 1],
  ["header-json", "a surrogate pair the wrong way round", '{"\\udfa8\\ud83c":' + `${entry("U8", "1", "0,1")}}`, 1],
  ["header-json", "a number out of range in a field that is passed over", one("U8", "1", "0,1", ',"x":1e999'), 1],
  ["header-json", "a word that is no value", one("U8", "1", "0,1", ',"x":NaN'), 1],
  ["header-nesting", "a field nested too deep", deep(126), 1],
  ["header-nesting", "a field nested deep enough to end a recursive reader", deep(1_000_000), 1],
  ["duplicate-key", "two tensors of a name", `{"a":${entry("U8", "1", "0,1")},"a":${entry("U8", "1", "1,2")}}`, 2],
  [
    "duplicate-key",
    "two tensors of a name in different writing",
    `{"a":${entry("U8", "1", "0,1")},"\\u0061":${entry("U8", "1", "1,2")}}`,
    2,
  ],
  [
    "duplicate-key",
    "two of __proto__",
    `{"__proto__":${entry("U8", "1", "0,1")},"__proto__":${entry("U8", "1", "1,2")}}`,
    2,
  ],
  ["duplicate-key", "a field twice", one("U8", "1", "0,1", ',"shape":[1]'), 1],
  ["duplicate-key", "metadata twice", '{"__metadata__":{},"__metadata__":{}}'],
  ["duplicate-key", "a key of the metadata twice", '{"__metadata__":{"a":"1","a":"1"}}'],
  ["metadata", "metadata that is a text", '{"__metadata__":"x"}'],
  ["metadata", "metadata with a number", '{"__metadata__":{"a":1}}'],
  ["metadata", "metadata with an object", '{"__metadata__":{"a":{}}}'],
  ["tensor-entry", "an entry that is a number", '{"a":1}'],
  ["tensor-entry", "an entry that is an array", '{"a":["U8",[1],[0,1]]}', 1],
  ["tensor-entry", "no type", '{"a":{"shape":[1],"data_offsets":[0,1]}}', 1],
  ["tensor-entry", "no shape", '{"a":{"dtype":"U8","data_offsets":[0,1]}}', 1],
  ["tensor-entry", "no offsets", '{"a":{"dtype":"U8","shape":[1]}}', 1],
  ["tensor-entry", "one offset", one("U8", "1", "0"), 1],
  ["tensor-entry", "three offsets", one("U8", "1", "0,1,1"), 1],
  ["tensor-entry", "a shape that is a number", '{"a":{"dtype":"U8","shape":1,"data_offsets":[0,1]}}', 1],
  ["tensor-entry", "a type that is a number", '{"a":{"dtype":8,"shape":[1],"data_offsets":[0,1]}}', 1],
  ["unknown-type", "a type in small letters", one("f32", "1", "0,4"), 4],
  ["unknown-type", "a type that every object has", one("constructor", "1", "0,4"), 4],
  ["number", "a negative dimension", one("U8", "-1", "0,1"), 1],
  ["number", "minus zero", one("U8", "-0", "0,0")],
  ["number", "a dimension with a point", one("U8", "1.0", "0,1"), 1],
  ["number", "a dimension with an exponent", one("U8", "1e0", "0,1"), 1],
  ["number", "a leading zero", one("U8", "01", "0,1"), 1],
  ["number", "a dimension in quotes", one("U8", '"1"', "0,1"), 1],
  ["number", "a dimension of 2^53", one("U8", "9007199254740992", "0,9007199254740992")],
  [
    "number",
    "a dimension that rounds to 1 in 32 bits",
    one("U8", "4294967297999999999999999999999999999999999", "0,1"),
    1,
  ],
  ["overflow", "elements past 2^53", one("U8", "4294967296,4294967296", "0,0")],
  ["overflow", "elements past 2^64 that come to 0 in 64 bits", one("U8", "4294967296,4294967296,1", "0,0")],
  ["overflow", "bits past 2^53", one("F64", "9007199254740991", "0,8")],
  ["misaligned", "packed floats that end within a byte", one("F4", "3", "0,2"), 2],
  ["offsets-reversed", "an end before the beginning", one("U8", "1", "1,0"), 1],
  ["hole", "data that begins at 4", one("U8", "1", "4,5"), 5],
  ["hole", "a gap", `{"a":${entry("U8", "1", "0,1")},"b":${entry("U8", "1", "2,3")}}`, 3],
  ["overlap", "the same bytes twice", `{"a":${entry("U8", "4", "0,4")},"b":${entry("U8", "4", "0,4")}}`, 4],
  ["overlap", "bytes shared in part", `{"a":${entry("U8", "4", "0,4")},"b":${entry("U8", "4", "2,6")}}`, 6],
  ["size-mismatch", "a shape that takes less", one("F32", "1", "0,8"), 8],
  ["size-mismatch", "a shape that takes more", one("F32", "3", "0,8"), 8],
  ["truncated", "data that is not all there", one("F32", "2", "0,8"), 7],
  ["trailing-bytes", "more data than tensors", one("F32", "2", "0,8"), 9],
];
for (const [reason, what, header, dataBytes] of REFUSED)
  test(`refused as ${reason}: ${what}`, () => {
    assert.throws(
      () => parse(header, dataBytes ?? 0),
      (error) => {
        assert.ok(error instanceof SafetensorsError, String(error));
        assert.equal(error.reason, reason, error.message);
        assert.ok(error.message.length < 500, `${error.message.length} characters`);
        return true;
      },
    );
  });

test("the length field is read as 64 bits", () => {
  const refusal = (length: bigint, size: number): string => {
    const bytes = Buffer.alloc(16);
    bytes.writeBigUInt64LE(length);
    try {
      return String(parseHeaderLength(bytes.subarray(0, 8), size, "x"));
    } catch (error) {
      return (error as SafetensorsError).reason;
    }
  };
  assert.equal(refusal(8n, 16), "8");
  assert.equal(refusal(9n, 16), "header-truncated");
  assert.equal(refusal(BigInt(MAX_HEADER_BYTES), 2 ** 40), "100000000");
  assert.equal(refusal(BigInt(MAX_HEADER_BYTES) + 1n, 2 ** 40), "header-too-large");
  for (const length of [2n ** 32n + 8n, 2n ** 53n + 8n, 2n ** 63n, 2n ** 64n - 8n])
    assert.equal(refusal(length, 2 ** 40), "header-too-large");
});

test("names in messages are safe to print and short", () => {
  const name = `\u001b[31m${"x".repeat(10_000)}`;
  assert.throws(
    () => parse(`{${JSON.stringify(name)}:1}`, 0),
    (error) => error instanceof SafetensorsError && !error.message.includes("\u001b") && error.message.length < 400,
  );
});

test("a large hostile header takes time and memory in proportion", () => {
  const count = 100_000;
  const fields = Array.from({ length: count }, (_, i) => `"t${i}":${entry("U8", "1", `${i},${i + 1}`)}`).join(",");
  const bytes = safetensorsBytes(`{${fields}}`);
  const startedAt = performance.now();
  assert.equal(parse(bytes, count).tensors.size, count);
  const durationMs = performance.now() - startedAt;
  // 6.6 MB of header; a reader of quadratic cost would take minutes.
  assert.ok(durationMs < 3000, `${bytes.length} bytes took ${durationMs.toFixed(0)} ms`);
});
