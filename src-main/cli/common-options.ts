/** @file The two options that every command takes. */

import path from "node:path";
import type { Command } from "commander";
import { TachieError } from "../contract/errors.ts";
import { defaultLibraryFolder } from "../studio/places.ts";

export interface CommonOptions {
  readonly library?: string;
  readonly json?: boolean;
}

/** Adds what a command lacks of them; several may have their own words for `--json`. */
export function addCommonOptions(command: Command): Command {
  const has = (long: string): boolean => command.options.some((option) => option.long === long);
  if (!has("--library")) command.option("--library <dir>", "the library's folder (or TACHIE_LIBRARY)");
  if (!has("--json")) command.option("--json", "print one JSON object as the last line");
  return command;
}

/** Adds them to every command below a group. */
export function addCommonOptionsBelow(group: Command): void {
  for (const command of group.commands)
    if (command.commands.length > 0) addCommonOptionsBelow(command);
    else addCommonOptions(command);
}

/**
 * Absolute.
 * @throws usage.invalid for an empty name
 */
export function libraryFolderOf({ library }: CommonOptions): string {
  if (library === "") throw new TachieError("usage.invalid", "--library is empty", { where: "--library" });
  return library === undefined ? defaultLibraryFolder() : path.resolve(library);
}
