/** @file Whether a file is still the one that was read, without reading it. */

import { statSync } from "node:fs";

/**
 * Equal for equal states. The time of the last change of status is part of it, which a program cannot set back.
 * @returns undefined for what is no file, or not there
 */
export function fileStamp(file: string): string | undefined {
  const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
  if (stat?.isFile() !== true) return undefined;
  return [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(":");
}
