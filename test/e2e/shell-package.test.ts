import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { after, describe, test } from "node:test";
import { promisify } from "node:util";
import type * as Fuses from "@electron/fuses";
import { chromium } from "playwright-core";
import { ElectronBench, NO_ELECTRON, ROOT, callStudio, connectPage } from "../fixtures/electron-bench.ts";
import { descendants, processStatus } from "../fixtures/processes.ts";

const folder = process.env["TACHIE_PACKAGE"] ?? path.join(ROOT, "dist/package/linux-unpacked");
const executable = path.join(folder, "tachie");
const archive = path.join(folder, "resources/app.asar");
const isNotPackaged = existsSync(executable) ? false : "no package: npm run package:dir";
const require = createRequire(path.join(ROOT, "package.json"));
const switches = process.getuid?.() === 0 ? ["--no-sandbox"] : [];

/** As the wire has them: the digits 1 and 0. */
const [ON, OFF] = [0x31, 0x30];

describe("the unpacked package", { skip: NO_ELECTRON || isNotPackaged, timeout: 120_000 }, () => {
  const bench = new ElectronBench();
  after(() => bench.close());

  test("has the fuses of a product", async () => {
    const { FuseV1Options, getCurrentFuseWire } = require("@electron/fuses") as typeof Fuses;
    const wire = await getCurrentFuseWire(executable);
    const on = [
      FuseV1Options.EnableCookieEncryption,
      FuseV1Options.EnableEmbeddedAsarIntegrityValidation,
      FuseV1Options.OnlyLoadAppFromAsar,
    ];
    const off = [
      FuseV1Options.RunAsNode,
      FuseV1Options.EnableNodeOptionsEnvironmentVariable,
      FuseV1Options.EnableNodeCliInspectArguments,
      FuseV1Options.LoadBrowserProcessSpecificV8Snapshot,
      FuseV1Options.GrantFileProtocolExtraPrivileges,
    ];
    for (const fuse of on) assert.equal(wire[fuse], ON, FuseV1Options[fuse]);
    for (const fuse of off) assert.equal(wire[fuse], OFF, FuseV1Options[fuse]);
  });

  test("holds what runs and the starter model, no sources, tests or training, and nothing of CUDA", () => {
    const { listPackage } = require("@electron/asar") as { listPackage(file: string, options: object): string[] };
    const files = listPackage(archive, { isPack: false });
    for (const needed of ["main.js", "preload.cjs"])
      assert.ok(files.includes(`/dist/src-main/shell/${needed}`), needed);
    assert.ok(files.includes("/dist/src-renderer/index.html"));
    // The window's icon; the other sizes are for those who build packages.
    assert.deepEqual(
      files.filter((file) => file.startsWith("/assets/icons/")),
      ["/assets/icons/256x256.png"],
    );
    assert.ok(files.includes("/src-main/cuda/kernels/norms.cu"));
    const own = files.filter((file) => !file.startsWith("/node_modules/"));
    assert.deepEqual(
      own.filter((file) => /\.(ts|map|py|sh)$|\/test\/|\/train\/|\/evaluate\/|\/draw\//.test(file)),
      [],
    );
    assert.deepEqual(
      files.filter(
        (file) =>
          /cuda|tensorrt|cudnn|\/electron\/|\/typescript\//i.test(file) &&
          !/^\/((dist\/)?src-main|assets\/components)\//.test(file),
      ),
      [],
    );
    for (const weights of ["transformer", "text-encoder", "vae"])
      assert.ok(existsSync(`${archive}.unpacked/models/starter/${weights}.safetensors`), weights);
    assert.ok(existsSync(`${archive}.unpacked/models/starter/model.json`));
  });

  test("its engine loads the starter model out of the archive", async () => {
    const application = path.join(ROOT, "test/fixtures/packaged-engine");
    const env = { ...(await bench.environment()), TACHIE_ARCHIVE: archive };
    const { stdout } = await promisify(execFile)(process.env["TACHIE_ELECTRON"] ?? "", [...switches, application], {
      env,
    });
    assert.deepEqual(JSON.parse(stdout.trim().split("\n").at(-1) ?? ""), {
      name: "starter",
      folder: `${archive}.unpacked/models/starter`,
      provider: "cpu",
    });
  });

  test("starts, shows the page, runs no other Node, and ends leaving nothing", async () => {
    const environment = { ...(await bench.environment()), ELECTRON_RUN_AS_NODE: "1", TACHIE_NODE: "/nowhere/node" };
    const words = [...switches, "--remote-debugging-port=0", "--library", bench.library];
    const child = spawn(executable, words, { env: environment, stdio: ["ignore", "ignore", "pipe"] });
    const exited = new Promise((resolve) => child.once("exit", resolve));
    const lines: string[] = [];
    const endpoint = await new Promise<string>((resolve, reject) => {
      child.stderr.on("data", (bytes) => {
        lines.push(String(bytes));
        const [, address] = /DevTools listening on (ws:\S+)/.exec(lines.join("")) ?? [];
        if (address !== undefined) resolve(address);
      });
      child.once("exit", () => reject(new Error(`it has ended: ${lines.join("")}`)));
    });
    const browser = await chromium.connectOverCDP(endpoint);
    const [context] = browser.contexts();
    const page = context?.pages()[0] ?? (await context?.waitForEvent("page"));
    assert.ok(page !== undefined);
    await page.waitForSelector("#app > *");
    assert.equal(page.url(), "tachie://app/");
    await connectPage(page);
    const { value, error } = await callStudio(page, "settings");
    // An Electron older than ours cannot hold SQLite, which is then said; the window is there all the same.
    if (error !== undefined) assert.match(error.code, /^studio\./);
    else assert.notEqual(value, undefined);
    assert.doesNotMatch(lines.join(""), /nowhere/);
    const all = [child.pid ?? 0, ...descendants(child.pid ?? 0).map(({ pid }) => pid)];
    child.kill("SIGTERM");
    await exited;
    for (const until = Date.now() + 10_000; Date.now() < until && all.some((pid) => processStatus(pid).length > 0);)
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.deepEqual(all.flatMap(processStatus), []);
  });
});
