/**
 * @file `tachie models`: finds, installs, checks, downloads and removes models.
 *
 * With --json the last line on standard output is one object (absent fields are left out):
 *   list      {"models":[{name,folder,origin,condition,problem,title,licence,isPlaceholder,sizeBytes,addedAt,
 *                        defaults,limits}],
 *              "found":[{place,folder,isComplete,parts,findings}]}                     found: with --search only
 *   add       {"model":{name,folder,title,licence,textEncoding,sizeBytes},"parts":[…],"findings":[…]}
 *   verify    {"reports":[{folder,status,files:[{path,sizeBytes,sha256,status}],findings}]}     exit 1 if one is damaged
 *   download  {"model":{…as add},"files":[{path,sizeBytes,sha256,origin}],"fetchedBytes","findings":[…]}
 *   remove    {"removed":{name,folder,origin,files,sizeBytes,trash,kept}}
 * parts: [{role,path,layout,prefix,title,weightType,parameters,tokenizer}]; findings: [{code,severity,message,where,remedy}];
 * an error: {"error":{code,message,where,remedy}} and exit 1.
 */

import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline/promises";
import type { Command } from "commander";
import { TachieError, isTachieError } from "../contract/errors.ts";
import { MODEL_MANIFEST_FILE } from "../contract/model-folder.ts";
import { addModel } from "../studio/models/add-model.ts";
import type { AddedModel } from "../studio/models/add-model.ts";
import { downloadAccess } from "../studio/models/download-base.ts";
import { downloadableModels, readDownloadManifest } from "../studio/models/download-manifest.ts";
import { downloadModel } from "../studio/models/download-model.ts";
import { formatBytes } from "../studio/models/free-space.ts";
import { inspectFolders } from "../studio/models/inspect-folder.ts";
import { listModels } from "../studio/models/list-models.ts";
import { planRemoval, removeModel } from "../studio/models/remove-model.ts";
import { usualPlaces } from "../studio/models/usual-places.ts";
import { verifyModel } from "../studio/models/verify-model.ts";
import type { VerifyReport } from "../studio/models/verify-model.ts";
import { modelPlaces } from "../studio/places.ts";
import { createByteProgressDisplay } from "./byte-progress-display.ts";
import type { CommonOptions } from "./common-options.ts";
import { onInterrupt } from "./interrupt.ts";
import { describeFinding, describeModel, describeParts, viewParts } from "./model-view.ts";
import type { PartView } from "./model-view.ts";
import { wholeNumber } from "./option-values.ts";
import { EXIT_CODES, printJson, printLine, sayLine } from "./output.ts";

export function addModelsCommands(program: Command): void {
  const models = program.command("models").description("find, install, check, download and remove models");
  models
    .command("list")
    .description("list the installed models; with --search, also what other programs have on this machine")
    .option("--search", "look into the Hugging Face cache and ComfyUI's folders too")
    .action(list);
  models
    .command("add")
    .argument(
      "<dirs...>",
      "a model folder, or folders that together hold the parts: of ComfyUI, the Hugging Face cache, …",
    )
    .description("install a model whose files are on this machine, where they are")
    .option("--name <name>", "what the model is to be called")
    .action(add);
  models
    .command("verify")
    .argument("[model]", "an installed model's name, or a folder; every installed model where absent")
    .description("compare every byte of a model with what was recorded; exit 1 on damage")
    .action(verify);
  models
    .command("download")
    .argument("<name>", `which: ${downloadableModels().join(", ")}`)
    .description("download a model, or go on with a download, or repair one")
    .option("--as <name>", "what the model is to be called here")
    .option("--base <url>", "the server or a mirror of it (or TACHIE_MODEL_BASE, HF_ENDPOINT)")
    .option("--parallel <n>", "files at a time, 1 to 4", wholeNumber("--parallel"), 2)
    .option("--accept-unverified", "also take files whose SHA-256 nobody states")
    .action(download);
  models
    .command("remove")
    .argument("<name>", "an installed model's name, or that of an unfinished download")
    .description("remove a model; files that Tachie has not downloaded stay where they are")
    .option("--yes", "do not ask")
    .option("--purge", "delete downloaded files at once instead of moving them to the trash")
    .action(remove);
}

