/**
 * @file Operating-system errors as typed errors: the one place of the studio where an errno becomes a code.
 * Anything that is not an operating-system error passes through as it is, because it is a bug and must stay visible.
 */

import { TachieError } from "../../contract/errors.ts";

const FULL = new Set(["ENOSPC", "EDQUOT"]);
/** What fsync of a folder says on file systems that do not know it, some network ones among them. */
export const CANNOT_SYNC_FOLDER: ReadonlySet<string> = new Set(["EINVAL", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"]);

/** The errno's name, such as `ENOSPC`; undefined for anything else that was thrown. */
export function errnoOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return error instanceof Error && typeof code === "string" && /^E[A-Z0-9]+$/.test(code) ? code : undefined;
}

/**
 * @param doing what failed, such as "the picture could not be saved"
 * @returns disk.full, library.read-only (a file system mounted read-only), file.exists or file.unwritable
 */
export function writingError(error: unknown, path: string, doing: string): unknown {
  const errno = errnoOf(error);
  if (error instanceof TachieError || errno === undefined) return error;
  const options = { where: path, cause: error };
  if (FULL.has(errno))
    return new TachieError("disk.full", `${doing}: no space is left for ${path} (${errno})`, options);
  if (errno === "EROFS")
    return new TachieError("library.read-only", `${doing}: ${path} is on a read-only file system (EROFS)`, options);
  if (errno === "EEXIST") return new TachieError("file.exists", `${doing}: ${path} exists already`, options);
  return new TachieError("file.unwritable", `${doing}: ${path} (${errno})`, options);
}

/** @returns file.not-found or file.unreadable */
export function readingError(error: unknown, path: string): unknown {
  const errno = errnoOf(error);
  if (error instanceof TachieError || errno === undefined) return error;
  const options = { where: path, cause: error };
  if (errno === "ENOENT") return new TachieError("file.not-found", `${path} does not exist`, options);
  return new TachieError("file.unreadable", `${path} cannot be read (${errno})`, options);
}
