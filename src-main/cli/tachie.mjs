#!/usr/bin/env node
// The `tachie` command. Written so that any Node can parse it: a Node too old for our packages is replaced by the
// project's own (the npm package `node`). Runs the build; TACHIE_SOURCE=1 runs the TypeScript as it is.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { fileURLToPath, pathToFileURL } from "node:url";

const OLDEST_NODE_MAJOR = 22;
const root = fileURLToPath(new URL("../../", import.meta.url));
const built = root + "dist/src-main/cli/main.js";
const isSourceWanted = process.env.TACHIE_SOURCE === "1" || !existsSync(built);
const isTooOld = Number(process.versions.node.split(".")[0]) < OLDEST_NODE_MAJOR;

if (isTooOld || (isSourceWanted && !process.features.typescript)) await runUnderOwnNode();
else await import(pathToFileURL(isSourceWanted ? root + "src-main/cli/main.ts" : built).href);

/** Passes signals on, and has a channel to the other process so that it notices when this one is killed. */
async function runUnderOwnNode() {
  const own = root + "node_modules/node/bin/node" + (process.platform === "win32" ? ".exe" : "");
  if (!existsSync(own)) {
    console.error(`tachie needs Node ${OLDEST_NODE_MAJOR} or newer and found ${process.versions.node}.`);
    console.error(`Its own copy is missing (${own}): run npm install in ${root}`);
    process.exit(1);
  }
  if (process.env.TACHIE_RESTARTED === "1") {
    console.error(`tachie cannot run under its own Node (${process.version}): check NODE_OPTIONS.`);
    process.exit(1);
  }
  const child = spawn(own, process.argv.slice(1), {
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, TACHIE_RESTARTED: "1" },
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
  const [code, signal] = await new Promise((resolve) => {
    child.on("error", (error) => {
      console.error(`tachie could not start its own Node (${own}): ${error.message}`);
      resolve([1, null]);
    });
    child.on("exit", (...ending) => resolve(ending));
  });
  process.exit(code ?? 128 + (constants.signals[signal] ?? 0));
}
