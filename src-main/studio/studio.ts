/**
 * @file The studio: the one process that writes to a library, behind the contract's methods. It plans a request, has the
 * engine make the pictures one after the other, and saves each before it goes on to the next.
 *
 * It knows the engine by its wire only, and nothing of who asks: command line, another process, server or window.
 */

import { existsSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import { MODEL_MANIFEST_FILE } from "../contract/model-folder.ts";
import type { GenerateProgress, HandOverService } from "../contract/studio.ts";
import type { Handlers } from "../contract/wire.ts";
import type { EngineSupervisor } from "../process/engine-process.ts";
import { checkRequest, planAgain, planGeneration } from "./generation-plan.ts";
import type { GenerationPlan } from "./generation-plan.ts";
import { createJobLine } from "./job-line.ts";
import { openLibrary } from "./library/library.ts";
import { findModelFolder, findStarter, readModel } from "./model-choice.ts";
import type { ChosenModel } from "./model-choice.ts";
import { weightNotices } from "./model-diagnosis.ts";
import { makePictures } from "./picture-making.ts";
import type { ModelPlaces } from "./places.ts";
import { requireGenerateRequest, requireId } from "./request-check.ts";

export interface StudioOptions {
  readonly libraryFolder: string;
  readonly engine: EngineSupervisor;
  readonly places: ModelPlaces;
}

export interface Studio {
  readonly handlers: Handlers<HandOverService>;
  /** Jobs running or waiting. */
  readonly jobCount: number;
  /** Frees the library for other writers. Jobs must have ended; the engine is its owner's to end. */
  close(): void;
}

/** @throws library.locked where another process writes to this library; library.*, file.unwritable, disk.full */
export function createStudio({ libraryFolder, engine, places }: StudioOptions): Studio {
  const library = openLibrary(libraryFolder, { mode: "write" });
  const line = createJobLine();
  type Report = (progress: GenerateProgress) => void;
  const notify = (report: Report, text: string): void => report({ kind: "notice", text });

  function chooseModel(word: string | undefined): ChosenModel {
    return word === undefined ? findStarter(places) : readModel(findModelFolder(word, places, process.cwd()));
  }

  /** The model that a picture was made with: where it was, or where a model of that name is now. */
  function findRecordedModel(record: { readonly model: string; readonly modelFolder: string }): string {
    if (existsSync(path.join(record.modelFolder, MODEL_MANIFEST_FILE))) return record.modelFolder;
    const moved = places.folders.map((folder) => path.join(folder, record.model));
    const folder = moved.find((candidate) => existsSync(path.join(candidate, MODEL_MANIFEST_FILE)));
    if (folder !== undefined) return folder;
    throw new TachieError(
      "model.not-found",
      `the picture was made with the model ${record.model} in ${record.modelFolder}, which is no longer there`,
      { where: record.modelFolder, remedy: "Put the model back where it was, or install one of that name." },
    );
  }

  async function checkWeights(plan: GenerationPlan): Promise<void> {
    if (plan.modelHash === undefined) return;
    const { client } = await engine.connection();
    const { hash } = await client.describe({ model: plan.model.folder });
    if (hash === plan.modelHash) return;
    throw new TachieError(
      "model.mismatch",
      `the weights in ${plan.model.folder} have changed since the picture was made (${plan.modelHash.slice(0, 12)} then, ${hash.slice(0, 12)} now), so it cannot be made again`,
      { where: plan.model.folder, remedy: "Put the former weights back, or generate the prompt anew." },
    );
  }

  function inTurn<T>(signal: AbortSignal, report: Report, task: () => Promise<T>): Promise<T> {
    const ahead = line.length;
    if (ahead > 0) notify(report, `waiting for ${ahead === 1 ? "one job" : `${ahead} jobs`} ahead`);
    return line.run(signal, task);
  }

  return {
    handlers: {
      generate(params, { signal, progress }) {
        const request = requireGenerateRequest(params);
        checkRequest(request);
        return inTurn(signal, progress, async () => {
          const model = chooseModel(request.model);
          const plan = planGeneration(request, model);
          for (const notice of plan.notices) notify(progress, notice);
          if (model.manifest.isPlaceholder)
            notify(
              progress,
              `the model ${model.manifest.name} has random weights: its pictures are noise (--model chooses another)`,
            );
          for (const notice of weightNotices(model)) notify(progress, notice);
          return makePictures(plan, { engine, library, signal, report: progress });
        });
      },
      again(params, { signal, progress }) {
        const record = library.find(requireId(params));
        return inTurn(signal, progress, async () => {
          const plan = planAgain(record, findRecordedModel(record));
          await checkWeights(plan);
          return makePictures(plan, { engine, library, signal, report: progress });
        });
      },
    },
    get jobCount() {
      return line.length;
    },
    close: () => library.close(),
  };
}
