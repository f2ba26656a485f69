/**
 * @file Opens a picture's file for sending, once, and looks at what was opened: a link, a pipe, a device or anything that is
 * not a picture of a known type is none, whatever the library says of it.
 */

import { constants } from "node:fs";
import { lstat, open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

export interface OpenPicture {
  readonly handle: FileHandle;
  readonly type: string;
  readonly sizeBytes: number;
  /** Changes when the file does. */
  readonly version: string;
}

const SIGNATURES: readonly (readonly [type: string, start: RegExp])[] = [
  ["image/png", /^\x89PNG\r\n\x1a\n/],
  ["image/jpeg", /^\xff\xd8\xff/],
  ["image/webp", /^RIFF.{4}WEBP/s],
];
const SIGNATURE_BYTES = 12;
/** Windows knows no other flags, hence the look before. */
const FLAGS =
  process.platform === "win32" ? constants.O_RDONLY : constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK; // a pipe without a writer would hang

/** @returns undefined where there is no such picture; the handle is the caller's to close */
export async function openPicture(file: string): Promise<OpenPicture | undefined> {
  let handle: FileHandle | undefined;
  let picture: OpenPicture | undefined;
  try {
    if (!(await lstat(file)).isFile()) return undefined;
    handle = await open(file, FLAGS);
    const stat = await handle.stat();
    const type = stat.isFile() ? await typeOf(handle) : undefined;
    if (type === undefined) return undefined;
    const version = `${stat.size.toString(36)}-${Math.round(stat.mtimeMs).toString(36)}`;
    picture = { handle, type, sizeBytes: stat.size, version };
    return picture;
  } catch (error) {
    // Missing, unreadable, a link after all: there is no such picture for us.
    if (typeof (error as NodeJS.ErrnoException).code === "string") return undefined;
    throw error;
  } finally {
    if (picture === undefined) await handle?.close();
  }
}

async function typeOf(handle: FileHandle): Promise<string | undefined> {
  const start = Buffer.alloc(SIGNATURE_BYTES);
  const { bytesRead } = await handle.read(start, 0, start.length, 0);
  return pictureType(start.subarray(0, bytesRead));
}

/** By how the bytes begin; undefined for what is no picture. */
export function pictureType(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.subarray(0, SIGNATURE_BYTES)).toString("latin1");
  return SIGNATURES.find(([, signature]) => signature.test(text))?.[0];
}
