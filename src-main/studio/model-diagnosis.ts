/**
 * @file What a model's files are, where a job asks: why the engine could not use them, and what it uses though it was not
 * meant. The engine names the first tensor that does not fit; a person wants to know that the file is a quantised one.
 */

import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import type { ChosenModel } from "./model-choice.ts";
import { isError, toError } from "./models/findings.ts";
import { inspectFolders } from "./models/inspect-folder.ts";
import { inspectWeights } from "./models/inspect-weights.ts";

/** Errors that the files of a model may be the reason of. */
const BY_FILES = /^(model|safetensors)\./;

/** The error that names what is wrong with the model's files, or the one that was given where nothing is. */
export async function explainFailure(error: unknown, modelFolder: string): Promise<unknown> {
  if (!(error instanceof TachieError) || !BY_FILES.test(error.code)) return error;
  const findings = await inspectFolders([modelFolder]).then(
    (inspection) => inspection.findings.filter(isError),
    // A folder that cannot be looked at is told about by the error there is.
    () => [],
  );
  if (findings.length === 0) return error;
  const { code, message, where, remedy } = toError(findings, `the model in ${modelFolder} cannot be used:`);
  return new TachieError(code, message, { remedy, cause: error, ...(where === undefined ? {} : { where }) });
}

/** Sentences about weights that are used, but are not of the kind that is meant. */
export function weightNotices({ folder, manifest }: ChosenModel): string[] {
  const { transformer, textEncoder } = manifest.components;
  return [transformer, textEncoder].flatMap(({ weights }) => {
    const networks = inspectWeights(path.resolve(folder, weights)).weights?.recognition.networks ?? [];
    const findings = networks.flatMap((network) => network.findings).filter(({ code }) => code === "type.float16");
    return findings.map(({ message, remedy }) => `${message}. ${remedy}`);
  });
}
