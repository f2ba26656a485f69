/**
 * @file Copies between JavaScript's arrays and memory that only has an address. Copies, since Electron forbids arrays over
 * foreign memory.
 */

import koffi from "koffi";
import { TachieError } from "../contract/errors.ts";
import { loadLibrary } from "./native-library.ts";

const VOID_POINTER = koffi.pointer(koffi.types.void);
const memcpy = loadLibrary(process.platform === "win32" ? "msvcrt.dll" : null).func("memcpy", VOID_POINTER, [
  VOID_POINTER,
  VOID_POINTER,
  koffi.types.size_t,
]);

export function writeMemory(address: bigint, data: Uint8Array): void {
  if (data.length > 0) memcpy(address, data, data.length);
}

/** Fills `data`, or its first `sizeBytes` bytes. */
export function readMemory(data: Uint8Array, address: bigint, sizeBytes = data.length): void {
  if (sizeBytes > data.length)
    throw new TachieError("internal.bug", `${sizeBytes} bytes do not fit into ${data.length}`);
  if (sizeBytes > 0) memcpy(data, address, sizeBytes);
}

/** The bytes of any typed array, without a copy. */
export function bytesOf(array: ArrayBufferView): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
