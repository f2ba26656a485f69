import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MESSAGE_LIMITS, decodeMessage, encodeMessage } from "../../../src-main/contract/message-codec.ts";

const invalid = { name: "TachieError", code: "wire.invalid" };

/** A frame by hand: JSON as given, then bytes. */
function frameOf(json: string, tail: readonly number[] = []): Uint8Array {
  const text = new TextEncoder().encode(json);
  const frame = new Uint8Array(4 + text.length + tail.length);
  new DataView(frame.buffer).setUint32(0, text.length, true);
  frame.set(text, 4);
  frame.set(tail, 4 + text.length);
  return frame;
}

const plainData = fc.letrec((tie) => ({
  leaf: fc.oneof(
    fc.string({ unit: "binary" }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((number) => !Object.is(number, -0)),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 20 }),
  ),
  node: fc.oneof(
    { maxDepth: 5 },
    tie("leaf"),
    fc.array(tie("node"), { maxLength: 4 }),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("message", "arrays", "constructor")), tie("node"), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  ),
})).node;

test("any plain data with byte arrays in it comes back as it was", () => {
  fc.assert(
    fc.property(plainData, (message) => {
      assert.deepEqual(decodeMessage(encodeMessage(message)), message);
    }),
    { numRuns: 1000 },
  );
});

test("byte arrays come back as plain Uint8Arrays with memory of their own, also from a Buffer in a larger one", () => {
  const pixels = Uint8Array.from({ length: 300 }, (_, index) => index);
  const encoded = encodeMessage({ preview: { pixels: Buffer.from(pixels) }, empty: new Uint8Array(0) });
  const pool = Buffer.concat([Buffer.from("xyz"), encoded]).subarray(3);
  const decoded = decodeMessage(pool) as { preview: { pixels: Uint8Array }; empty: Uint8Array };
  pool.fill(0);
  assert.deepEqual(decoded.preview.pixels, pixels);
  assert.equal(Object.getPrototypeOf(decoded.preview.pixels), Uint8Array.prototype);
  assert.equal(decoded.preview.pixels.buffer.byteLength, 300);
  assert.equal(decoded.empty.length, 0);
});

test("a property named __proto__ stays a property", () => {
  const message: unknown = JSON.parse('{"__proto__": {"isAdmin": true}, "list": []}');
  const decoded = decodeMessage(encodeMessage(message)) as Record<string, unknown>;
  assert.equal(Object.getPrototypeOf(decoded), Object.prototype);
  assert.equal(decoded["isAdmin"], undefined);
});

test("what JSON cannot carry is refused with the place where it is", () => {
  const itself: Record<string, unknown> = {};
  itself["again"] = itself;
  for (const value of [
    1n,
    () => 1,
    Symbol("x"),
    new Date(),
    new Map(),
    new Float32Array(2),
    new ArrayBuffer(2),
    itself,
  ])
    assert.throws(() => encodeMessage({ params: { value } }), invalid);
  assert.throws(() => encodeMessage({ params: { seed: 1n } }), /bigint at params\.seed/);
});

test("messages and frames over the limits are refused", () => {
  const limits = { frameBytes: 1000, jsonBytes: 500 };
  assert.throws(() => encodeMessage("x".repeat(600), limits), invalid);
  assert.throws(() => encodeMessage({ bytes: new Uint8Array(1000) }, limits), invalid);
  assert.throws(() => encodeMessage(Array.from({ length: 65 }, () => new Uint8Array(1))), invalid);
  const large = encodeMessage({ bytes: new Uint8Array(1000) });
  assert.throws(() => decodeMessage(large, limits), invalid);
  assert.throws(() => decodeMessage(encodeMessage("x".repeat(600)), limits), invalid);
  assert.throws(
    () => decodeMessage(frameOf(`{"message":${"[".repeat(100_000)}${"]".repeat(100_000)},"arrays":[]}`)),
    invalid,
  );
  assert.ok(MESSAGE_LIMITS.frameBytes > MESSAGE_LIMITS.jsonBytes);
});

test("frames that no encoder has written are refused, one by one", () => {
  const bad: [string, Uint8Array][] = [
    ["empty", new Uint8Array(0)],
    ["three bytes", new Uint8Array(3)],
    ["cut off", frameOf('{"message":1,"arrays":[]}').subarray(0, 20)],
    ["length over the end", Uint8Array.of(255, 255, 255, 127, 1)],
    ["not JSON", frameOf("{")],
    ["a byte order mark", frameOf('\ufeff{"message":1,"arrays":[]}')],
    ["not UTF-8", Uint8Array.of(3, 0, 0, 0, 0x22, 0xff, 0x22)],
    ["no message", frameOf('{"arrays":[]}')],
    ["no arrays", frameOf('{"message":1}')],
    ["null", frameOf("null")],
    ["bytes left over", frameOf('{"message":1,"arrays":[]}', [1])],
    ["too few bytes", frameOf('{"message":{"a":null},"arrays":[{"path":["a"],"length":2}]}', [1])],
    ["a negative length", frameOf('{"message":{"a":null},"arrays":[{"path":["a"],"length":-1}]}')],
    ["a fraction", frameOf('{"message":{"a":null},"arrays":[{"path":["a"],"length":0.5}]}')],
    ["no such place", frameOf('{"message":{},"arrays":[{"path":["a"],"length":1}]}', [1])],
    ["an occupied place", frameOf('{"message":{"a":1},"arrays":[{"path":["a"],"length":1}]}', [1])],
    ["one place twice", frameOf('{"message":[null],"arrays":[{"path":[0],"length":0},{"path":[0],"length":0}]}')],
    ["into the prototype", frameOf('{"message":{},"arrays":[{"path":["__proto__","x"],"length":1}]}', [1])],
    ["through a constructor", frameOf('{"message":{},"arrays":[{"path":["constructor","x"],"length":1}]}', [1])],
    ["into a string", frameOf('{"message":"abc","arrays":[{"path":["length"],"length":1}]}', [1])],
    ["a path that is none", frameOf('{"message":null,"arrays":[{"path":"","length":1}]}', [1])],
    ["a key that is none", frameOf('{"message":{"null":null},"arrays":[{"path":[null],"length":1}]}', [1])],
    ["an array of arrays", frameOf(`{"message":1,"arrays":[${Array(65).fill('{"path":[],"length":0}').join(",")}]}`)],
  ];
  for (const [name, frame] of bad) assert.throws(() => decodeMessage(frame), invalid, name);
  assert.equal(({} as Record<string, unknown>)["x"], undefined, "nothing was written into a prototype");
});

test("any bytes, and frames with any byte changed, either decode or are refused", () => {
  const sound = encodeMessage({ kind: "call", seq: 1, method: "readPng", params: { bytes: Uint8Array.of(1, 2, 3) } });
  const attempt = (frame: Uint8Array): void => {
    try {
      decodeMessage(frame);
    } catch (error) {
      assert.equal((error as { code?: string }).code, "wire.invalid", String(error));
    }
  };
  for (let offset = 0; offset < sound.length; offset++)
    for (const change of [1, 0x20, 0x80, 0xff]) {
      const frame = sound.slice();
      frame[offset]! ^= change;
      attempt(frame);
    }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), attempt), { numRuns: 1000 });
});
