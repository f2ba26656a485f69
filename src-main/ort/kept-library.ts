/**
 * @file Libraries that stay loaded. koffi unloads one when its handle is collected, whatever pointers into it are still held.
 */

import koffi from "koffi";
import type { LibraryHandle } from "koffi";

const kept = new Map<string | null, LibraryHandle>();

/**
 * The library at that path, for as long as the process runs; null for the process itself.
 * @param isShared whether libraries that are loaded later see its symbols
 * @throws whatever the system's loader says
 */
export function keptLibrary(file: string | null, isShared = false): LibraryHandle {
  const known = kept.get(file);
  if (known !== undefined) return known;
  const library = koffi.load(file, { global: isShared });
  kept.set(file, library);
  return library;
}
