/**
 * @file Takes an adapter's file in pieces, from pages that have its bytes but no path to it. It becomes visible in the folder
 * as a whole, once its header has been looked at.
 */

import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { open } from "node:fs/promises";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import type { LoraFile, LoraPiece } from "../../contract/loras.ts";
import { syncFolder } from "../../graph/atomic-file.ts";
import { writingError } from "../../graph/file-errors.ts";
import { checkSpace, freeBytesOf } from "../models/free-space.ts";
import { inspectLora } from "./inspect-lora.ts";
import { requireReady } from "./lora-shelf.ts";

const SUFFIX = ".part";
const ABANDONED_MS = 24 * 3600 * 1000;
/** Names that Windows keeps for devices, and what no file system of ours takes everywhere. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const UNFIT = /[\p{Cc}<>:"/\\|?*]|^\.|[. ]$/u;
const MAX_NAME = 180;

/** Whether it can be the name of a file in the folder. */
export function isLoraFileName(name: unknown): name is string {
  if (typeof name !== "string" || name.length > MAX_NAME || !name.isWellFormed()) return false;
  return /.\.safetensors$/i.test(name) && !UNFIT.test(name) && !RESERVED.test(name);
}

/**
 * @returns how much has come, and the file once it is whole
 * @throws disk.full, file.unwritable; model.unsupported for what is no adapter for us: then nothing stays
 */
export async function receiveLora(
  folder: string,
  { name, position, totalBytes, bytes }: LoraPiece,
): Promise<{ readonly receivedBytes: number; readonly file?: string }> {
  const part = path.join(folder, `.${name}${SUFFIX}`);
  try {
    mkdirSync(folder, { recursive: true });
    if (position === 0) {
      sweepParts(folder);
      checkSpace(totalBytes, await freeBytesOf(folder), folder);
    }
    const receivedBytes = await append(part, position, bytes);
    if (receivedBytes < totalBytes) return { receivedBytes };
    const file = freeFile(folder, name);
    requireUsable(part, file);
    renameSync(part, file);
    syncFolder(folder);
    return { receivedBytes, file };
  } catch (error) {
    throw writingError(error, part);
  }
}

/** Pieces of files whose sender has gone for good. */
function sweepParts(folder: string): void {
  for (const name of readdirSync(folder)) {
    const part = path.join(folder, name);
    if (!name.startsWith(".") || !name.endsWith(SUFFIX)) continue;
    const touchedAt = statSync(part, { throwIfNoEntry: false })?.mtimeMs ?? Infinity;
    if (Date.now() - touchedAt > ABANDONED_MS) rmSync(part, { force: true });
  }
}

async function append(part: string, position: number, bytes: Uint8Array): Promise<number> {
  const present = position === 0 ? 0 : (statSync(part, { throwIfNoEntry: false })?.size ?? 0);
  if (present !== position)
    throw new TachieError("wire.invalid", `sendLora: position must be ${present}`, { where: "sendLora: position" });
  const handle = await open(part, position === 0 ? "w" : "r+");
  try {
    await handle.write(bytes, 0, bytes.length, position);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return position + bytes.length;
}

function requireUsable(part: string, file: string): void {
  const lora: LoraFile = inspectLora(part, "folder", statSync(part).size);
  try {
    requireReady({ ...lora, file, problem: lora.problem?.replaceAll(part, file) ?? "" });
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

/** The name itself, or with a number where there is such a file already. */
function freeFile(folder: string, name: string): string {
  const { name: stem, ext } = path.parse(name);
  let file = path.join(folder, name);
  for (let number = 2; existsSync(file); number++) file = path.join(folder, `${stem}-${number}${ext}`);
  return file;
}
