import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import {
  CHECKSUMS_FILE,
  formatChecksums,
  hashFile,
  parseChecksums,
  readChecksums,
  writeChecksums,
} from "../../../src-main/graph/checksums.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "tachie-sums-"));
after(() => rmSync(folder, { recursive: true }));
mkdirSync(path.join(folder, "b", "c"), { recursive: true });
const contents = { "a.txt": "one", "b/c/ü weights.bin": "x".repeat(9_000_000), "b/empty": "" };
for (const [file, text] of Object.entries(contents)) writeFileSync(path.join(folder, file), text);
writeFileSync(path.join(folder, "b", "left.0123456789ab.part"), "half-written");

const sumOf = (text: string): string => createHash("sha256").update(text).digest("hex");

test("every file of a folder is listed with its sum, and the list can be read back", async () => {
  const written = await writeChecksums(folder);
  assert.deepEqual(new Map(written), new Map(Object.entries(contents).map(([file, text]) => [file, sumOf(text)])));
  assert.deepEqual(await readChecksums(folder), new Map([...written].sort()));
  // Writing it again does not list the list.
  assert.equal((await writeChecksums(folder)).size, 3);
  assert.equal(await readChecksums(path.join(folder, "b")), undefined);
});

test("the list is one that sha256sum reads", { skip: process.platform === "linux" ? false : "needs sha256sum" }, () => {
  const output = execFileSync("sha256sum", ["--check", "--strict", CHECKSUMS_FILE], { cwd: folder, encoding: "utf8" });
  assert.match(output, /a\.txt: OK/);
});

test("any change of the list is noticed, or names other files or sums", () => {
  const file = path.join(folder, CHECKSUMS_FILE);
  const text = readFileSync(file);
  const sums = [...parseChecksums(text.toString(), file)];
  for (let bit = 0; bit < text.length * 8; bit++) {
    const changed = Buffer.from(text);
    const place = Math.floor(bit / 8);
    changed[place] = (changed[place] ?? 0) ^ (1 << (bit % 8));
    let read: unknown;
    try {
      read = [...parseChecksums(changed.toString(), file)];
    } catch {
      continue;
    }
    assert.notDeepEqual(read, sums, `bit ${bit}`);
  }
});

test("lists that are not exactly such lists are refused", () => {
  const line = `${"a".repeat(64)}  x\n`;
  const bad = [
    "",
    "x",
    line.trimEnd(),
    `${line}\n`,
    line.toUpperCase(),
    line.replace("  ", " *"),
    line + line,
    `\ufeff${line}`,
  ];
  for (const text of [...bad, `${"a".repeat(64)}  ../x\n`, `${"a".repeat(64)}  /x\n`, `${"b".repeat(64)}  z\n${line}`])
    assert.throws(() => parseChecksums(text, "list"), { code: "model.damaged" }, JSON.stringify(text));
  for (const name of ["", "a\nb", "a\\b", "/a", "../a", "a/../b", "./a"])
    assert.throws(() => formatChecksums(new Map([[name, "a".repeat(64)]])), { code: "internal.bug" }, name);
});

test("hashing tells its pieces in order and can be ended", async () => {
  const file = path.join(folder, "b/c/ü weights.bin");
  const places: number[] = [];
  const { sizeBytes } = await hashFile(file, { onChunk: (bytes, position) => places.push(position, bytes.length) });
  assert.equal(sizeBytes, 9_000_000);
  assert.deepEqual(places, [0, 4 << 20, 4 << 20, 4 << 20, 8 << 20, 9_000_000 - (8 << 20)]);
  const reason = new Error("enough");
  await assert.rejects(hashFile(file, { signal: AbortSignal.abort(reason) }), reason);
  await assert.rejects(hashFile(path.join(folder, "none")), { code: "file.not-found" });
});
