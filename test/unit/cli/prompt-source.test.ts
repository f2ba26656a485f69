import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import type { TachieError } from "../../../src-main/contract/errors.ts";
import { readPromptSource } from "../../../src-main/cli/prompt-source.ts";

const folder = mkdtempSync(path.join(os.tmpdir(), "tachie-source-"));
after(() => rmSync(folder, { recursive: true }));

function file(name: string, bytes: Uint8Array | string): string {
  const target = path.join(folder, name);
  writeFileSync(target, bytes);
  return target;
}

test("text comes as UTF-8 with or without a mark, or as marked UTF-16", async () => {
  const text = "<n>初音ミク 🎤</n>";
  const little = Buffer.from(`\ufeff${text}`, "utf16le");
  for (const [name, bytes] of [
    ["utf8", text],
    ["utf8-mark", `\ufeff${text}`],
    ["utf16le", little],
    ["utf16be", Buffer.from(little).swap16()],
  ] as const)
    assert.deepEqual((await readPromptSource(file(name, bytes))).text.replace(/^\ufeff/, ""), text, name);
});

test("what is missing, a folder, too large or no text is refused by name", async () => {
  for (const [source, code] of [
    [path.join(folder, "missing.xml"), "file.not-found"],
    [path.join(file("plain", "x"), "below.xml"), "file.not-found"],
    [folder, "file.unreadable"],
    ["/dev/zero", "prompt.too-large"],
    [file("latin1", Buffer.from([0x63, 0x61, 0x66, 0xe9])), "prompt.malformed"],
    [file("picture.png", Buffer.from("89504e470d0a1a0a", "hex")), "prompt.malformed"],
  ] as const) {
    if (source === "/dev/zero" && process.platform === "win32") continue;
    await assert.rejects(readPromptSource(source), (error: TachieError) => {
      assert.equal(error.code, code);
      assert.ok(error.where?.startsWith(source));
      return true;
    });
  }
});
