/** @file Reads files one after the other while those before them are being worked on. */

import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { TachieError } from "../../contract/errors.ts";
import { readingError } from "../files/file-errors.ts";
import type { FoundPng } from "./find-pngs.ts";

export interface ReadPng {
  readonly png: FoundPng;
  readonly content: PngContent | { readonly error: unknown };
}

export interface PngContent {
  readonly bytes: Buffer;
  /** SHA-256 of the bytes. */
  readonly sum: Buffer;
}

/** Files that are being read at the same time. */
const AHEAD = 4;
/** As large as a PNG that the window takes. */
const MAX_FILE_BYTES = 256 << 20;

/** In the order of `files`. */
export async function* readAhead(files: readonly FoundPng[]): AsyncGenerator<ReadPng> {
  const reading: Promise<ReadPng>[] = [];
  let next = 0;
  for (;;) {
    for (; reading.length < AHEAD && next < files.length; next++) {
      const png = files[next];
      if (png !== undefined) reading.push(read(png));
    }
    const first = reading.shift();
    if (first === undefined) return;
    yield await first;
  }
}

/** @throws what reading failed with: file.not-found, file.unreadable, image.invalid for what is too large to be a picture */
export function requireRead(content: ReadPng["content"]): PngContent {
  if ("error" in content) throw content.error;
  return content;
}

async function read(png: FoundPng): Promise<ReadPng> {
  try {
    const bytes = await readWhole(png.file);
    return { png, content: { bytes, sum: createHash("sha256").update(bytes).digest() } };
  } catch (error) {
    return { png, content: { error } };
  }
}

/** In one call to the system, where `readFile` makes many small ones. */
async function readWhole(file: string): Promise<Buffer> {
  try {
    const handle = await open(file, "r");
    try {
      const { size } = await handle.stat();
      if (size > MAX_FILE_BYTES)
        throw new TachieError("image.invalid", `${file} is larger than ${MAX_FILE_BYTES >> 20} MiB`, { where: file });
      const bytes = Buffer.allocUnsafeSlow(size);
      for (let done = 0; done < size;) {
        const { bytesRead } = await handle.read(bytes, done, size - done, done);
        if (bytesRead === 0)
          throw new TachieError("file.unreadable", `${file} ended while it was read`, { where: file });
        done += bytesRead;
      }
      return bytes;
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw readingError(error, file);
  }
}
