import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { TachieError } from "../../../../src-main/contract/errors.ts";
import { OPTIMISATION_PRESETS } from "../../../../src-main/contract/toggles.ts";
import { encodeChunk, PNG_SIGNATURE } from "../../../../src-main/studio/png/png-chunks.ts";
import { writeOwnRecord } from "../../../../src-main/studio/png/own-record.ts";
import { readPngMetadata } from "../../../../src-main/studio/png/png-metadata.ts";
import { recordFromPng } from "../../../../src-main/studio/png/record-from-png.ts";
import {
  ownPng,
  ownRecord,
  PIXEL_DATA,
  PIXEL_HEADER,
  pngOfChunks,
  pngWithField,
  pngWithTexts,
} from "../../../fixtures/own-png.ts";

const DATA = ["IDAT", PIXEL_DATA] as const;

function inFolder<T>(use: (folder: string) => T): T {
  const folder = mkdtempSync(path.join(tmpdir(), "tachie-png-"));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function isInvalid(pattern: RegExp) {
  return (error: unknown): boolean => {
    assert.ok(error instanceof TachieError, String(error));
    assert.equal(error.code, "image.invalid");
    assert.match(error.message, pattern);
    return true;
  };
}

function readOwn(png: Uint8Array) {
  const metadata = readPngMetadata(png);
  assert.equal(metadata.kind, "own");
  return metadata.kind === "own" ? metadata.record : assert.fail();
}

test("our own record comes back whole, with every kind of text in it", async () => {
  const records = [
    ownRecord(),
    ownRecord({ parentId: "0f8k2m4x7p", loras: [], seed: Number.MAX_SAFE_INTEGER, tree: null }),
    ownRecord({
      prompt: "a\0b \ud800 \u2028 'x' \\ \u{1F600} 二人\r\n",
      texts: { system: "", positive: "", negative: "" },
    }),
    ownRecord({ prompt: "二人".repeat(128 * 1024), tree: Array.from({ length: 5000 }, (_e, n) => ({ tag: `t${n}` })) }),
  ];
  for (const record of records) assert.deepEqual(readOwn(await ownPng(record)), record);
});

test("the file says the same as the bytes, and gives a record to show", async () => {
  const png = await ownPng();
  inFolder((folder) => {
    const file = path.join(folder, "a.png");
    writeFileSync(file, png);
    assert.deepEqual(readPngMetadata(file), readPngMetadata(png));
    const { timings, ...record } = ownRecord();
    assert.deepEqual(recordFromPng(file), {
      ...record,
      file,
      isFileMissing: false,
      steps: 20,
      timings: { ...timings, saveMs: 0, totalMs: 2443.375 },
    });
  });
});

test("the home folder's name does not leave the machine, and is found again on it", () => {
  const folder = path.join(homedir(), "models", "mine");
  const text = writeOwnRecord(ownRecord({ modelFolder: folder, loras: [{ file: `${folder}/a`, strength: 1 }] }), "0");
  assert.ok(text.includes('"~/models/mine"') && text.includes('"~/models/mine/a"'));
  assert.ok(!text.includes(folder));
});

const DAMAGED_FIELDS: readonly (readonly [string, unknown])[] = [
  ["schema", undefined],
  ["schema", "1"],
  ["id", 5],
  ["id", "../../../etc/passwd"],
  ["id", "0f8k2m4x7q".repeat(9)],
  ["created", "yesterday"],
  ["created", "+275760-09-13T00:00:00.000Z"],
  ["parent", { a: 1 }],
  ["prompt", null],
  ["prompt", ["a"]],
  ["dialect", "__proto__"],
  ["tree", undefined],
  ["texts", "positive"],
  ["texts.positive", undefined],
  ["seed", -1],
  ["seed", 1.5],
  ["seed", 2 ** 60],
  ["width", 0],
  ["height", 1e9],
  ["sampling", []],
  ["sampling.steps", 0],
  ["sampling.steps", 1e9],
  ["sampling.solver", "ddim"],
  ["sampling.guidance", "5"],
  ["sampling.guidance", null],
  ["model", null],
  ["model.hash", 7],
  ["loras", { length: 3 }],
  ["loras", Array.from({ length: 65 }, () => ({ file: "a", strength: 1 }))],
  ["loras", [{ file: "a" }]],
  ["toggles.text_cache", "maybe"],
  ["provider", "abacus"],
  ["timings.stepMs", "fast"],
  ["timings.stepMs", [1, "2"]],
  ["timings.stepMs", Array.from({ length: 100000 }, () => 1)],
  ["timings.loadMs", -1],
];

test("a damaged record of ours is refused, naming the field", async () => {
  for (const [field, value] of DAMAGED_FIELDS) {
    const png = await pngWithField(field, value);
    const name = field.replaceAll(".", "\\.");
    assert.throws(() => readPngMetadata(png), isInvalid(new RegExp(`record in it is damaged: ${name}`)), field);
  }
  for (const text of ["", "{", "[]", "null", "7", '"x"'])
    assert.throws(
      () => readPngMetadata(pngOfChunks([["tEXt", Buffer.from(`tachie\0${text}`)], DATA])),
      isInvalid(/damaged/),
    );
});

test("a tree too deep for a stack is refused, not followed", async () => {
  const png = await pngWithTexts({
    tachie: writeOwnRecord(ownRecord({ tree: "@" }), "0").replace('"@"', "[".repeat(300_000) + "]".repeat(300_000)),
  });
  assert.throws(() => readPngMetadata(png), isInvalid(/tree must be at most 200 levels deep/));
});

test("a record of a later schema says that it is newer", async () => {
  const png = await pngWithField("schema", 2);
  assert.throws(
    () => readPngMetadata(png),
    (error: TachieError) =>
      error.code === "image.invalid" && /newer/.test(error.message) && /Update/.test(error.remedy),
  );
});

test("a picture from before a toggle existed was made as was usual then, and toggles that we do not know are left out", async () => {
  const record = readOwn(await pngWithField("toggles", { graph_optimisation: "on", telepathy: "on" }));
  assert.deepEqual(record.toggles, {
    ...OPTIMISATION_PRESETS.reference,
    optimise: "on",
    attention: "fused",
    fused: "operators",
  });
});

const A1111 = "1girl\nNegative prompt: lowres\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512";
const FOREIGN: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ["a1111", { parameters: A1111 }],
  ["a1111", { parameters: `二人の少女\n${A1111}` }],
  ["comfyui", { prompt: '{"3":{"class_type":"KSampler","inputs":{"seed":1}}}' }],
  ["comfyui", { workflow: '{"nodes":[],"links":[]}' }],
  ["invokeai", { invokeai_metadata: '{"positive_prompt":"x"}' }],
  ["novelai", { Software: "NovelAI", Comment: '{"prompt":"x","uc":"y","seed":1}' }],
  ["novelai", { Comment: '{"v4_prompt":{"caption":{}}}' }],
  ["swarmui", { parameters: '{"sui_image_params":{"prompt":"x"}}' }],
  ["fooocus", { parameters: '{"prompt":"x"}', fooocus_scheme: "fooocus" }],
  ["fooocus", { parameters: A1111, fooocus_scheme: "a1111" }],
  ["stability-matrix", { parameters: A1111, "parameters-json": "{}" }],
];

