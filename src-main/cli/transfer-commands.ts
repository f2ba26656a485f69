/** @file `tachie import` and `tachie export`. */

import path from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { EXPORT_FORMS } from "../contract/transfer.ts";
import type { ExportForm, ImportReport, TransferProgress } from "../contract/transfer.ts";
import { openLibrary } from "../studio/library/library.ts";
import { formatBytes } from "../studio/models/free-space.ts";
import { exportPictures } from "../studio/transfer/export-pictures.ts";
import { addCommonOptions, libraryFolderOf } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { createCountDisplay } from "./count-display.ts";
import { onInterrupt } from "./interrupt.ts";
import { EXIT_CODES, printJson, printLine, sayError } from "./output.ts";
import { formatSeconds } from "./progress-display.ts";
import { countOf } from "./trash-commands.ts";
import { askWriter } from "./writer-call.ts";

interface ExportCommandOptions extends CommonOptions {
  readonly as: ExportForm;
  readonly out: string;
  readonly name?: string;
}

/** Files that are named one by one; more are counted. */
const SHOWN = 20;

export function addTransferCommands(program: Command): void {
  addCommonOptions(
    program
      .command("import")
      .argument("<dirs...>", "folders with PNGs, everything below included, or PNG files")
      .description("take pictures of Tachie and of other tools into the library, with their prompts"),
  ).action(importFolders);
  addCommonOptions(
    program
      .command("export")
      .argument("<ids...>", "pictures by id, or its beginning")
      .description("write pictures into a folder; nothing there is overwritten")
      .addOption(
        new Option(
          "--as <form>",
          "png; bare-png without prompt and settings; webp; zip with pictures and prompts; sheet of small pictures",
        )
          .choices(EXPORT_FORMS)
          .default("png"),
      )
      .option("--out <dir>", "an existing folder", ".")
      .option("--name <name>", "of the one file of zip and sheet, without ending"),
  ).action(exportIds);
}

async function importFolders(dirs: readonly string[], options: CommonOptions): Promise<void> {
  const signal = onInterrupt("cancelling; what is imported stays");
  const display = createCountDisplay(process.stderr);
  const onProgress = ({ done, total }: TransferProgress): void => display.show("importing", done, total);
  const paths = dirs.map((dir) => path.resolve(dir));
  const report = await askWriter(
    options,
    (client) => client.importPictures({ paths }, { signal, onProgress }),
    signal,
  ).finally(() => display.end());
  if (options.json === true) printJson(report);
  else for (const line of describeImport(report)) printLine(line);
}

function describeImport({ found, imported, duplicates, silent, refused, durationMs }: ImportReport): string[] {
  const named = (title: string, lines: readonly string[]): string[] => {
    const rest = lines.length - SHOWN;
    if (lines.length === 0) return [];
    return [
      `${lines.length} ${title}:`,
      ...lines.slice(0, SHOWN).map((line) => `  ${line}`),
      ...(rest > 0 ? [`  … and ${rest} more (--json names all)`] : []),
    ];
  };
  return [
    `${countOf(imported)} imported of ${found} PNGs in ${formatSeconds(durationMs)}.`,
    ...named(
      "in the library already",
      duplicates.map(({ file, id }) => `${file} (${id})`),
    ),
    ...named("that do not say how they were made", silent),
    ...named(
      "that cannot be imported",
      refused.map(({ error }) => error.message),
    ),
  ];
}

async function exportIds(ids: readonly string[], options: ExportCommandOptions): Promise<void> {
  const signal = onInterrupt();
  const display = createCountDisplay(process.stderr);
  const library = openLibrary(libraryFolderOf(options), { mode: "read" });
  try {
    const { files, sizeBytes, refused } = await exportPictures(library, {
      ids,
      as: options.as,
      folder: path.resolve(options.out),
      ...(options.name === undefined ? {} : { name: options.name }),
      signal,
      onProgress: ({ done, total }) => display.show("exporting", done, total),
    }).finally(() => display.end());
    if (options.json === true) printJson({ files, sizeBytes, refused });
    else {
      for (const file of files) printLine(file);
      printLine(`${formatBytes(sizeBytes)} written.`);
      for (const { error } of refused) sayError(error);
    }
    if (refused.length > 0) process.exitCode = EXIT_CODES.failed;
  } finally {
    library.close();
  }
}
