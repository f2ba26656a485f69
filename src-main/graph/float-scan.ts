/**
 * @file Finds values that are not finite, by their bits, without converting anything.
 */

import type { SafetensorsType } from "./safetensors-types.ts";

/**
 * The first value that is NaN or infinite.
 * @param bytes whole elements, beginning at an address that suits the type
 * @returns its element index, or -1; always -1 for types without such values (integers, BOOL, packed floats)
 */
export function findNonFinite(type: SafetensorsType, bytes: Uint8Array<ArrayBuffer>): number {
  const { buffer, byteOffset, byteLength } = bytes;
  switch (type) {
    case "F32":
    case "C64":
      return findAllOnes(new Uint32Array(buffer, byteOffset, byteLength / 4), 0x7f800000);
    case "BF16":
      return findAllOnes(new Uint16Array(buffer, byteOffset, byteLength / 2), 0x7f80);
    case "F16":
      return findAllOnes(new Uint16Array(buffer, byteOffset, byteLength / 2), 0x7c00);
    case "F64": {
      const words = new Uint32Array(buffer, byteOffset, byteLength / 4);
      for (let i = 1; i < words.length; i += 2) if ((words[i]! & 0x7ff00000) === 0x7ff00000) return (i - 1) / 2;
      return -1;
    }
    case "F8_E5M2":
      return findAllOnes(bytes, 0x7c);
    // No infinities; NaN is all ones but the sign.
    case "F8_E4M3":
      return findAllOnes(bytes, 0x7f);
    // Neither infinities nor negative zero, whose place NaN takes.
    case "F8_E4M3FNUZ":
    case "F8_E5M2FNUZ":
      return bytes.indexOf(0x80);
    case "F8_E8M0":
      return bytes.indexOf(0xff);
    default:
      return -1;
  }
}

/** The first element in which all bits of the mask are set. */
function findAllOnes(elements: Uint8Array | Uint16Array | Uint32Array, mask: number): number {
  for (let i = 0; i < elements.length; i++) if ((elements[i]! & mask) === mask) return i;
  return -1;
}
