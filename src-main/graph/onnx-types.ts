/**
 * @file Element types, values, dimensions and attributes of ONNX graphs, with the numbers that the format gives them.
 */

import { TachieError } from "../contract/errors.ts";

/** Code of the type in ONNX (`TensorProto.DataType`) and size of an element in bytes. */
const ELEMENT_TYPES = {
  float32: { code: 1, bytes: 4 },
  uint8: { code: 2, bytes: 1 },
  int8: { code: 3, bytes: 1 },
  uint16: { code: 4, bytes: 2 },
  int16: { code: 5, bytes: 2 },
  int32: { code: 6, bytes: 4 },
  int64: { code: 7, bytes: 8 },
  bool: { code: 9, bytes: 1 },
  float16: { code: 10, bytes: 2 },
  float64: { code: 11, bytes: 8 },
  uint32: { code: 12, bytes: 4 },
  uint64: { code: 13, bytes: 8 },
  bfloat16: { code: 16, bytes: 2 },
  float8e4m3fn: { code: 17, bytes: 1 },
  float8e5m2: { code: 19, bytes: 1 },
} as const;

export type ElementType = keyof typeof ELEMENT_TYPES;

export function elementTypeCode(type: ElementType): number {
  return ELEMENT_TYPES[type].code;
}

export function elementBytes(type: ElementType): number {
  return ELEMENT_TYPES[type].bytes;
}

const TYPES_BY_CODE: ReadonlyMap<number, ElementType> = new Map(
  Object.entries(ELEMENT_TYPES).map(([type, { code }]) => [code, type as ElementType]),
);

/** Undefined for a type that graphs here never have, such as texts. */
export function elementTypeOfCode(code: number): ElementType | undefined {
  return TYPES_BY_CODE.get(code);
}

/** A tensor inside a graph. Made by a `GraphBuilder`, good in that builder only. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
}

/** A size known now, or the name of one that every run may choose anew. */
export type Dimension = number | string;

/**
 * A plain number is an integer attribute, a plain array a list of integers, a string a text; the others say what they
 * are, since 1 and 1.0 are the same in JavaScript but not in ONNX.
 */
export type Attribute =
  | number
  | readonly number[]
  | string
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "floats"; readonly values: readonly number[] }
  | { readonly kind: "texts"; readonly values: readonly string[] }
  | {
      readonly kind: "tensor";
      readonly type: ElementType;
      readonly dims: readonly number[];
      readonly data: Uint8Array;
    };

export type Attributes = Readonly<Record<string, Attribute>>;

export function float(value: number): Attribute {
  return { kind: "float", value };
}

export function floats(values: readonly number[]): Attribute {
  return { kind: "floats", values };
}

/** The number of elements of a tensor; 1 for a scalar. */
export function elementCount(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/**
 * Little-endian bytes of numbers in a type. Rounds to the nearest, ties to even.
 * @throws internal.bug for a type that is not written from numbers here
 */
export function encodeNumbers(type: ElementType, values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * elementBytes(type));
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    switch (type) {
      case "float32": {
        view.setFloat32(index * 4, value, true);
        return;
      }
      case "float64": {
        view.setFloat64(index * 8, value, true);
        return;
      }
      case "bfloat16": {
        view.setUint16(index * 2, bfloat16Bits(value), true);
        return;
      }
      case "int64": {
        view.setBigInt64(index * 8, BigInt(value), true);
        return;
      }
      case "int32": {
        view.setInt32(index * 4, value, true);
        return;
      }
      case "uint8":
      case "bool": {
        view.setUint8(index, value);
        return;
      }
      default:
        throw new TachieError("internal.bug", `constants of type ${type} are not supported`);
    }
  });
  return bytes;
}

function bfloat16Bits(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  const bits = view.getUint32(0);
  if (Number.isNaN(value)) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}
