/**
 * @file A note in the library that tells where its studio is served, for whoever wants to serve it too. It holds the token,
 * so only its user may read it.
 */

import { readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import { isProcessAlive } from "../process/process-alive.ts";

export const SERVER_FILE = "server.json";

export interface ServerNote {
  readonly pid: number;
  readonly address: string;
}

/**
 * To be called by the process that holds the library's lock.
 * @throws file.unwritable
 */
export function writeServerNote(libraryFolder: string, note: ServerNote): void {
  const file = path.join(libraryFolder, SERVER_FILE);
  try {
    rmSync(file, { force: true }); // one that stayed behind may be anybody's to read, or a link
    writeFileSync(file, JSON.stringify(note), { mode: 0o600, flag: "wx" });
  } catch (cause) {
    throw new TachieError("file.unwritable", `${file} cannot be written: ${(cause as Error).message}`, {
      where: file,
      cause,
    });
  }
}

export function removeServerNote(libraryFolder: string): void {
  try {
    rmSync(path.join(libraryFolder, SERVER_FILE), { force: true });
  } catch {
    // One that stays behind names a process that is gone, which is found out by whoever reads it.
  }
}

/** Undefined where nobody serves the library, and for a note of a process that is gone. */
export function readServerNote(libraryFolder: string): ServerNote | undefined {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path.join(libraryFolder, SERVER_FILE), "utf8"));
  } catch {
    return undefined; // missing, unreadable or cut off: it only helps to say more in a message
  }
  if (typeof json !== "object" || json === null) return undefined;
  const { pid, address } = json as { pid?: unknown; address?: unknown };
  if (!Number.isSafeInteger(pid) || (pid as number) <= 0 || !isProcessAlive(pid as number)) return undefined;
  // A library may have been copied from anywhere: nothing but an address of ours is repeated.
  if (typeof address !== "string" || !/^http:\/\/[\w.:[\]-]{1,260}\/\?token=[\w-]{32}$/.test(address)) return undefined;
  return { pid: pid as number, address };
}
