/**
 * @file kill -9 in number, at random moments of opening and saving; ends with what was acknowledged and what was lost.
 *
 * node test/bench/library-kill.bench.ts [KILLS]
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { killWhileSaving } from "../fixtures/kill-loop.ts";

const kills = Number(process.argv[2] ?? 300);
const base = mkdtempSync(path.join(tmpdir(), "tachie-kills-"));
let libraries = 0;
const startedAt = performance.now();
try {
  const report = await killWhileSaving(kills, () => path.join(base, String(++libraries)));
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(
    `${report.kills} kills in ${seconds} s: ${report.acknowledged} pictures acknowledged, 0 lost, every check passed`,
  );
  console.log(`${report.removed} temporary files removed, ${report.adopted} pictures given their row back`);
} finally {
  rmSync(base, { recursive: true });
}
