/** @file `tachie trash` and `tachie restore`: they work beside a running studio, which then does it. */

import type { Command } from "commander";
import { TachieError } from "../contract/errors.ts";
import type { TrashPage } from "../contract/trash.ts";
import { openLibrary } from "../studio/library/library.ts";
import { readTrash } from "../studio/library/trash-store.ts";
import { formatBytes } from "../studio/models/free-space.ts";
import { addCommonOptions, libraryFolderOf } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { wholeNumber } from "./option-values.ts";
import { EXIT_CODES, printJson, printLine, sayError } from "./output.ts";
import { askWriter } from "./writer-call.ts";

const DEFAULT_LIMIT = 20;

interface TrashOptions extends CommonOptions {
  readonly empty?: boolean;
  readonly limit: number;
}

export function addTrashCommands(program: Command): void {
  addCommonOptions(
    program
      .command("trash")
      .argument("[ids...]", "pictures by id (or its beginning); none lists what is in the trash")
      .description("move pictures to the trash, list it, or empty it")
      .option("--empty", "remove for good what is in the trash, or these pictures of it")
      .option("--limit <n>", "how many are listed", wholeNumber("--limit"), DEFAULT_LIMIT),
  ).action(trash);
  addCommonOptions(
    program
      .command("restore")
      .argument("<ids...>", "pictures by id, or its beginning")
      .description("take pictures out of the trash again"),
  ).action(restore);
}

async function trash(typed: readonly string[], options: TrashOptions): Promise<void> {
  if (options.empty === true) return empty(typed, options);
  if (typed.length === 0) {
    list(options);
    return;
  }
  const asked = resolveIds(typed, options);
  const { ids } = await askWriter(options, (client) => client.trashPictures({ ids: asked }));
  if (options.json === true) printJson({ ids });
  else printLine(`${countOf(ids)} moved to the trash. \`tachie restore\` with the same ids brings ${them(ids)} back.`);
}

async function restore(typed: readonly string[], options: CommonOptions): Promise<void> {
  const asked = resolveIds(typed, options);
  const { ids } = await askWriter(options, (client) => client.restorePictures({ ids: asked }));
  if (options.json === true) printJson({ ids });
  else printLine(`${countOf(ids)} restored.`);
}

async function empty(typed: readonly string[], options: TrashOptions): Promise<void> {
  const asked = typed.length === 0 ? {} : { ids: resolveIds(typed, options) };
  const emptied = await askWriter(options, (client) => client.emptyTrash(asked));
  if (options.json === true) printJson(emptied);
  else {
    printLine(`${countOf(emptied.removed)} removed for good, ${formatBytes(emptied.freedBytes)} freed.`);
    for (const failure of emptied.failures) sayError(failure);
  }
  if (emptied.failures.length > 0) process.exitCode = EXIT_CODES.failed;
}

function list(options: TrashOptions): void {
  const page: TrashPage = readTrash(libraryFolderOf(options), { limit: options.limit });
  if (options.json === true) {
    printJson(page);
    return;
  }
  for (const { id, trashedAt, width, height, seed, model, sizeBytes } of page.pictures)
    printLine(
      `${id}  in the trash since ${trashedAt.slice(0, 10)}  ${width}x${height}  seed ${seed}  ${model}  ${formatBytes(sizeBytes)}`,
    );
  printLine(
    page.total === 0
      ? "The trash is empty."
      : `${countOf({ length: page.total })} in the trash, ${formatBytes(page.sizeBytes)}.`,
  );
}

/** Whole ids of what was typed. @throws library.not-found */
export function resolveIds(typed: readonly string[], options: CommonOptions): string[] {
  if (typed.some((id) => id === "")) throw new TachieError("usage.invalid", "an id is empty");
  const library = openLibrary(libraryFolderOf(options), { mode: "read" });
  try {
    return typed.map((id) => library.find(id).id);
  } finally {
    library.close();
  }
}

export function countOf({ length }: { readonly length: number }): string {
  return length === 1 ? "1 picture" : `${length} pictures`;
}

function them({ length }: { readonly length: number }): string {
  return length === 1 ? "it" : "them";
}
