/** @file `tachie library …`: verify, measure, back up, repair, rebuild. */

import type { Command } from "commander";
import type { UpkeepProgress } from "../contract/upkeep.ts";
import { openLibrary } from "../studio/library/library.ts";
import { repairLibrary } from "../studio/library/repair.ts";
import type { RepairOptions } from "../studio/library/repair.ts";
import { formatBytes } from "../studio/models/free-space.ts";
import { measureDiskUse } from "../studio/upkeep/disk-use.ts";
import { verifyLibrary } from "../studio/upkeep/verify-library.ts";
import { libraryFolderOf } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { createCountDisplay } from "./count-display.ts";
import { onInterrupt } from "./interrupt.ts";
import { EXIT_CODES, printJson, printLine } from "./output.ts";
import { describeDiskUse, describeLibraryReport, describeRepair } from "./upkeep-view.ts";
import { askWriter } from "./writer-call.ts";

export function addUpkeepCommands(program: Command): void {
  const library = program.command("library").description("verify, back up or repair the library");
  library
    .command("verify")
    .description("look at the database and at every file bit by bit; changes nothing")
    .action(verify);
  library.command("usage").description("what the library takes on the disk, by month and by model").action(usage);
  library
    .command("backup")
    .description("check the database and copy it to the library's folder backups")
    .action(backup);
  library
    .command("repair")
    .description("where the database is damaged: keep it aside, and restore the newest sound backup and all pictures")
    .action((options: CommonOptions) => repair("damage", options));
  library
    .command("rebuild")
    .description("keep the database aside, and make a new one from what the pictures themselves tell")
    .action((options: CommonOptions) => repair("pictures", options));
}

async function verify(options: CommonOptions): Promise<void> {
  const signal = onInterrupt();
  const display = createCountDisplay(process.stderr);
  const library = openLibrary(libraryFolderOf(options), { mode: "read" });
  try {
    const onProgress = ({ done, total }: UpkeepProgress): void => display.show("verifying", done, total);
    const report = await verifyLibrary(library, { signal, onProgress }).finally(() => display.end());
    if (options.json === true) printJson(report);
    else for (const line of describeLibraryReport(report)) printLine(line);
    if (!report.isSound) process.exitCode = EXIT_CODES.failed;
  } finally {
    library.close();
  }
}

function usage(options: CommonOptions): void {
  const library = openLibrary(libraryFolderOf(options), { mode: "read" });
  try {
    const use = measureDiskUse(library);
    if (options.json === true) printJson(use);
    else for (const line of describeDiskUse(use)) printLine(line);
  } finally {
    library.close();
  }
}

async function backup(options: CommonOptions): Promise<void> {
  const made = await askWriter(options, (client) => client.backupLibrary({}));
  if (options.json === true) printJson(made);
  else printLine(`${made.file} (${formatBytes(made.sizeBytes)})`);
}

function repair(why: RepairOptions["why"], options: CommonOptions): void {
  const folder = libraryFolderOf(options);
  const report = repairLibrary(folder, { why });
  if (options.json === true) printJson({ isRepaired: report !== undefined, ...report });
  else if (report === undefined) printLine("The database is sound: there is nothing to repair.");
  else for (const line of describeRepair(report)) printLine(line);
}
