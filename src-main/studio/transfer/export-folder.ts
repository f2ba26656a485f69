/** @file A folder outside the library into which things are exported: each whole or not at all, and nothing overwritten. */

import { randomBytes } from "node:crypto";
import { createWriteStream, statSync } from "node:fs";
import { open, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { TachieError, isTachieError } from "../../contract/errors.ts";
import { writingError } from "../files/file-errors.ts";
import { nodeFiles } from "../files/file-layer.ts";

/** Names with a number that are tried before a folder is taken to be full of them. */
const MAX_NUMBER = 10_000;

/** UTF-16 units of a name without its ending. */
export const MAX_NAME = 100;

/** Whether something names a file in whatever folder, on every system, and nothing elsewhere. */
export function isFileName(name: string): boolean {
  return name !== "" && name.length <= MAX_NAME && !/^\.|[/\\:*?"<>|\p{Cc}]|[. ]$/u.test(name);
}

export interface Exported {
  /** Absolute. */
  readonly file: string;
  readonly sizeBytes: number;
}

export class ExportFolder {
  readonly #folder: string;

  /** @throws file.not-found, file.unwritable unless it is an existing folder */
  constructor(folder: string) {
    const status = statSync(folder, { throwIfNoEntry: false });
    if (status === undefined)
      throw new TachieError("file.not-found", `there is no folder ${folder}`, { where: folder });
    if (!status.isDirectory()) throw new TachieError("file.unwritable", `${folder} is not a folder`, { where: folder });
    this.#folder = folder;
  }

  /**
   * @param name without ending; where it is taken, `name-2`, `name-3`, … are tried
   * @param ending with its dot
   * @throws disk.full, file.unwritable
   */
  async write(name: string, ending: string, content: Readable | Uint8Array): Promise<Exported> {
    const temporary = path.join(this.#folder, `.tachie-${randomBytes(6).toString("hex")}.tmp`);
    try {
      await pipeline(
        content instanceof Uint8Array ? [content] : content,
        createWriteStream(temporary, { flags: "wx" }),
      );
      const handle = await open(temporary, "r+");
      await handle.sync().finally(() => handle.close());
      const { size } = await stat(temporary);
      const file = await this.#publish(temporary, name, ending);
      await nodeFiles.syncFolder(this.#folder);
      return { file, sizeBytes: size };
    } catch (error) {
      throw writingError(error, path.join(this.#folder, name + ending), "the file could not be exported");
    } finally {
      await rm(temporary, { force: true });
    }
  }

  async #publish(temporary: string, name: string, ending: string): Promise<string> {
    for (let number = 1; ; number++) {
      const file = path.join(this.#folder, `${name}${number === 1 ? "" : `-${number}`}${ending}`);
      try {
        await nodeFiles.publish(temporary, file);
        return file;
      } catch (error) {
        const typed = writingError(error, file, "the file could not be exported");
        if (!isTachieError(typed, "file.exists") || number >= MAX_NUMBER) throw typed;
      }
    }
  }
}
