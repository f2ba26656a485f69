/** @file `tachie doctor`: what this machine can do, what is missing, and with `--fix` what can be fetched. */

import type { Command } from "commander";
import type { DoctorReport, EngineDiagnosis } from "../contract/doctor.ts";
import { TachieError } from "../contract/errors.ts";
import { cancelledError } from "../contract/wire.ts";
import { gpuFolders } from "../process/user-folders.ts";
import { CUDA_PROVIDER, componentFor } from "../studio/components/component-manifest.ts";
import { fetchComponent } from "../studio/components/fetch-component.ts";
import type { FetchedComponent } from "../studio/components/fetch-component.ts";
import { configuredRegistry } from "../studio/components/registry.ts";
import { modelPlaces } from "../studio/places.ts";
import { createByteProgressDisplay } from "./byte-progress-display.ts";
import { libraryFolderOf } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { createDoctorReport } from "../studio/doctor/doctor-report.ts";
import { describeDoctorReport } from "./doctor-view.ts";
import { onInterrupt } from "./interrupt.ts";
import { EXIT_CODES, printJson, printLine, sayLine } from "./output.ts";
import { createEngine } from "./own-engine.ts";

interface DoctorOptions extends CommonOptions {
  readonly fix?: boolean;
  readonly force?: boolean;
}

export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("tell what this machine can do and what is missing; exit 0 where pictures can be made")
    .option("--fix", "fetch what computing on an NVIDIA GPU takes and can be fetched: ONNX Runtime's CUDA provider")
    .option("--force", "with --fix: also where there is no GPU, as for a disk that goes into another machine")
    .action(diagnose);
}

async function diagnose(options: DoctorOptions): Promise<void> {
  if (options.force === true && options.fix !== true)
    throw new TachieError("usage.invalid", "--force goes with --fix", { where: "--force" });
  const signal = onInterrupt();
  const ask = (): Promise<DoctorReport> =>
    createDoctorReport({
      libraryFolder: libraryFolderOf(options),
      places: modelPlaces(),
      askEngine: () => askOwnEngine(signal),
    });
  const before = await ask();
  const fetched = options.fix === true ? await fix(before, options.force === true, signal) : undefined;
  // In a process of its own: one that has looked for libraries keeps those that it found.
  const report = fetched?.isNew === true ? await ask() : before;
  if (options.json === true) printJson({ ...report, ...(fetched === undefined ? {} : { fetched }) });
  else for (const line of describeDoctorReport(report)) printLine(line);
  if (!report.canMakePictures) process.exitCode = EXIT_CODES.failed;
}

/** Nothing is fetched where there is nothing that could use it. @throws as `fetchComponent`; engine.unsupported */
async function fix(
  { engine }: DoctorReport,
  isForced: boolean,
  signal: AbortSignal,
): Promise<FetchedComponent | undefined> {
  const hasGpu = engine !== undefined && engine.gpu.state !== "absent";
  if (!hasGpu && !isForced) {
    sayLine(
      "There is nothing to fetch: no NVIDIA GPU was found, and the CPU needs nothing more. --force fetches anyway.",
    );
    return undefined;
  }
  const { component: folder } = gpuFolders();
  const display = createByteProgressDisplay(process.stderr);
  try {
    const fetched = await fetchComponent(componentFor(CUDA_PROVIDER), {
      folder,
      signal,
      registry: configuredRegistry(),
      onProgress: (progress) => display.show("fetching", progress),
      onNotice: (text) => display.say(text),
    });
    const state = fetched.isNew ? "fetched into" : "is whole already in";
    display.say(`The CUDA provider (${fetched.package} ${fetched.version}) ${state} ${folder}.`);
    return fetched;
  } catch (error) {
    if (!signal.aborted) throw error;
    throw new TachieError("job.cancelled", "cancelled", {
      remedy: "What has arrived is kept: the same command goes on where it stopped.",
    });
  } finally {
    display.end();
  }
}

/** @throws engine.* where it does not start or answer, job.cancelled */
async function askOwnEngine(signal: AbortSignal): Promise<EngineDiagnosis> {
  const engine = createEngine();
  // Nothing in it waits for a cancel in the middle.
  const onAbort = (): void => void engine.end();
  signal.addEventListener("abort", onAbort);
  try {
    const { client } = await engine.connection();
    return await client.doctor({}, { signal });
  } catch (error) {
    if (signal.aborted) throw cancelledError();
    throw error;
  } finally {
    signal.removeEventListener("abort", onAbort);
    await engine.end();
  }
}
