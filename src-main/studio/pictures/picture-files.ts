/**
 * @file From an id, which anybody may have made up, to a picture's file: only ids of the library's own form that have a
 * row lead anywhere, and only to a regular file that really lies in the library, wherever links lead.
 */

import { realpathSync, statSync } from "node:fs";
import path from "node:path";
import { isTachieError } from "../../contract/errors.ts";
import { errnoOf } from "../files/file-errors.ts";
import type { Library } from "../library/library.ts";
import { PICTURE_ID } from "../png/own-record.ts";

export class PictureFiles {
  readonly #library: Library;

  constructor(library: Library) {
    this.#library = library;
  }

  /**
   * @returns the absolute path of a picture's PNG; undefined for every id that has none
   * @throws library.* where the library cannot be read
   */
  find(id: string): string | undefined {
    if (!PICTURE_ID.test(id)) return undefined;
    try {
      const record = this.#library.find(id);
      // Not what merely begins so, nor what would be meant if it had been typed.
      return record.id === id && isInside(record.file, this.#library.folder) ? record.file : undefined;
    } catch (error) {
      if (isTachieError(error, "library.not-found")) return undefined;
      throw error;
    }
  }
}

/** Whether `file` is a regular file in `folder`, with every link on the way followed. */
export function isInside(file: string, folder: string): boolean {
  try {
    const relative = path.relative(realpathSync(folder), realpathSync(file));
    const isBelow = relative !== "" && !path.isAbsolute(relative) && relative.split(path.sep)[0] !== "..";
    return isBelow && statSync(file).isFile();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false; // not there, or not to be looked at: as good as none
  }
}
