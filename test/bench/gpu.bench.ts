/**
 * @file The speed of the transformer and the decoder on a GPU, variant by variant, with random weights of the true shapes.
 *
 * node test/bench/gpu.bench.ts --model DIR --component DIR [--variants a,b] [--size 1024x1024] [--steps 28] [--text 256]
 *   [--reference-steps 3] [--out DIR]
 *
 * DIR of --model is what `npm run make:checkpoint -- --scale full` writes; DIR of --component holds the CUDA provider.
 * Needs no npm. PyTorch's figures for the same work: test/bench/torch_peer.py.
 */

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { toErrorData } from "../../src-main/contract/errors.ts";
import { measure } from "./gpu/measure.ts";
import type { Measured } from "./gpu/measure.ts";
import { GPU_VARIANTS } from "./gpu/variants.ts";

const { values } = parseArgs({
  options: {
    model: { type: "string" },
    component: { type: "string" },
    variants: { type: "string", default: "reference,bf16,fused,flash,cudnn,graph,exact,balanced" },
    variant: { type: "string" },
    size: { type: "string", default: "1024x1024" },
    steps: { type: "string", default: "28" },
    "reference-steps": { type: "string", default: "3" },
    repeats: { type: "string", default: "2" },
    text: { type: "string", default: "256" },
    out: { type: "string", default: path.join(tmpdir(), "tachie-gpu-bench") },
  },
});
const RESULT = "RESULT ";
const CHILD_TIMEOUT_MS = 280_000;

interface Row extends Measured {
  readonly variant: string;
  /** Of one evaluation, against the first variant of the run. */
  readonly velocityError?: number;
}

if (values.variant === undefined) runAll();
else await runOne(values.variant);

async function runOne(name: string): Promise<void> {
  const variant = GPU_VARIANTS[name];
  if (variant === undefined || values.model === undefined || values.component === undefined)
    throw new Error(`--model and --component are needed, and a variant of ${Object.keys(GPU_VARIANTS).join(", ")}`);
  const [width = 0, height = 0] = values.size.split("x").map(Number);
  const isSlow = variant.form.precision === "float32";
  const measured = await measure(variant, {
    folders: { component: values.component, cache: path.join(values.out, "kernels") },
    model: values.model,
    width,
    height,
    steps: Number(isSlow ? values["reference-steps"] : values.steps),
    textTokens: Number(values.text),
    repeats: isSlow ? 1 : Number(values.repeats),
    velocityFile: velocityFile(name),
    pixelsFile: path.join(values.out, `${name}.rgb`),
  });
  console.log(RESULT + JSON.stringify({ variant: name, ...measured }));
}

function runAll(): void {
  mkdirSync(values.out, { recursive: true });
  const rows: Row[] = [];
  const names = values.variants.split(",");
  for (const name of names) {
    const words = process.argv.slice(2);
    const child = spawnSync(process.execPath, [import.meta.filename, ...words, "--variant", name], {
      encoding: "utf8",
      timeout: CHILD_TIMEOUT_MS,
    });
    const line = child.stdout.split("\n").find((text) => text.startsWith(RESULT));
    if (line === undefined) {
      console.log(`${name}: no result (${child.signal ?? child.status})\n${child.stderr.slice(-3000)}`);
      continue;
    }
    const row = JSON.parse(line.slice(RESULT.length)) as Row;
    const velocityError = relativeError(velocityFile(name), velocityFile(names[0] ?? name));
    rows.push({ ...row, ...(velocityError === undefined ? {} : { velocityError }) });
    console.log(JSON.stringify(rows.at(-1)));
  }
  printTable(rows);
  writeFileSync(path.join(values.out, "gpu.json"), JSON.stringify(rows, null, 1));
}

function velocityFile(name: string): string {
  return path.join(values.out, `${name}.velocity`);
}

function relativeError(file: string, reference: string): number | undefined {
  if (!existsSync(file) || !existsSync(reference)) return undefined;
  const [a, b] = [file, reference].map((name) => new Float32Array(new Uint8Array(readFileSync(name)).buffer));
  let [difference, size] = [0, 0];
  for (const [index, value] of (b ?? []).entries()) {
    difference += ((a?.[index] ?? NaN) - value) ** 2;
    size += value ** 2;
  }
  return Math.sqrt(difference / size);
}

function printTable(rows: readonly Row[]): void {
  const [first] = rows;
  for (const row of rows)
    console.log(
      [
        (GPU_VARIANTS[row.variant]?.title ?? row.variant).padEnd(46),
        `${row.stepMs.toFixed(1)} ms a step`.padStart(18),
        `${((first?.stepMs ?? NaN) / row.stepMs).toFixed(2)} x`.padStart(9),
        `${((100 * row.flops) / row.peakFlops).toFixed(0)} % of ${(row.peakFlops / 1e12).toFixed(0)} TF/s`.padStart(19),
        `decode ${row.decodeMs.toFixed(0)} ms`.padStart(15),
        `loaded ${(row.loadedMs / 1000).toFixed(1)} s, first ${(row.firstPictureMs / 1000).toFixed(1)} s`.padStart(28),
        `GB ${Object.entries(row.stageBytes)
          .map(([stage, bytes]) => `${stage} ${(bytes / 1e9).toFixed(2)}`)
          .join(", ")}`,
        `error ${row.velocityError?.toExponential(1) ?? "?"}`,
      ].join("  "),
    );
}

process.on("uncaughtException", (error) => {
  console.error(JSON.stringify(toErrorData(error)));
  process.exitCode = 1;
});