test("pictures of other tools are told by what their texts hold", async () => {
  for (const [tool, texts] of FOREIGN) {
    const metadata = readPngMetadata(await pngWithTexts(texts));
    assert.equal(metadata.kind === "foreign" ? metadata.tool : metadata.kind, tool);
  }
  const nothing = [{}, { parameters: "a holiday" }, { prompt: "{broken" }, { Comment: "GIMP" }, { workflow: "[]" }];
  for (const texts of nothing) assert.equal(readPngMetadata(await pngWithTexts(texts)).kind, "none");
});

test("a picture that we did not make is image.foreign, with its maker's name where it is known", async () => {
  const [foreign, plain] = [await pngWithTexts({ parameters: A1111 }), await pngWithTexts({})];
  inFolder((folder) => {
    const file = path.join(folder, "a.png");
    writeFileSync(file, foreign);
    assert.throws(() => recordFromPng(file), { code: "image.foreign", message: /a1111/ });
    writeFileSync(file, plain);
    assert.throws(() => recordFromPng(file), { code: "image.foreign", message: /says nothing/ });
  });
});

const BROKEN: readonly (readonly [string, Uint8Array, RegExp])[] = [
  ["nothing", new Uint8Array(0), /signature/],
  ["a JPEG", Buffer.from("ffd8ffe000104a464946", "hex"), /signature/],
  ["the signature alone", PNG_SIGNATURE, /before IEND/],
  ["no IHDR", Buffer.concat([PNG_SIGNATURE, encodeChunk("IDAT", PIXEL_DATA)]), /does not begin with IHDR/],
  ["a second IHDR", pngOfChunks([["IHDR", PIXEL_HEADER], DATA]), /second IHDR/],
  ["no picture data", pngOfChunks([]), /no picture data/],
  ["no IEND", pngOfChunks([DATA]).subarray(0, -12), /before IEND/],
  ["an IEND with content", pngOfChunks([DATA, ["IEND", Uint8Array.of(1)]]), /IEND chunk is not empty/],
  ["a length of 4 GiB", withLength(0xffffffff), /claims 4294967295 bytes/],
  ["a length of 2 GiB", withLength(0x7fffffff), /claims 2147483647 bytes/],
  ["one byte too many", withLength(PIXEL_DATA.length + 20), /claims|checksum|type/],
  ["a type that is no word", pngOfChunks([["ID\0T", PIXEL_DATA]]), /no valid type/],
  [
    "a short header",
    Buffer.concat([PNG_SIGNATURE, encodeChunk("IHDR", new Uint8Array(12)), encodeChunk("IEND", new Uint8Array(0))]),
    /12 bytes instead of 13/,
  ],
  [
    "too many chunks",
    pngOfChunks([...Array.from({ length: 2001 }, () => ["tEXt", Buffer.from("a\0b")] as const), DATA]),
    /too many chunks/,
  ],
];

