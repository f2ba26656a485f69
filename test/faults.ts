/**
 * @file The fault tests in their long form: processes killed at moments of chance again and again, messages and addresses
 * that no client of ours would send, texts that want to be run. Ends with what was counted.
 *
 * node test/faults.ts [WORD…]   only files whose path contains one of the words
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

const LOOPS = [
  "fault/engine-kill",
  "fault/studio-kill",
  "fault/library-kill",
  "fault/library-busy-kill",
  "fault/library-repair",
  "fault/import-mutations",
  "fault/synthetic-model",
  "fault/download-interruptions",
  "studio/malformed",
  "server/malformed",
  "shell/address",
  "server/picture-routes",
  "e2e/injection",
  "e2e/shell-processes",
  "e2e/shell-senders",
];

const words = process.argv.slice(2);
const loops = LOOPS.filter((loop) => words.length === 0 || words.some((word) => loop.includes(word)));
if (loops.length === 0) throw new Error(`no loop matches ${words.join(" ")}; there are ${LOOPS.join(", ")}`);

const folder = mkdtempSync(path.join(os.tmpdir(), "tachie-faults-"));
const file = path.join(folder, "tally");
const { status } = spawnSync(process.execPath, [path.join(import.meta.dirname, "run.ts"), ...loops], {
  stdio: "inherit",
  env: { ...process.env, TACHIE_FAULTS: "long", TACHIE_TALLY: file },
});
console.log("\nCounted:");
console.log(existsSync(file) ? readFileSync(file, "utf8").trimEnd() : "nothing");
rmSync(folder, { recursive: true });
process.exitCode = status ?? 1;
