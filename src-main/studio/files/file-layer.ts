/**
 * @file The file-system calls that a durable save consists of, as an interface small enough to be failed one by one.
 *
 * Fault tests wrap it to fail, shorten or cut off the Nth call; nothing else may touch files while a picture is saved.
 */

import { link, lstat, mkdir, open, rename, unlink } from "node:fs/promises";
import { CANNOT_SYNC_FOLDER, errnoOf } from "./file-errors.ts";

export interface NewFile {
  /** Writes some of `data` and returns how many bytes that were, as the system call does. */
  write(data: Uint8Array): Promise<number>;
  /** Returns when the content is on the device. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Every method throws the operating system's own error. */
export interface FileLayer {
  /** Makes one folder. Returns false where it exists already. */
  makeFolder(path: string): Promise<boolean>;
  /** Opens a file that must not exist yet. */
  createFile(path: string): Promise<NewFile>;
  /** Gives `from` its second name `to`, or its only one; refuses with EEXIST where `to` exists. */
  publish(from: string, to: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Returns when the names in a folder are on the device. */
  syncFolder(path: string): Promise<void>;
}

export const nodeFiles: FileLayer = {
  async makeFolder(path) {
    try {
      await mkdir(path);
      return true;
    } catch (error) {
      if (errnoOf(error) === "EEXIST") return false;
      throw error;
    }
  },

  async createFile(path) {
    const handle = await open(path, "wx");
    return {
      write: async (data) => (await handle.write(data)).bytesWritten,
      sync: () => handle.sync(),
      close: () => handle.close(),
    };
  },

  // rename() would replace a file of that name; a hard link never does. FAT has no links, so there the name is
  // looked up first: only one Tachie writes to a library, and its names are unique.
  async publish(from, to) {
    try {
      await link(from, to);
    } catch (error) {
      if (!HAS_NO_LINKS.has(errnoOf(error) ?? "")) throw error;
      await refuseExisting(to);
      await rename(from, to);
    }
  },

  remove: (path) => unlink(path),

  async syncFolder(path) {
    if (process.platform === "win32") return; // NTFS journals names, and a folder cannot be opened there
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } catch (error) {
      if (!CANNOT_SYNC_FOLDER.has(errnoOf(error) ?? "")) throw error;
    } finally {
      await handle.close();
    }
  },
};

const HAS_NO_LINKS = new Set(["EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK"]);

async function refuseExisting(path: string): Promise<void> {
  try {
    await lstat(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return;
    throw error;
  }
  throw Object.assign(new Error(`EEXIST: file already exists, ${path}`), { code: "EEXIST" });
}