test("what is broken is image.invalid, and says how", () => {
  for (const [name, png, pattern] of BROKEN) assert.throws(() => readPngMetadata(png), isInvalid(pattern), name);
  for (const [position, value] of [
    [0, 0x80],
    [4, 0xff],
    [8, 3],
    [9, 1],
    [10, 1],
    [11, 1],
    [12, 2],
  ] as const) {
    const header = Uint8Array.from(PIXEL_HEADER);
    header[position] = value;
    const png = Buffer.concat([
      PNG_SIGNATURE,
      encodeChunk("IHDR", header),
      encodeChunk("IDAT", PIXEL_DATA),
      encodeChunk("IEND", new Uint8Array(0)),
    ]);
    assert.throws(() => readPngMetadata(png), isInvalid(/./), `header byte ${position}`);
  }
  for (const position of [8, 20, 29, 30, 45, 52]) {
    const png = pngOfChunks([DATA]);
    png[position] = (png[position] ?? 0) ^ 1;
    assert.throws(() => readPngMetadata(png), isInvalid(/./), `byte ${position}`);
  }
});

function withLength(length: number): Buffer {
  const png = pngOfChunks([DATA]);
  png.writeUInt32BE(length, 8 + 25);
  return png;
}

test("what follows IEND is ignored, as every reader does, and so is an animation", () => {
  assert.equal(readPngMetadata(Buffer.concat([pngOfChunks([DATA]), Buffer.from("PK\x03\x04 a zip")])).kind, "none");
  assert.equal(readPngMetadata(pngOfChunks([["acTL", new Uint8Array(8)], DATA, ["fdAT", PIXEL_DATA]])).kind, "none");
});

