/** @file `tachie show` and `tachie history`: they read only, so they work beside any writer. */

import { statSync } from "node:fs";
import type { Command } from "commander";
import type { GenerationRecord } from "../contract/generation.ts";
import { openLibrary } from "../studio/library/library.ts";
import type { Library } from "../studio/library/library.ts";
import { searchRecords } from "../studio/library/search/picture-search.ts";
import { recordFromPng } from "../studio/png/record-from-png.ts";
import { addCommonOptions, libraryFolderOf } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { wholeNumber } from "./option-values.ts";
import { printJson, printLine } from "./output.ts";
import { describeRecord, summariseRecord } from "./record-view.ts";

const DEFAULT_LIMIT = 20;

interface HistoryOptions extends CommonOptions {
  readonly limit: number;
}

export function addLibraryCommands(program: Command): void {
  addCommonOptions(
    program
      .command("show")
      .argument("<id|file.png>", "a picture's id (or its beginning), or a picture that Tachie made")
      .description("print everything that is known about a picture"),
  ).action(show);
  addCommonOptions(
    program
      .command("history")
      .argument("[query...]", "what to look for, such as 'c2.clothing:serafuku left:blue_hair steps<30'")
      .description("list pictures, newest first: all of them, or those that a query finds")
      .option("--limit <n>", "how many", wholeNumber("--limit"), DEFAULT_LIMIT),
  ).action(history);
}

function show(target: string, options: CommonOptions): void {
  const record = isFile(target) ? recordFromPng(target) : reading(options, (library) => library.find(target));
  if (options.json === true) printJson(record);
  else printLine(describeRecord(record));
}

/** Ids have neither dots nor separators, so what has them is a file even where it does not exist. */
function isFile(target: string): boolean {
  if (/[./\\]/.test(target)) return true;
  return statSync(target, { throwIfNoEntry: false })?.isFile() ?? false;
}

function history(words: readonly string[], options: HistoryOptions): void {
  const query = words.join(" ");
  const { limit } = options;
  const images: readonly GenerationRecord[] = reading(options, (library) =>
    query === "" ? library.history({ limit }) : searchRecords(library, query, limit),
  );
  if (options.json === true) printJson({ images });
  else if (images.length === 0 && options.limit > 0)
    printLine(query === "" ? "The library holds no pictures yet." : "Nothing in the library is like that.");
  else for (const image of images) printLine(summariseRecord(image));
}

function reading<T>(options: CommonOptions, read: (library: Library) => T): T {
  const library = openLibrary(libraryFolderOf(options), { mode: "read" });
  try {
    return read(library);
  } finally {
    library.close();
  }
}
