/**
 * @file A folder into which files are put so that each is there whole or not at all, and survives a power cut once
 * `store` returns: temporary name, fsync, final name, fsync of the folder. It never overwrites.
 */

import path from "node:path";
import { writingError } from "./file-errors.ts";
import type { FileLayer } from "./file-layer.ts";

/** Ends every temporary name; whoever opens the library for writing removes what is left of them. */
export const TEMPORARY_SUFFIX = ".tmp";

export class DurableFolder {
  readonly #files: FileLayer;
  readonly #root: string;
  /** Folders whose own names are known to be on the device. */
  readonly #durable = new Set<string>();

  /** @param root an existing folder */
  constructor(files: FileLayer, root: string) {
    this.#files = files;
    this.#root = root;
  }

  /**
   * Stores `data`, making the folders between. On any error nothing stays under the final name.
   * @param relative path below the root, with `/`
   * @returns the absolute path
   * @throws disk.full, library.read-only, file.exists or file.unwritable
   */
  async store(relative: string, data: Uint8Array): Promise<string> {
    const target = await this.storeUnnamed(relative, data);
    try {
      await this.settle([relative]);
      return target;
    } catch (error) {
      await this.discard(relative);
      throw error;
    }
  }

  /**
   * As `store`, but a power cut may still take the name away, not the content: `settle` sees to that, for many at once.
   * @throws as `store`
   */
  async storeUnnamed(relative: string, data: Uint8Array): Promise<string> {
    const target = path.join(this.#root, ...relative.split("/"));
    const temporary = target + TEMPORARY_SUFFIX;
    const leftovers: string[] = [];
    try {
      await this.#makeFolders(relative.split("/").slice(0, -1));
      leftovers.push(temporary); // even where making it fails: some file systems report late
      const file = await this.#files.createFile(temporary);
      try {
        for (let done = 0; done < data.length;) done += atLeastOne(await file.write(data.subarray(done)));
        await file.sync();
      } finally {
        await file.close();
      }
      await this.#files.publish(temporary, target);
      leftovers.push(target);
      await this.#removeQuietly(temporary);
      return target;
    } catch (error) {
      for (const leftover of leftovers) await this.#removeQuietly(leftover);
      this.#durable.clear(); // a folder may be gone: the next picture makes it again
      throw writingError(error, target, "the file could not be saved");
    }
  }

  /** Returns when the names of these files are on the device. @throws disk.full, library.read-only, file.unwritable */
  async settle(relatives: readonly string[]): Promise<void> {
    for (const folder of new Set(relatives.map((relative) => path.posix.dirname(relative)))) {
      const absolute = path.join(this.#root, ...folder.split("/"));
      try {
        await this.#files.syncFolder(absolute);
      } catch (error) {
        this.#durable.clear();
        throw writingError(error, absolute, "the file could not be saved");
      }
    }
  }

  /** Takes a stored file away again. Returns whether that worked. */
  async discard(relative: string): Promise<boolean> {
    return this.#removeQuietly(path.join(this.#root, ...relative.split("/")));
  }

  /**
   * A name that cannot be removed just now does no harm: a temporary one goes when the library is next opened, and a
   * whole picture without a row is adopted then. The error that led here, if any, is the one worth reporting.
   */
  async #removeQuietly(file: string): Promise<boolean> {
    try {
      await this.#files.remove(file);
      return true;
    } catch {
      return false;
    }
  }

  /** Once per folder and process the parent is synced even where the folder exists: its maker may not have got so far. */
  async #makeFolders(names: readonly string[]): Promise<void> {
    let folder = this.#root;
    for (const name of names) {
      const parent = folder;
      folder = path.join(folder, name);
      if (this.#durable.has(folder)) continue;
      await this.#files.makeFolder(folder);
      await this.#files.syncFolder(parent);
      this.#durable.add(folder);
    }
  }
}

/** A write that makes no progress would otherwise be repeated for ever. */
function atLeastOne(written: number): number {
  if (written > 0) return written;
  throw Object.assign(new Error("EIO: nothing was written"), { code: "EIO" });
}
