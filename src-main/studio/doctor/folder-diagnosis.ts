/** @file Whether a folder of ours can be written to, and how much its disk still takes, without changing anything. */

import { accessSync, constants, existsSync, statSync } from "node:fs";
import path from "node:path";
import type { FolderDiagnosis } from "../../contract/doctor.ts";
import { TachieError, isTachieError, toErrorData } from "../../contract/errors.ts";
import { refuseLostLink } from "../../graph/make-folders.ts";
import { freeBytesOf } from "../models/free-space.ts";

/** Less than this is too little for a few pictures and the database's own needs. */
const LEAST_FREE_BYTES = 100e6;

/** @param folder absolute; where it does not exist yet, what counts is the nearest folder above it that does */
export async function diagnoseFolder(folder: string): Promise<FolderDiagnosis> {
  const exists = existsSync(folder);
  try {
    const nearest = nearestFolder(folder);
    requireWritable(nearest, folder);
    const freeBytes = await freeBytesOf(nearest);
    if (freeBytes >= LEAST_FREE_BYTES) return { folder, exists, freeBytes };
    const problem = new TachieError("disk.full", `the disk of ${folder} is full`, { where: folder });
    return { folder, exists, freeBytes, problem: toErrorData(problem) };
  } catch (error) {
    if (!isTachieError(error)) throw error;
    return { folder, exists, problem: toErrorData(error) };
  }
}

/** @throws file.unwritable where a file or a link to nowhere is in the way */
function nearestFolder(folder: string): string {
  for (let current = folder; ; current = path.dirname(current)) {
    refuseLostLink(current);
    const stats = statSync(current, { throwIfNoEntry: false });
    if (stats?.isDirectory() === true) return current;
    if (stats !== undefined) throw unwritable(folder, `${current} is a file`);
    if (current === path.dirname(current)) throw unwritable(folder, `${current} does not exist`);
  }
}

function requireWritable(nearest: string, folder: string): void {
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw unwritable(folder, `${nearest} may not be written to`, cause);
  }
}

function unwritable(folder: string, reason: string, cause?: unknown): TachieError {
  return new TachieError("file.unwritable", `${folder} cannot be used: ${reason}`, { where: folder, cause });
}
