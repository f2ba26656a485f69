import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { constants, open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { after, test } from "node:test";
import { PartialFile } from "../../../../src-main/studio/models/partial-file.ts";
import type { FileIdentity } from "../../../../src-main/studio/models/partial-file.ts";
import { flipBit, temporaryFolder } from "./small-model.ts";

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());
const bytes = createHash("shake256", { outputLength: 100_000 }).update("x").digest();
const sha256 = createHash("sha256").update(bytes).digest("hex");
const identity: FileIdentity = { sizeBytes: bytes.length, digest: { algorithm: "sha256", value: sha256 } };
const STEP = 10_000;
const options = { checkpointBytes: STEP };

/** Writes up to `end` and stops as a kill does: the system closes the file, nothing else happens. */
async function writeAndDie(target: string, end: number): Promise<void> {
  const handles: FileHandle[] = [];
  const openHandle = async (file: string): Promise<FileHandle> => {
    const handle = await open(file, constants.O_RDWR | constants.O_CREAT);
    handles.push(handle);
    return handle;
  };
  const partial = await PartialFile.open(target, identity, { ...options, openHandle });
  for (let position = partial.position; position < end; position += 1000)
    await partial.append(bytes.subarray(position, Math.min(end, position + 1000)));
  for (const handle of handles) await handle.close();
}

async function finish(target: string): Promise<{ startedAt: number; sha256: string | undefined }> {
  const partial = await PartialFile.open(target, identity, options);
  const startedAt = partial.position;
  await partial.append(bytes.subarray(startedAt));
  return { startedAt, sha256: await partial.commit() };
}

test("after a kill all but the last part is kept, and the file ends right", async () => {
  const target = folder.at("killed");
  await writeAndDie(target, 57_300);
  assert.deepEqual(await finish(target), { startedAt: 50_000, sha256 });
  assert.deepEqual(readFileSync(target), bytes);
  assert.deepEqual(
    readdirSync(folder.path).filter((name) => name.startsWith("killed")),
    ["killed"],
  );
});

test("a partial that was left in order is gone on from to the byte", async () => {
  const target = folder.at("left");
  const partial = await PartialFile.open(target, identity, options);
  await partial.append(bytes.subarray(0, 43_210));
  await partial.leave();
  assert.deepEqual(await finish(target), { startedAt: 43_210, sha256 });
});

test("bytes that changed on the disk are fetched again from the checkpoint before them", async () => {
  for (const [bit, kept] of [
    [8 * 3, 0],
    [8 * 25_000 + 5, 20_000],
    [8 * 49_999 + 7, 40_000],
    [8 * 52_000, 50_000],
  ] as const) {
    const target = folder.at(`flipped-${bit}`);
    await writeAndDie(target, 57_300);
    flipBit(`${target}.partial`, bit);
    assert.deepEqual(await finish(target), { startedAt: kept, sha256 });
  }
});

test("lost, damaged and foreign notes, and lost bytes, cost time but never correctness", async () => {
  const damages: [string, (target: string) => void, number][] = [
    ["no-notes", (target) => rmSync(`${target}.partial.json`), 0],
    ["torn-notes", (target) => truncateSync(`${target}.partial.json`, 50), 0],
    [
      "wrong-notes",
      (target) => writeFileSync(`${target}.partial.json`, '{"format":1,"checkpoints":[null,{"bytes":-5}]}'),
      0,
    ],
    ["no-bytes", (target) => rmSync(`${target}.partial`), 0],
    ["fewer-bytes", (target) => truncateSync(`${target}.partial`, 34_000), 30_000],
    ["more-bytes", (target) => writeFileSync(`${target}.partial`, Buffer.concat([bytes, bytes])), 50_000],
  ];
  for (const [name, damage, kept] of damages) {
    const target = folder.at(name);
    await writeAndDie(target, 57_300);
    damage(target);
    assert.deepEqual(await finish(target), { startedAt: kept, sha256 }, name);
    assert.deepEqual(readFileSync(target), bytes, name);
  }
});

test("a partial of another file or another version is begun again", async () => {
  const target = folder.at("other");
  await writeAndDie(target, 57_300);
  const other: FileIdentity = { ...identity, digest: { algorithm: "sha256", value: "0".repeat(64) } };
  const partial = await PartialFile.open(target, other, options);
  assert.equal(partial.position, 0);
  await partial.append(bytes);
  assert.equal(await partial.commit(), undefined, "the wrong sum gets no name");
  assert.ok(!existsSync(target));
  await partial.discard();
  assert.ok(!existsSync(`${target}.partial`));
});

test("too few bytes get no name, and git's sum is checked where it is what is stated", async () => {
  const target = folder.at("git");
  const git = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
  const stated: FileIdentity = { ...identity, digest: { algorithm: "git-sha1", value: git } };
  const partial = await PartialFile.open(target, stated, options);
  await partial.append(bytes.subarray(0, 60_000));
  assert.equal(await partial.commit(), undefined);
  await partial.leave();
  const again = await PartialFile.open(target, stated, options);
  assert.equal(again.position, 60_000);
  await again.append(bytes.subarray(60_000));
  assert.equal(await again.commit(), sha256);
});

test("an empty file is a file", async () => {
  const empty: FileIdentity = {
    sizeBytes: 0,
    digest: { algorithm: "sha256", value: createHash("sha256").digest("hex") },
  };
  const partial = await PartialFile.open(folder.at("empty"), empty, options);
  assert.equal(partial.isWhole, true);
  assert.ok(await partial.commit());
  assert.equal(readFileSync(folder.at("empty")).length, 0);
});
