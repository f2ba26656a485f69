/** @file What the shell is started with: words of its command line and variables of its environment. */

import path from "node:path";
import { TachieError } from "../contract/errors.ts";

export interface StartOptions {
  /** Absolute. */
  readonly libraryFolder: string;
}

/**
 * Reads `--library DIR` or `--library=DIR`. Other words are Electron's, or files that a desktop hands over.
 * @param defaultFolder where nothing is named: the folder that the command line uses too
 * @throws usage.invalid for an option without a value
 */
export function readStartOptions(words: readonly string[], defaultFolder: string): StartOptions {
  for (const [index, word] of words.entries()) {
    if (word !== "--library" && !word.startsWith("--library=")) continue;
    const value = word === "--library" ? words[index + 1] : word.slice("--library=".length);
    if (value === undefined || value === "" || (word === "--library" && value.startsWith("--")))
      throw new TachieError("usage.invalid", "--library needs a folder", { where: "--library" });
    return { libraryFolder: path.resolve(value) };
  }
  return { libraryFolder: defaultFolder };
}
