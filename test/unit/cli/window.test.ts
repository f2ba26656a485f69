import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import type { WindowSearch } from "../../../src-main/cli/electron-binary.ts";
import { findWindow } from "../../../src-main/cli/electron-binary.ts";
import { describeEnd } from "../../../src-main/cli/window-end.ts";
import { runWindow } from "../../../src-main/cli/window-process.ts";

const root = mkdtempSync(path.join(os.tmpdir(), "tachie-window-"));
after(() => rmSync(root, { recursive: true }));
let folders = 0;

function newFile(name: string, text: string): string {
  const file = path.join(root, String(folders++), name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  chmodSync(file, 0o755);
  return file;
}

/** Electron's package with an installer of this text. */
function packageWith(installer: string): string {
  return path.dirname(newFile("install.js", installer));
}

const INSTALL = `
  const fs = require("node:fs"), path = require("node:path");
  fs.mkdirSync(path.join(__dirname, "dist"));
  fs.writeFileSync(path.join(__dirname, "dist", "electron"), "");
  fs.writeFileSync(path.join(__dirname, "path.txt"), "electron");`;

function search(changes: Partial<WindowSearch> = {}): WindowSearch & { fetches: number[] } {
  const fetches: number[] = [];
  return {
    environment: { DISPLAY: ":0" },
    platform: "linux",
    program: newFile("main.js", ""),
    electronPackage: packageWith(INSTALL),
    onFetch: (timeoutMs) => fetches.push(timeoutMs),
    fetchTimeoutMs: 20_000,
    signal: new AbortController().signal,
    fetches,
    ...changes,
  };
}

async function reason(wanted: WindowSearch): Promise<string> {
  const choice = await findWindow(wanted);
  assert.equal(choice.kind, "impossible");
  return choice.kind === "impossible" ? choice.reason : "";
}

test("Electron is fetched once, where there is a display and a program for the window, and then found", async () => {
  const first = search();
  const choice = await findWindow(first);
  const electron = path.join(first.electronPackage ?? "", "dist", "electron");
  assert.deepEqual(choice, { kind: "possible", electron, program: first.program });
  assert.deepEqual(first.fetches, [20_000]);
  const second = search({ electronPackage: first.electronPackage });
  assert.equal((await findWindow(second)).kind, "possible");
  assert.deepEqual(second.fetches, []);
});

test("without a display, a program or a package nothing is fetched", async () => {
  const none = search({ environment: { DISPLAY: "" } });
  assert.match(await reason(none), /there is no display/);
  const unbuilt = search({ program: path.join(root, "none.js") });
  assert.match(await reason(unbuilt), /not built/);
  const bare = search({ electronPackage: undefined });
  assert.match(await reason(bare), /Electron is not installed/);
  const elsewhere = search({ environment: { DISPLAY: ":0", ELECTRON_OVERRIDE_DIST_PATH: root } });
  assert.match(await reason(elsewhere), /not where ELECTRON_OVERRIDE_DIST_PATH says/);
  for (const { fetches } of [none, unbuilt, bare, elsewhere]) assert.deepEqual(fetches, []);
  assert.equal((await findWindow(search({ environment: { WAYLAND_DISPLAY: "wayland-0" } }))).kind, "possible");
  const own = path.dirname(newFile("electron", ""));
  const chosen = await findWindow(search({ environment: { DISPLAY: ":0", ELECTRON_OVERRIDE_DIST_PATH: own } }));
  assert.equal(chosen.kind === "possible" ? chosen.electron : "", path.join(own, "electron"));
});

test("a fetch that fails, that hangs, or that is interrupted is told of, and leaves no process", async () => {
  const failing = packageWith('console.error("TypeError: fetch failed\\n  at x"); process.exit(1)');
  assert.match(await reason(search({ electronPackage: failing })), /could not be fetched: TypeError: fetch failed$/);
  const lying = packageWith("");
  assert.match(await reason(search({ electronPackage: lying })), /was fetched, but is not in/);
  const pidFile = path.join(root, "pid");
  const hanging = packageWith(
    `require("node:fs").writeFileSync(${JSON.stringify(pidFile)}, String(process.pid)); setInterval(() => {}, 1000)`,
  );
  assert.match(await reason(search({ electronPackage: hanging, fetchTimeoutMs: 1500 })), /longer than 1\.5 s/);
  assert.throws(() => process.kill(Number(readFileSync(pidFile, "utf8")), 0), { code: "ESRCH" });
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 500);
  const startedAt = performance.now();
  await reason(search({ electronPackage: hanging, signal: abort.signal }));
  assert.ok(performance.now() - startedAt < 10_000);
});

test("a window that was there ends without a word; one that could not come up says why", async (t) => {
  if (process.platform === "win32") return t.skip("the stand-in for Electron is a shell script");
  const { signal } = new AbortController();
  const run = (script: string) =>
    runWindow({ electron: newFile("electron", `#!/bin/sh\n${script}\n`), program: "main.js" }, "/library", signal);
  const witness = path.join(root, "witness");
  assert.equal(await run(`echo "$TACHIE_LIBRARY $*" > ${witness}`), undefined);
  assert.match(readFileSync(witness, "utf8"), /^\/library (--no-sandbox )?main\.js\n$/);
  assert.equal(process.exitCode, 0);
  process.exitCode = undefined;
  assert.equal(
    await run('echo "electron: error while loading shared libraries: libgtk-3.so.0: cannot open" >&2; exit 127'),
    "Electron ended with 127 (electron: error while loading shared libraries: libgtk-3.so.0: cannot open)",
  );
  assert.equal(await run("kill -SEGV $$"), "Electron ended by SIGSEGV");
  const missing = { electron: path.join(root, "nothing"), program: "main.js" };
  assert.match((await runWindow(missing, "/library", signal)) ?? "", /does not start: .*ENOENT/);
});

test("an interrupt is passed on to the window", async (t) => {
  if (process.platform === "win32") return t.skip("the stand-in for Electron is a shell script");
  const abort = new AbortController();
  const electron = newFile("electron", "#!/bin/sh\nexec sleep 30\n");
  setTimeout(() => abort.abort(), 300);
  assert.equal(await runWindow({ electron, program: "main.js" }, "/library", abort.signal), undefined);
  process.exitCode = undefined;
});

test("of what Electron says, the cause is repeated rather than the consequence", () => {
  const said = "[1:ERROR] Missing X server or $DISPLAY\n[1:ERROR] The platform failed to initialize.  Exiting.\n";
  assert.equal(describeEnd(1, null, said), "Electron ended with 1 ([1:ERROR] Missing X server or $DISPLAY)");
  assert.equal(describeEnd(3, null, "\n\u001b[31moops.\n"), "Electron ended with 3 ( [31moops)");
});
