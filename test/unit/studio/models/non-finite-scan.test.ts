import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { after, test } from "node:test";
import { streamOf } from "../../../../models/counter-random.ts";
import { openSafetensors } from "../../../../src-main/graph/safetensors.ts";
import { NonFiniteScan } from "../../../../src-main/studio/models/non-finite-scan.ts";
import { temporaryFolder } from "./small-model.ts";

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

interface Spec {
  readonly name: string;
  readonly dtype: "F32" | "BF16" | "F16" | "F64" | "I32";
  readonly count: number;
}

const SIZES = { F32: 4, BF16: 2, F16: 2, F64: 8, I32: 4 };
const NANS = {
  F32: Buffer.from([0, 0, 0xc0, 0x7f]),
  BF16: Buffer.from([0xc0, 0x7f]),
  F16: Buffer.from([0, 0x7e]),
  F64: Buffer.from([0, 0, 0, 0, 0, 0, 0xf0, 0xff]),
  I32: Buffer.from([0, 0, 0xc0, 0x7f]),
};

/** A file whose data begins at an odd place, so that nothing is aligned. */
function build(tensors: readonly Spec[], padding: number, bad?: { name: string; element: number }): Buffer {
  let position = 0;
  const header: Record<string, unknown> = {};
  for (const { name, dtype, count } of tensors) {
    const end = position + count * SIZES[dtype];
    header[name] = { dtype, shape: [count], data_offsets: [position, end] };
    position = end;
  }
  const text = Buffer.from(JSON.stringify(header) + " ".repeat(padding));
  const bytes = Buffer.alloc(8 + text.length + position, 0x11);
  bytes.writeBigUInt64LE(BigInt(text.length), 0);
  text.copy(bytes, 8);
  let start = 8 + text.length;
  for (const { name, dtype, count } of tensors) {
    if (name === bad?.name) NANS[dtype].copy(bytes, start + bad.element * SIZES[dtype]);
    start += count * SIZES[dtype];
  }
  return bytes;
}

function scan(bytes: Buffer, pieces: (index: number) => number): string[] {
  const file = folder.at("x.safetensors");
  writeFileSync(file, bytes);
  const watch = new NonFiniteScan(openSafetensors(file), "x");
  let index = 0;
  for (let position = 0; position < bytes.length;) {
    const end = Math.min(bytes.length, position + pieces(index++));
    // A copy that lies askew, as a pool gives them.
    const askew = Buffer.concat([Buffer.alloc(index % 8), bytes.subarray(position, end)]).subarray(index % 8);
    watch.feed(askew, position);
    position = end;
  }
  return watch.findings.map(({ message }) => message);
}

const TENSORS: readonly Spec[] = [
  { name: "a", dtype: "F64", count: 5 },
  { name: "b", dtype: "BF16", count: 33 },
  { name: "none", dtype: "F32", count: 0 },
  { name: "c", dtype: "F32", count: 7 },
  { name: "d", dtype: "F16", count: 1 },
  { name: "whole", dtype: "I32", count: 4 },
];

test("every element of every tensor is seen, wherever pieces end and however askew the data lie", () => {
  for (const [seed, padding] of [0, 1, 3, 6].entries())
    for (const { name, dtype, count } of TENSORS)
      for (let element = 0; element < count; element++) {
        const bytes = build(TENSORS, padding, { name, element });
        for (const pieces of [() => 1, () => 3, () => bytes.length, (i: number) => 1 + (streamOf(seed, `${i}`) % 13)]) {
          const found = scan(bytes, pieces);
          const expected = dtype === "I32" ? 0 : 1;
          assert.equal(found.length, expected, `${name}[${element}] with padding ${padding}`);
          if (expected === 1) assert.match(found[0] ?? "", new RegExp(`in 1 tensors: ${name}$`));
        }
      }
});

test("a file of finite values gives no finding", () => {
  assert.deepEqual(
    scan(build(TENSORS, 2), () => 7),
    [],
  );
});
