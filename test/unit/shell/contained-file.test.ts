import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { isInside, readContained } from "../../../src-main/shell/contained-file.ts";

const folder = mkdtempSync(path.join(tmpdir(), "tachie-contained-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const library = path.join(folder, "library");
mkdirSync(path.join(library, "images", "2026"), { recursive: true });
writeFileSync(path.join(library, "images", "2026", "a.png"), "inside");
writeFileSync(path.join(folder, "b.png"), "outside");
const inLibrary = (name: string): string => path.join(library, name);

test("reads what lies inside, by way of links that stay inside too", async () => {
  assert.equal((await readContained(library, inLibrary("images/2026/a.png")))?.toString(), "inside");
  symlinkSync(inLibrary("images/2026/a.png"), inLibrary("again.png"));
  assert.equal((await readContained(library, inLibrary("again.png")))?.toString(), "inside");
  symlinkSync(library, path.join(folder, "elsewhere"));
  const byLink = await readContained(path.join(folder, "elsewhere"), inLibrary("images/2026/a.png"));
  assert.equal(byLink?.toString(), "inside");
});

test("does not read what lies outside, is a folder, or is not there", async () => {
  symlinkSync(path.join(folder, "b.png"), inLibrary("out.png"));
  symlinkSync(folder, inLibrary("up"));
  symlinkSync("loop.png", inLibrary("loop.png"));
  symlinkSync("/proc/self/environ", inLibrary("environ.png"));
  const names = [
    "out.png",
    "up/b.png",
    "loop.png",
    "environ.png",
    "images",
    "",
    "../b.png",
    "none.png",
    "images/2026/a.png/x",
  ];
  for (const name of names) assert.equal(await readContained(library, inLibrary(name)), undefined, name);
  for (const name of ["images/2026/a.png", `${inLibrary("images/2026/a.png")}\0`, inLibrary("x".repeat(5000))])
    assert.equal(await readContained(library, name), undefined);
});

test("a pipe neither blocks nor is read", { skip: process.platform === "win32" && "no such pipes" }, async () => {
  execFileSync("mkfifo", [inLibrary("pipe.png")]);
  assert.equal(await readContained(library, inLibrary("pipe.png")), undefined);
});

test("a folder's name is compared whole", () => {
  assert.ok(isInside("/a/library", "/a/library/x"));
  assert.ok(isInside("/a/library", "/a/library/..x"));
  for (const file of ["/a/library-evil/x", "/a/library", "/a", "/a/x", "/"])
    assert.ok(!isInside("/a/library", file), file);
});