test("texts that break the rules are left out with the reason, and the rest is read", () => {
  const bomb = deflateSync(Buffer.alloc(2 << 20));
  const chunks: readonly (readonly [string, Uint8Array, string])[] = [
    ["tEXt", Buffer.from("no end"), "keyword"],
    ["tEXt", Buffer.from("\0no keyword"), "keyword"],
    ["tEXt", Buffer.from(`${"x".repeat(80)}\0a`), "keyword"],
    ["zTXt", Buffer.concat([Buffer.from("bomb\0\0"), bomb]), "inflates to more than 1048576"],
    ["zTXt", Buffer.concat([Buffer.from("method\0\x01"), deflateSync("x")]), "method"],
    ["zTXt", Buffer.from("cut\0\0x\x9c"), "damaged"],
    ["iTXt", Buffer.from("cut\0\0\0en"), "not complete"],
    ["iTXt", Buffer.from("flag\0\x02\0\0\0a"), "flag"],
    ["iTXt", Buffer.concat([Buffer.from("bad\0\0\0\0\0"), Uint8Array.of(0xc3, 0x28)]), "UTF-8"],
    ["iTXt", Buffer.concat([Buffer.from("bomb\0\x01\0\0\0"), bomb]), "inflates to more than 1048576"],
    ["tEXt", Buffer.alloc(9 << 20, 65), "too large"],
  ];
  const good = [
    ["zTXt", Buffer.concat([Buffer.from("z\0\0"), deflateSync("caf\xe9", {})])],
    ["iTXt", Buffer.concat([Buffer.from("i\0\x01\0en\0titre\0"), deflateSync("二人")])],
  ] as const;
  const { texts, skipped } = readPngMetadata(
    pngOfChunks([...chunks.map(([type, data]) => [type, data] as const), ...good, DATA]),
  );
  assert.deepEqual(
    texts.map((text) => text.keyword),
    ["z", "i"],
  );
  assert.equal(texts[1]?.text, "二人");
  const reasons = skipped.map((entry) => entry.reason);
  for (const [, , reason] of chunks)
    assert.ok(
      reasons.some((text) => text.includes(reason)),
      reason,
    );
  assert.equal(skipped.length, chunks.length);
});

test("two thousand bombs cost no more than the limit on all of them", () => {
  const bomb = Buffer.concat([Buffer.from("b\0\0"), deflateSync(Buffer.alloc(64 << 20))]);
  const png = pngOfChunks([...Array.from({ length: 1900 }, () => ["zTXt", bomb] as const), DATA]);
  const startedAt = performance.now();
  const { texts, skipped } = readPngMetadata(png);
  assert.deepEqual([texts.length, skipped.length], [0, 1900]);
  assert.ok(performance.now() - startedAt < 2000, "1900 x 64 MiB were inflated");
});

test("a damaged chunk of ours is not taken for another tool's picture", () => {
  const png = pngOfChunks([["iTXt", Buffer.concat([Buffer.from("tachie\0\0\0\0\0"), Uint8Array.of(0xff)])], DATA]);
  assert.throws(() => readPngMetadata(png), isInvalid(/record in it is damaged: it is not valid UTF-8/));
});

test(
  "what is no readable file is said so: missing, a folder, a pipe that nobody writes to",
  { skip: process.platform === "win32" },
  () => {
    inFolder((folder) => {
      assert.throws(() => readPngMetadata(path.join(folder, "none.png")), { code: "file.not-found" });
      assert.throws(() => readPngMetadata(folder), { code: "file.unreadable" });
      const pipe = path.join(folder, "pipe.png");
      assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
      assert.throws(() => readPngMetadata(pipe), { code: "file.unreadable" });
      assert.throws(() => readPngMetadata("/dev/zero"), { code: "file.unreadable" });
    });
  },
);