function ownFolder(): string {
  const [own] = modelPlaces().folders;
  if (own === undefined) throw new RangeError("there is no folder for models");
  return own;
}

async function list(options: CommonOptions & { readonly search?: boolean }): Promise<void> {
  const models = listModels(modelPlaces().folders);
  const found = options.search === true ? await search() : undefined;
  if (options.json === true) {
    printJson({ models, ...(found ? { found } : {}) });
    return;
  }
  for (const model of models) printLine(describeModel(model));
  if (models.length === 0)
    printLine(`No models are installed. \`tachie models download ${downloadableModels()[0] ?? ""}\` gets one.`);
  for (const place of found ?? []) {
    printLine(`${place.place} (${place.folder}): ${place.isComplete ? "a whole model" : "parts of a model"}`);
    for (const line of describeParts(place.parts)) printLine(`  ${line}`);
    if (place.isComplete) printLine(`  install it with: tachie models add ${JSON.stringify(place.folder)}`);
    else for (const finding of place.findings) if (finding.severity === "error") printLine(`  ${finding.message}`);
  }
}

/** What lies in the usual places of other programs; places without any part of a model are left out. */
async function search() {
  const signal = onInterrupt();
  const found = [];
  for (const { title, folder } of usualPlaces()) {
    const { isComplete, parts, findings } = await inspectFolders([folder], signal);
    if (Object.keys(parts).length > 0)
      found.push({ place: title, folder, isComplete, parts: viewParts(parts), findings });
  }
  return found;
}

async function add(folders: readonly string[], options: CommonOptions & { readonly name?: string }): Promise<void> {
  const display = createByteProgressDisplay(process.stderr);
  const signal = onInterrupt();
  try {
    const added = await addModel({
      folders,
      name: options.name,
      modelsFolder: ownFolder(),
      signal,
      onProgress: (progress) => display.show("reading", progress),
    });
    display.end();
    await report(added, options, {});
  } finally {
    display.end();
  }
}

type Installed = Pick<AddedModel, "name" | "folder" | "manifest" | "record" | "findings">;

async function report(installed: Installed, options: CommonOptions, more: object): Promise<void> {
  const { name, folder, manifest, record, findings } = installed;
  const parts: readonly PartView[] = viewParts((await inspectFolders([folder])).parts);
  const sizeBytes = record.files.reduce((sum, file) => sum + file.sizeBytes, 0);
  const { title, licence, textEncoding } = manifest;
  if (options.json === true) {
    printJson({ model: { name, folder, title, licence, textEncoding, sizeBytes }, parts, ...more, findings });
    return;
  }
  printLine(`${name}: ${title}, ${formatBytes(sizeBytes)}`);
  for (const line of describeParts(parts)) printLine(`  ${line}`);
  for (const finding of findings) if (finding.severity !== "info") sayLine(describeFinding(finding));
  printLine(`licence: ${licence}`);
  printLine(`use it with: tachie generate --model ${name}`);
}

async function verify(model: string | undefined, options: CommonOptions): Promise<void> {
  const folders = model === undefined ? installedFolders() : [folderOf(model)];
  const display = createByteProgressDisplay(process.stderr);
  const signal = onInterrupt();
  const reports: VerifyReport[] = [];
  try {
    for (const folder of folders) {
      const onProgress = (progress: Parameters<typeof display.show>[1]): void => display.show("checking", progress);
      const result = await verifyModel({ folder, modelsFolder: ownFolder(), signal, onProgress });
      reports.push(result);
      display.end();
      if (options.json !== true) printReport(result);
    }
  } finally {
    display.end();
  }
  if (reports.some(({ status }) => status === "damaged")) process.exitCode = EXIT_CODES.failed;
  if (options.json === true) printJson({ reports });
  else if (reports.length === 0) printLine("No models are installed.");
}

/** Those that can be used: unfinished downloads check themselves when they go on. */
function installedFolders(): string[] {
  const models = listModels(modelPlaces().folders).filter(({ condition }) => condition !== "unfinished");
  return models.map(({ folder }) => folder);
}

