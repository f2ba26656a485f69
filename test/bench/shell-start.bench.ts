/**
 * @file How long it takes from the start of the program until its window shows content, beside an empty window of Electron
 * in the same run, one after the other in turn.
 *
 * TACHIE_ELECTRON=$(.ci/electron.sh) node test/bench/shell-start.bench.ts [ROUNDS]
 */

import os from "node:os";
import path from "node:path";
import { ElectronBench, NO_ELECTRON, ROOT } from "../fixtures/electron-bench.ts";

if (NO_ELECTRON !== false) throw new Error(NO_ELECTRON);
const rounds = Number(process.argv[2] ?? 7);
const empty = path.join(ROOT, "test/fixtures/empty-window");
const times = { tachie: [] as number[], empty: [] as number[] };
const bench = new ElectronBench();
try {
  for (let round = 0; round <= rounds; round++)
    for (const [name, application] of [
      ["empty", empty],
      ["tachie", ROOT],
    ] as const) {
      const { app, startMs } = await bench.open({ application });
      await app.close();
      // The first round fills the system's file cache and makes the library.
      if (round > 0) times[name].push(startMs);
    }
} finally {
  await bench.close();
}

const [tachie, bare] = [summary(times.tachie), summary(times.empty)];
console.log(
  `${os.cpus().length} cores, load ${os.loadavg()[0]?.toFixed(1) ?? "?"}, ${rounds} rounds; milliseconds, median (least to most)`,
);
console.log(`Tachie's window with content: ${tachie.text}`);
console.log(`an empty window of Electron:  ${bare.text}`);
console.log(`ratio of the medians: ${(tachie.median / bare.median).toFixed(2)}`);

function summary(values: readonly number[]): { readonly median: number; readonly text: string } {
  const sorted = values.toSorted((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return {
    median,
    text: `${median.toFixed(0)} (${sorted[0]?.toFixed(0) ?? "?"} to ${sorted.at(-1)?.toFixed(0) ?? "?"})`,
  };
}
