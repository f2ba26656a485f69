/** @file Reads a prompt's text from a file or from standard input, and refuses what is no text. */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { TachieError, isTachieError } from "../contract/errors.ts";
import { decodePrompt } from "../prompt/index.ts";

export interface PromptSource {
  readonly text: string;
  /** For messages: the file, or `standard input`. */
  readonly name: string;
}

/** Far over the limit of prompts, which is for the reader of prompts to enforce; a film must not be read to its end. */
const MAX_BYTES = 4 * 1024 * 1024;
const STANDARD_INPUT = "standard input";

/**
 * @param file a path, `-` for standard input, or undefined for standard input where something is piped into it
 * @throws usage.invalid where nothing is given; file.not-found, file.unreadable; prompt.too-large; prompt.malformed for
 * bytes that are not text
 */
export async function readPromptSource(file: string | undefined): Promise<PromptSource> {
  if (file === undefined && process.stdin.isTTY)
    throw new TachieError("usage.invalid", "no prompt is given", {
      remedy: "Name a file, such as assets/examples/duet.xml, or pipe the prompt in.",
    });
  if (file === undefined || file === "-")
    return { text: decodeText(await readInput(), STANDARD_INPUT), name: STANDARD_INPUT };
  return { text: decodeText(readBytes(file), file), name: file };
}

async function readInput(): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length > MAX_BYTES) throw tooLarge(STANDARD_INPUT);
  }
  return Buffer.concat(chunks);
}

function readBytes(file: string): Buffer {
  let handle: number | undefined;
  try {
    handle = openSync(file, "r");
    const stat = fstatSync(handle);
    if (stat.isDirectory()) throw new TachieError("file.unreadable", `${file} is a folder`, { where: file });
    const chunks: Buffer[] = [];
    for (let length = 0; ;) {
      const chunk = Buffer.alloc(256 * 1024);
      const read = readSync(handle, chunk);
      if (read === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, read));
      length += read;
      if (length > MAX_BYTES) throw tooLarge(file);
    }
  } catch (cause) {
    if (cause instanceof TachieError) throw cause;
    const isMissing = ["ENOENT", "ENOTDIR"].includes((cause as NodeJS.ErrnoException).code ?? "");
    if (isMissing) throw new TachieError("file.not-found", `there is no file ${file}`, { where: file, cause });
    throw new TachieError("file.unreadable", `${file} cannot be read: ${(cause as Error).message}`, {
      where: file,
      cause,
    });
  } finally {
    if (handle !== undefined) closeSync(handle);
  }
}

/** Errors of the decoder know line and column, but not which file it was. */
function decodeText(bytes: Uint8Array, name: string): string {
  try {
    return decodePrompt(bytes);
  } catch (error) {
    if (!isTachieError(error)) throw error;
    const where = error.where === undefined ? name : `${name}:${error.where}`;
    throw new TachieError(error.code, `${name}: ${error.message}`, { where, cause: error });
  }
}

function tooLarge(name: string): TachieError {
  return new TachieError("prompt.too-large", `${name} is larger than ${MAX_BYTES / 1024 / 1024} MiB`, { where: name });
}
