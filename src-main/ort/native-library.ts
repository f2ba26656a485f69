/** @file Loads native libraries for good. */

import koffi from "koffi";
import type { LibraryHandle } from "koffi";

/**
 * koffi unloads a library when its handle is collected as garbage, although functions found by pointer, or other
 * libraries, still lie in it or need it: the next call would jump to nowhere.
 */
const held = new Map<string | null, LibraryHandle>();

/**
 * @param file null for what is loaded already, the C library among it
 * @throws koffi's own error where it cannot be loaded
 */
export function loadLibrary(file: string | null): LibraryHandle {
  const library = held.get(file) ?? koffi.load(file);
  held.set(file, library);
  return library;
}
