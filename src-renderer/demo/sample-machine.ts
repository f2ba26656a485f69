/** @file The demonstration's machine: what doctor tells of it, and a ladder as it might have been measured. Invented. */

import type { BenchRow, BenchmarkRecord } from "../../src-main/contract/bench.ts";
import type { DoctorReport } from "../../src-main/contract/doctor.ts";
import { TachieError, toErrorData } from "../../src-main/contract/errors.ts";
import { ladderRows } from "../../src-main/contract/ladder.ts";
import { SAMPLE_MODELS } from "./sample-models.ts";

const SAMPLING = {
  steps: 20,
  solver: "euler",
  schedule: "shift",
  shift: 3,
  guidance: 4,
  truncate: 1,
  renorm: 0,
} as const;
/** Milliseconds of a step, row by row. */
const STEP_MS = [412, 300, 261, 244, 240, 233, 228, 226];

const spread = (median: number) => ({ median, least: median * 0.97, most: median * 1.06 });

function rows(): readonly BenchRow[] {
  return ladderRows(SAMPLING, { provider: "cpu" }).map(({ title, toggles, sampling, isLossless }, place) => {
    const stepMs = (STEP_MS[place] ?? 220) * (sampling.truncate < 1 ? 0.6 : 1);
    return {
      title,
      toggles,
      sampling,
      isLossless,
      coldMs: stepMs * 20 + 2400,
      loadMs: 1500 - place * 60,
      warmMs: spread(stepMs * 20 + 700),
      encodeMs: spread(toggles.text_cache === "on" ? 1 : 92),
      stepMs: spread(stepMs),
      denoiseMs: spread(stepMs * 20),
      decodeMs: spread(610),
      peakMemoryBytes: 1_310_000_000 - (toggles.mapped_weights === "on" ? 240_000_000 : 0),
      difference: isLossless ? { mean: 0, most: place > 1 ? 1 : 0 } : { mean: 1.7, most: 96, psnr: 38.2 },
    };
  });
}

export const SAMPLE_BENCHMARKS: readonly BenchmarkRecord[] = [
  {
    id: "benchmark-1",
    createdAt: new Date(Date.UTC(2026, 10, 24, 18)).toISOString(),
    report: {
      provider: "cpu",
      runtime: "ONNX Runtime 1.29.0",
      processor: "A processor of 8 cores",
      cores: 8,
      model: { name: "starter", hash: "5f0c".repeat(16) },
      size: { width: 256, height: 256 },
      repeats: 5,
      rows: rows(),
    },
  },
];

const FOLDER = { exists: true, freeBytes: 212_000_000_000 };

export const SAMPLE_MACHINE: DoctorReport = {
  versions: { tachie: "0.1.0", node: "24.21.0", system: "Linux 6.8 x86_64" },
  engine: {
    cpu: {
      name: "A processor of 8 cores",
      cores: 8,
      usableCores: 8,
      memoryBytes: 32_000_000_000,
      freeMemoryBytes: 21_000_000_000,
    },
    runtime: "ONNX Runtime 1.29.0",
    gpu: { state: "absent", devices: [], libraries: [], componentFolder: "/home/artist/.local/share/tachie/cuda" },
  },
  library: { folder: "/home/artist/Pictures/Tachie", ...FOLDER },
  data: { folder: "/home/artist/.local/share/tachie", ...FOLDER },
  models: SAMPLE_MODELS,
  canMakePictures: true,
  provider: "cpu",
  problems: [],
};

export const TROUBLED_MACHINE: DoctorReport = {
  ...SAMPLE_MACHINE,
  canMakePictures: false,
  problems: [
    toErrorData(
      new TachieError("file.unwritable", "nothing can be written to /home/artist/Pictures/Tachie: no space is left", {
        where: "/home/artist/Pictures/Tachie",
      }),
    ),
    toErrorData(new TachieError("model.incomplete", "the model newbie-exp0.1 is broken: a file of it is too short")),
  ],
};
