/** @file Puts together what the engine says of the machine with what is known of library, disk and models. */

import os from "node:os";
import type { DoctorReport, EngineDiagnosis } from "../../contract/doctor.ts";
import { TachieError, isTachieError, toErrorData } from "../../contract/errors.ts";
import type { ErrorData } from "../../contract/errors.ts";
import type { InstalledModel } from "../../contract/models.ts";
import { diagnoseFolder } from "./folder-diagnosis.ts";
import { listModels } from "../models/list-models.ts";
import { dataFolder } from "../places.ts";
import type { ModelPlaces } from "../places.ts";
import { productVersion } from "../png/product-version.ts";

export interface DoctorQuestion {
  readonly libraryFolder: string;
  readonly places: ModelPlaces;
  /** Asks the engine. */
  readonly askEngine: () => Promise<EngineDiagnosis>;
}

/** What is wrong is told in the report. @throws what is neither a finding nor foreseen, and job.cancelled */
export async function createDoctorReport({ libraryFolder, places, askEngine }: DoctorQuestion): Promise<DoctorReport> {
  const asked = await ask(askEngine);
  const library = await diagnoseFolder(libraryFolder);
  const data = await diagnoseFolder(dataFolder());
  const models = listModels(places.folders);
  const provider = providerOf(asked.engine);
  const problems = [
    asked.engineProblem,
    provider === undefined ? asked.engine?.runtimeProblem : undefined,
    library.problem,
    models.some(isReady) ? undefined : noModel(),
    asked.engine?.gpu.state === "unusable" ? asked.engine.gpu.problem : undefined,
    data.problem,
    ...models.map(brokenModel),
  ].filter((problem) => problem !== undefined);
  return {
    versions: {
      tachie: productVersion(),
      node: process.versions.node,
      system: `${os.type()} ${os.release()} ${os.machine()}`,
    },
    ...asked,
    library,
    data,
    models,
    canMakePictures: provider !== undefined && library.problem === undefined && models.some(isReady),
    ...(provider === undefined ? {} : { provider }),
    problems,
  };
}

async function ask(askEngine: DoctorQuestion["askEngine"]): Promise<Pick<DoctorReport, "engine" | "engineProblem">> {
  try {
    return { engine: await askEngine() };
  } catch (error) {
    if (!isTachieError(error) || error.code === "job.cancelled") throw error;
    return { engineProblem: toErrorData(error) };
  }
}

function providerOf(engine: EngineDiagnosis | undefined): "cpu" | "cuda" | undefined {
  if (engine?.gpu.state === "ready") return "cuda";
  return engine?.runtime === undefined ? undefined : "cpu";
}

function isReady({ condition }: InstalledModel): boolean {
  return condition === "ready";
}

function noModel(): ErrorData {
  return toErrorData(
    new TachieError("model.not-found", "no model is whole", {
      remedy: "Install Tachie anew to get its starter model back, or fetch one with `tachie models download`.",
    }),
  );
}

function brokenModel({ name, folder, condition, problem = "it is damaged" }: InstalledModel): ErrorData | undefined {
  if (condition !== "broken") return undefined;
  return toErrorData(new TachieError("model.incomplete", `the model ${name} is broken: ${problem}`, { where: folder }));
}
