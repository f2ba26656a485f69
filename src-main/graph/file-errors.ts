/**
 * @file Operating-system errors of reading and writing weights, as typed errors. Nothing else may be hidden behind them.
 */

import { TachieError } from "../contract/errors.ts";

function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** @returns file.not-found or file.unreadable; what is not an operating-system error is returned as it is. */
export function readingError(error: unknown, path: string): unknown {
  const errno = errnoOf(error);
  if (error instanceof TachieError || errno === undefined || !/^E[A-Z0-9]+$/.test(errno)) return error;
  if (errno === "ENOENT" || errno === "ENOTDIR")
    return new TachieError("file.not-found", `${path} does not exist`, { where: path, cause: error });
  return new TachieError("file.unreadable", `${path} cannot be read (${errno})`, { where: path, cause: error });
}

/** @returns disk.full, file.exists or file.unwritable; what is not an operating-system error is returned as it is. */
export function writingError(error: unknown, path: string): unknown {
  const errno = errnoOf(error);
  if (error instanceof TachieError || errno === undefined || !/^E[A-Z0-9]+$/.test(errno)) return error;
  if (errno === "ENOSPC" || errno === "EDQUOT")
    return new TachieError("disk.full", `${path} cannot be written: the disk is full (${errno})`, {
      where: path,
      cause: error,
    });
  if (errno === "EEXIST")
    return new TachieError("file.exists", `${path} exists already`, { where: path, cause: error });
  return new TachieError("file.unwritable", `${path} cannot be written (${errno})`, { where: path, cause: error });
}
