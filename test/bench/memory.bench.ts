/**
 * @file Peak memory of one CPU generation by weight type and `mapped_weights`, each in an engine process of its own: all
 * that is resident, and what of it is private (Linux only), which is what a machine must have.
 *
 * node test/bench/memory.bench.ts [--layers N]   16 layers of width 768: a transformer of 0.2 billion parameters
 */

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { SMALL_NETWORKS } from "../../models/newbie-exp0.1/small-networks.ts";
import { SYNTHETIC_TYPES } from "../../models/synthetic-weights.ts";
import { writeSyntheticModel } from "../../models/synthetic.ts";
import type { EngineJob } from "../../src-main/contract/generation.ts";
import { DEFAULT_TOGGLES } from "../../src-main/contract/toggles.ts";
import { superviseEngine } from "../../src-main/process/engine-process.ts";
import { engineJob } from "../fixtures/engine/jobs.ts";
import { TINY_MODEL } from "../fixtures/engine/tiny-model.ts";

const { values } = parseArgs({ options: { layers: { type: "string", default: "16" } } });
const MiB = 2 ** 20;
const folder = mkdtempSync(path.join(tmpdir(), "tachie-memory-"));

try {
  console.log("weights  mapped  file MiB  idle MiB  peak MiB  private MiB  private - idle, per byte  load ms  step ms");
  for (const type of SYNTHETIC_TYPES) {
    const model = path.join(folder, type);
    writeSyntheticModel(model, {
      ...TINY_MODEL,
      ...SMALL_NETWORKS,
      name: type,
      type,
      isTiled: true,
      transformer: {
        ...SMALL_NETWORKS.transformer,
        dim: 768,
        layers: Number(values.layers),
        heads: 8,
        kvHeads: 4,
        headDim: 96,
        axesDims: [32, 32, 32],
        ffnDim: 3072,
        timeDim: 768,
      },
    });
    for (const mapped of ["on", "off"] as const) {
      const toggles = { ...DEFAULT_TOGGLES, mapped_weights: mapped };
      const row = await measure(engineJob(model, { toggles, size: { width: 256, height: 256 } }));
      const perByte = (row.privateBytes - row.idleBytes) / row.weightBytes;
      console.log(
        [
          type.padEnd(7),
          mapped.padStart(7),
          inMiB(row.weightBytes),
          inMiB(row.idleBytes),
          inMiB(row.peakBytes),
          inMiB(row.privateBytes).padStart(12),
          perByte.toFixed(2).padStart(24),
          row.loadMs.toFixed(0).padStart(9),
          row.stepMs.toFixed(0).padStart(7),
        ].join(" "),
      );
    }
    rmSync(model, { recursive: true });
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(job: EngineJob) {
  const engine = superviseEngine();
  let pid: number | undefined;
  let mostBytes = 0;
  const sampling = setInterval(() => {
    if (pid !== undefined) mostBytes = Math.max(mostBytes, privateBytes(pid));
  }, 10);
  try {
    const { client } = await engine.connection();
    ({ pid } = await client.health({}));
    const idleBytes = privateBytes(pid);
    const { timings } = await client.generate(job);
    const { peakMemoryBytes, loadedModel } = await client.health({});
    return {
      idleBytes,
      peakBytes: peakMemoryBytes,
      privateBytes: mostBytes,
      weightBytes: loadedModel?.weightBytes ?? NaN,
      loadMs: timings.loadMs,
      stepMs: Math.min(...timings.stepMs),
    };
  } finally {
    pid = undefined;
    await engine.end();
    clearInterval(sampling);
  }
}

/** Resident memory that is the process's own, without the pages of mapped files, which the system can drop at any time. */
function privateBytes(pid: number): number {
  const status = process.platform === "linux" ? readFileSync(`/proc/${pid}/status`, "utf8") : "";
  return Number(/^RssAnon:\s+(\d+) kB/m.exec(status)?.[1] ?? NaN) * 1024;
}

function inMiB(bytes: number): string {
  return (bytes / MiB).toFixed(0).padStart(9);
}
