/**
 * @file The element types of the safetensors format and what the rest of the program needs to know about them.
 *
 * One frozen table; the names are the format's own.
 */

/** Bits of one element. Types below a byte are packed; a tensor of them must still end on a whole byte. */
export const SAFETENSORS_TYPE_BITS = Object.freeze({
  BOOL: 8,
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  U8: 8,
  I8: 8,
  F8_E5M2: 8,
  F8_E4M3: 8,
  F8_E8M0: 8,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  I16: 16,
  U16: 16,
  F16: 16,
  BF16: 16,
  I32: 32,
  U32: 32,
  F32: 32,
  C64: 64,
  F64: 64,
  I64: 64,
  U64: 64,
});

export type SafetensorsType = keyof typeof SAFETENSORS_TYPE_BITS;

export function isSafetensorsType(value: unknown): value is SafetensorsType {
  return typeof value === "string" && Object.hasOwn(SAFETENSORS_TYPE_BITS, value);
}

/** One tensor of a file: where its bytes lie and what they mean. Row-major, little-endian. */
export interface TensorInfo {
  readonly name: string;
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  /** Position of the first byte in the file, bytes. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

/**
 * The bytes that a tensor of this type and shape takes.
 * @returns undefined where the number of elements or bits is 2^53 or more, or where the last byte would be a part of one.
 */
export function tensorByteLength(type: SafetensorsType, shape: readonly number[]): number | undefined {
  const elements = elementCount(shape);
  if (elements === undefined) return undefined;
  const bits = elements * SAFETENSORS_TYPE_BITS[type];
  return Number.isSafeInteger(bits) && bits % 8 === 0 ? bits / 8 : undefined;
}

/** The product of the dimensions, 1 for a scalar; undefined as soon as it passes 2^53 on the way. */
export function elementCount(shape: readonly number[]): number | undefined {
  let count = 1;
  for (const dimension of shape) {
    count *= dimension;
    if (!Number.isSafeInteger(count)) return undefined;
  }
  return count;
}
