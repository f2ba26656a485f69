/** @file `tachie bench --ladder`: what each optimisation gains on this machine, kept in the library. */

import { readFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { MAX_BENCH_REPEATS } from "../contract/bench.ts";
import type { BenchReport } from "../contract/bench.ts";
import { TachieError, isTachieError, toErrorData } from "../contract/errors.ts";
import type { ImageSize, ProviderChoice } from "../contract/generation.ts";
import { PROVIDER_CHOICES } from "../contract/generation.ts";
import { MEMORY_MANNERS } from "../contract/memory.ts";
import type { MemoryManner } from "../contract/memory.ts";
import { requireOneOf } from "../contract/sampling.ts";
import { cancelledError } from "../contract/wire.ts";
import { packageRoot } from "../process/package-root.ts";
import { BenchmarkStore } from "../studio/benchmarks/benchmark-store.ts";
import { planGeneration } from "../studio/generation-plan.ts";
import { openLibrary } from "../studio/library/library.ts";
import { findModelFolder, findStarter, readModel } from "../studio/model-choice.ts";
import { modelPlaces } from "../studio/places.ts";
import { describeBenchReport, describeFinishedRow } from "./bench-view.ts";
import { libraryFolderOf } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { onInterrupt } from "./interrupt.ts";
import { memoryOf } from "./generation-options.ts";
import { decimalNumber, imageSize, wholeNumber } from "./option-values.ts";
import { createEngine } from "./own-engine.ts";
import { printJson, printLine, sayError, sayLine } from "./output.ts";

/** The picture that is measured: of several characters, as the model is made for. */
const PROMPT = "assets/examples/duet.xml";
const SEED = 7;
const DEFAULT_REPEATS = 1;

interface BenchOptions extends CommonOptions {
  readonly ladder?: boolean;
  readonly model?: string;
  readonly size?: ImageSize;
  readonly steps?: number;
  readonly repeats: number;
  readonly provider?: ProviderChoice;
  readonly memory?: MemoryManner;
  readonly memoryLimit?: number;
}

export function addBenchCommand(program: Command): void {
  program
    .command("bench")
    .description("measure what each optimisation gains on this machine, and keep it in the library")
    .option("--ladder", "from nothing to everything, one optimisation after the other")
    .option("--model <name|dir>", "an installed model or a model folder")
    .option("--size <WxH>", "pixels, multiples of 16", imageSize("--size"))
    .option("--steps <n>", "intervals of the time grid", wholeNumber("--steps"))
    .option(
      "--repeats <n>",
      `pictures of a row after its first one, up to ${MAX_BENCH_REPEATS}`,
      wholeNumber("--repeats"),
      DEFAULT_REPEATS,
    )
    .option("--provider <name>", PROVIDER_CHOICES.join(", "), (text) =>
      requireOneOf("--provider", text, PROVIDER_CHOICES),
    )
    .option("--memory <manner>", `of the GPU: ${MEMORY_MANNERS.join(", ")}`, (text) =>
      requireOneOf("--memory", text, MEMORY_MANNERS),
    )
    .option("--memory-limit <GB>", "most of the GPU's memory, in gigabytes", decimalNumber("--memory-limit"))
    .action(bench);
}

async function bench(options: BenchOptions): Promise<void> {
  if (options.ladder !== true)
    throw new TachieError("usage.invalid", "say what is to be measured: --ladder", { where: "--ladder" });
  const signal = onInterrupt();
  const report = await measure(options, signal);
  const record = keep(report, options);
  if (options.json === true) printJson({ ...report, ...(record === undefined ? {} : { id: record.id }) });
  else for (const line of describeBenchReport(report)) printLine(line);
}

/** @throws model.*, settings.invalid, engine.*, job.cancelled */
async function measure(options: BenchOptions, signal: AbortSignal): Promise<BenchReport> {
  const places = modelPlaces();
  const memory = memoryOf(options);
  const { model: word, size, steps, repeats, provider = "auto" } = options;
  const model = word === undefined ? findStarter(places) : readModel(findModelFolder(word, places, process.cwd()));
  const { jobs } = planGeneration(
    {
      prompt: readFileSync(path.join(packageRoot(), PROMPT), "utf8"),
      promptName: PROMPT,
      seed: SEED,
      provider,
      ...(memory === undefined ? {} : { memory }),
      ...(size === undefined ? {} : { size }),
      ...(steps === undefined ? {} : { sampling: { steps } }),
    },
    model,
  );
  const [job] = jobs;
  if (job === undefined) throw new TachieError("internal.bug", "a request of one picture has no job");
  const engine = createEngine();
  try {
    const { client } = await engine.connection();
    const onProgress: Parameters<typeof client.bench>[1] = {
      signal,
      onProgress({ row, rows, title, picture, finished }) {
        if (finished !== undefined) sayLine(`${row} of ${rows}  ${describeFinishedRow(finished)}`);
        else if (picture === 0) sayLine(`${row} of ${rows}  ${title} ...`);
      },
    };
    return await client.bench({ job, repeats }, onProgress);
  } catch (error) {
    if (signal.aborted) throw cancelledError();
    throw error;
  } finally {
    await engine.end();
  }
}

/** What was measured is shown also where it cannot be kept, as beside a studio that has the library open. */
function keep(report: BenchReport, options: BenchOptions): ReturnType<BenchmarkStore["add"]> | undefined {
  try {
    const library = openLibrary(libraryFolderOf(options), { mode: "write" });
    try {
      return new BenchmarkStore(library).add(report);
    } finally {
      library.close();
    }
  } catch (error) {
    if (!isTachieError(error)) throw error;
    sayError({ ...toErrorData(error), message: `the result is not kept: ${error.message}` });
    return undefined;
  }
}
