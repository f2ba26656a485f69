/** @file `tachie doctor`: what this machine can do, what is missing, and with `--fix` what can be fetched. */

import type { Command } from "commander";
import type { EngineDiagnosis } from "../contract/doctor.ts";
import { cancelledError } from "../contract/wire.ts";
import { modelPlaces } from "../studio/places.ts";
import { libraryFolderOf } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { createDoctorReport } from "./doctor-report.ts";
import { describeDoctorReport } from "./doctor-view.ts";
import { onInterrupt } from "./interrupt.ts";
import { EXIT_CODES, printJson, printLine } from "./output.ts";
import { createEngine } from "./own-engine.ts";

export function addDoctorCommand(program: Command): void {
  program
    .command("doctor")
    .description("tell what this machine can do and what is missing; exit 0 where pictures can be made")
    .action(diagnose);
}

async function diagnose(options: CommonOptions): Promise<void> {
  const signal = onInterrupt();
  const report = await createDoctorReport({
    libraryFolder: libraryFolderOf(options),
    places: modelPlaces(),
    askEngine: () => askOwnEngine(signal),
  });
  if (options.json === true) printJson(report);
  else for (const line of describeDoctorReport(report)) printLine(line);
  if (!report.canMakePictures) process.exitCode = EXIT_CODES.failed;
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