/** A name that is installed, before a path of that name. */
function folderOf(word: string): string {
  const isName = !/[/\\]/.test(word) && word !== "." && word !== "..";
  const installed = modelPlaces().folders.map((place) => path.join(place, word));
  const named = isName ? installed.find((folder) => existsSync(path.join(folder, MODEL_MANIFEST_FILE))) : undefined;
  if (named !== undefined) return named;
  const folder = path.resolve(word);
  if (existsSync(folder)) return folder;
  throw new TachieError("model.not-found", `there is neither a model nor a folder named ${word}`, {
    where: word,
    remedy: "`tachie models list` shows the names.",
  });
}

const STATUS_WORDS: Readonly<Record<VerifyReport["status"], string>> = {
  ok: "every byte is as recorded",
  damaged: "DAMAGED",
  recorded: "sound as far as can be seen; its sums are recorded now",
};

function printReport({ folder, status, files, findings }: VerifyReport): void {
  const sizeBytes = files.reduce((sum, file) => sum + file.sizeBytes, 0);
  printLine(`${folder}: ${STATUS_WORDS[status]} (${files.length} files, ${formatBytes(sizeBytes)})`);
  for (const finding of findings) if (finding.severity !== "info") sayLine(describeFinding(finding));
}

interface DownloadOptions extends CommonOptions {
  readonly as?: string;
  readonly base?: string;
  readonly parallel: number;
  readonly acceptUnverified?: boolean;
}

async function download(name: string, options: DownloadOptions): Promise<void> {
  if (options.parallel < 1 || options.parallel > 4)
    throw new TachieError("usage.invalid", `--parallel is ${options.parallel}, but must be from 1 to 4`, {
      where: "--parallel",
    });
  const manifest = readDownloadManifest(name);
  const access = downloadAccess(options.base);
  const display = createByteProgressDisplay(process.stderr);
  const signal = onInterrupt();
  try {
    display.say(`${manifest.title} from ${access.base}; licence: ${manifest.licence} (${manifest.licenceUrl})`);
    const model = await downloadModel({
      manifest,
      access,
      modelsFolder: ownFolder(),
      name: options.as,
      parallel: options.parallel,
      isUnverifiedAccepted: options.acceptUnverified === true,
      signal,
      onProgress: (progress) => display.show(progress.phase === "check" ? "checking" : "fetching", progress),
      onNotice: (text) => display.say(text),
    });
    display.end();
    await report(model, options, { files: model.record.files, fetchedBytes: model.fetchedBytes });
  } catch (error) {
    if (!isTachieError(error, "job.cancelled")) throw error;
    throw new TachieError("job.cancelled", "cancelled; what has come is kept", {
      remedy: "The same command goes on where it stopped.",
      cause: error,
    });
  } finally {
    display.end();
  }
}

interface RemoveOptions extends CommonOptions {
  readonly yes?: boolean;
  readonly purge?: boolean;
}

async function remove(name: string, options: RemoveOptions): Promise<void> {
  const request = { name, modelsFolder: ownFolder(), isForGood: options.purge === true };
  const plan = planRemoval(request);
  if (options.yes !== true) await confirm(describeRemoval(plan.name, plan.origin, plan.sizeBytes, request.isForGood));
  const removed = removeModel(request);
  if (options.json === true) {
    printJson({ removed });
    return;
  }
  const what = removed.origin === "added" ? "the files themselves are where they were" : formatBytes(removed.sizeBytes);
  printLine(`${name} is removed (${what})`);
  if (removed.trash !== undefined) printLine(`moved to ${removed.trash}: delete that folder to free the space`);
  if (removed.kept.length > 0) printLine(`left in ${removed.folder}: ${removed.kept.join(", ")}`);
}

function describeRemoval(name: string, origin: "added" | "downloaded", sizeBytes: number, isForGood: boolean): string {
  if (origin === "added") return `Remove ${name} from the list? Its files stay where they are.`;
  return isForGood
    ? `Delete ${name} (${formatBytes(sizeBytes)})?`
    : `Move ${name} (${formatBytes(sizeBytes)}) to the trash?`;
}

/** @throws usage.invalid where nobody can be asked; job.cancelled where the answer is no */
async function confirm(question: string): Promise<void> {
  if (!process.stdin.isTTY)
    throw new TachieError("usage.invalid", "nobody can be asked whether to remove the model", {
      where: "--yes",
      remedy: "Pass --yes.",
    });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    if (/^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())) return;
  } finally {
    terminal.close();
  }
  throw new TachieError("job.cancelled", "nothing was removed", { remedy: "Answer y to remove it." });
}
