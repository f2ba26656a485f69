/** @file `tachie calibrate`: measures a model once, so that the step cache knows which steps it may skip. */

import { readFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { TachieError } from "../contract/errors.ts";
import { PROVIDER_CHOICES } from "../contract/generation.ts";
import type { EngineJob, ImageSize, ProviderChoice } from "../contract/generation.ts";
import { requireOneOf } from "../contract/sampling.ts";
import { MAX_CALIBRATION_PICTURES } from "../contract/step-cache.ts";
import { cancelledError } from "../contract/wire.ts";
import { packageRoot } from "../process/package-root.ts";
import { planGeneration } from "../studio/generation-plan.ts";
import { findModelFolder, findStarter, readModel } from "../studio/model-choice.ts";
import type { ChosenModel } from "../studio/model-choice.ts";
import { modelPlaces } from "../studio/places.ts";
import type { CommonOptions } from "./common-options.ts";
import { onInterrupt } from "./interrupt.ts";
import { imageSize, wholeNumber } from "./option-values.ts";
import { createEngine } from "./own-engine.ts";
import { printJson, printLine, sayLine } from "./output.ts";

/** Of one, two and three characters, outdoors and indoors: ratios hardly depend on the prompt. */
const PROMPTS = ["portrait", "duet", "idol-trio", "forest-fox"].map((name) => `assets/examples/${name}.xml`);
const FIRST_SEED = 1;
const DEFAULT_PICTURES = 4;

interface CalibrateOptions extends CommonOptions {
  readonly model?: string;
  readonly size?: ImageSize;
  readonly steps?: number;
  readonly pictures: number;
  readonly provider?: ProviderChoice;
  readonly out?: string;
}

export function addCalibrateCommand(program: Command): void {
  program
    .command("calibrate")
    .description("measure a model for the step cache, which the preset turbo uses")
    .option("--model <name|dir>", "an installed model or a model folder")
    .option("--steps <n>", "intervals of the time grid", wholeNumber("--steps"))
    .option("--size <WxH>", "pixels, multiples of 16", imageSize("--size"))
    .option(
      "--pictures <n>",
      `pictures to take the mean of, up to ${MAX_CALIBRATION_PICTURES}`,
      wholeNumber("--pictures"),
      DEFAULT_PICTURES,
    )
    .option("--provider <name>", PROVIDER_CHOICES.join(", "), (text) =>
      requireOneOf("--provider", text, PROVIDER_CHOICES),
    )
    .option("--out <file>", "write the calibration there, as for a model that is to be given away with it")
    .action(calibrate);
}

async function calibrate(options: CalibrateOptions): Promise<void> {
  const { model: word, out, json, pictures } = options;
  if (pictures < 1 || pictures > MAX_CALIBRATION_PICTURES)
    throw new TachieError("usage.invalid", `--pictures is ${pictures}, but must be 1 to ${MAX_CALIBRATION_PICTURES}`, {
      where: "--pictures",
    });
  const places = modelPlaces();
  const model = word === undefined ? findStarter(places) : readModel(findModelFolder(word, places, process.cwd()));
  const jobs = Array.from({ length: pictures }, (_, index) => jobFor(index, model, options));
  const signal = onInterrupt();
  const engine = createEngine();
  try {
    const { client } = await engine.connection();
    sayLine(`measuring ${pictures} pictures of ${jobs[0]?.sampling.steps ?? 0} steps with ${model.manifest.name} ...`);
    const file = out === undefined ? {} : { file: path.resolve(out) };
    const report = await client.calibrate({ jobs, ...file }, { signal });
    if (json === true) printJson(report);
    else {
      const { calibration, skipped } = report;
      printLine(`${skipped.length} of ${calibration.ratios.length} evaluations can be skipped: ${skipped.join(", ")}`);
      printLine(`written to ${report.file}`);
    }
  } catch (error) {
    if (signal.aborted) throw cancelledError();
    throw error;
  } finally {
    await engine.end();
  }
}

function jobFor(index: number, model: ChosenModel, { size, steps, provider = "auto" }: CalibrateOptions): EngineJob {
  const promptName = PROMPTS[index % PROMPTS.length] ?? "";
  const { jobs } = planGeneration(
    {
      prompt: readFileSync(path.join(packageRoot(), promptName), "utf8"),
      promptName,
      seed: FIRST_SEED + index,
      provider,
      ...(size === undefined ? {} : { size }),
      ...(steps === undefined ? {} : { sampling: { steps } }),
    },
    model,
  );
  const [job] = jobs;
  if (job === undefined) throw new TachieError("internal.bug", "a request of one picture has no job");
  return job;
}
