/**
 * @file A file of reference values: weights under `w.`, and cases, each a group of tensors under a name of its own
 * (`pair.x`, `pair.out`); tensors without a dot are a case without a name.
 */

import { TachieError } from "../contract/errors.ts";
import { openCheckpoint } from "../graph/checkpoint.ts";
import type { Checkpoint } from "../graph/checkpoint.ts";
import { openSafetensors, readBigIntegers, readFloats } from "../graph/safetensors.ts";
import type { SafetensorsFile, SafetensorsType } from "../graph/safetensors.ts";

export const WEIGHTS_PREFIX = "w.";

/** Every field that a case of any network may have. */
const FIELD =
  /^(x|t|z|out|mean|logvar|noise|cap_feats|cap_mask|clip_text_pooled|input_ids|attention_mask|pooled|states|hidden_minus2|last_hidden_state|out_scale.+|\w+_points.+)$/;

const FLOATS: ReadonlySet<SafetensorsType> = new Set(["F64", "F32", "F16", "BF16"]);

export interface ReferenceTensor {
  /** As in the file. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** The tensors of one case. Those of integers are read as numbers too. */
export class ReferenceCase {
  /** "" for tensors without a dot. */
  readonly name: string;
  readonly #file: SafetensorsFile;
  readonly #tensorNames: ReadonlyMap<string, string>;

  constructor(file: SafetensorsFile, name: string, tensorNames: ReadonlyMap<string, string>) {
    this.#file = file;
    this.name = name;
    this.#tensorNames = tensorNames;
  }

  get fields(): readonly string[] {
    return [...this.#tensorNames.keys()];
  }

  has(...fields: readonly string[]): boolean {
    return fields.every((field) => this.#tensorNames.has(field));
  }

  /** For messages: `pair.out`. */
  label(field: string): string {
    return this.name === "" ? field : `${this.name}.${field}`;
  }

  /** @throws parity.no-case naming the field that is missing; model.mismatch for an unexpected number of axes */
  tensor(field: string, axes?: number): ReferenceTensor {
    const name = this.#tensorNames.get(field);
    const { path } = this.#file;
    if (name === undefined)
      throw new TachieError("parity.no-case", `${path}: the case ${this.name || "without a name"} lacks ${field}`, {
        where: path,
      });
    const info = this.#file.tensors.get(name);
    const shape = info?.shape ?? [];
    if (axes !== undefined && shape.length !== axes)
      throw new TachieError(
        "model.mismatch",
        `${path}: ${name} has the shape [${shape.join(", ")}], but ${axes} axes are expected`,
        { where: `${path}: ${name}` },
      );
    const isFloat = info !== undefined && FLOATS.has(info.type);
    const data = isFloat
      ? readFloats(this.#file, name)
      : Float32Array.from(readBigIntegers(this.#file, name), (value) => Number(value));
    return { name, shape, data };
  }

  /** Whole numbers, exactly. */
  integers(field: string, axes: number): { readonly shape: readonly number[]; readonly data: readonly number[] } {
    const { shape } = this.tensor(field, axes);
    const name = this.#tensorNames.get(field) ?? field;
    return { shape, data: readBigIntegers(this.#file, name).map(Number) };
  }
}

export interface ReferenceFile {
  readonly path: string;
  readonly checkpoint: Checkpoint;
  readonly cases: readonly ReferenceCase[];
}

/** @throws safetensors.invalid, file.*; parity.no-case where there are no weights or nothing else */
export function openReferenceFile(path: string): ReferenceFile {
  const file = openSafetensors(path);
  const checkpoint = openCheckpoint(path, { prefix: WEIGHTS_PREFIX });
  const groups = new Map<string, Map<string, string>>();
  for (const name of file.tensors.keys()) {
    if (name.startsWith(WEIGHTS_PREFIX)) continue;
    const { group, field } = splitName(name);
    const fields = groups.get(group) ?? new Map<string, string>();
    fields.set(field, name);
    groups.set(group, fields);
  }
  const hasWeights = [...checkpoint.names()].length > 0;
  if (!hasWeights || groups.size === 0)
    throw new TachieError(
      "parity.no-case",
      hasWeights
        ? `${path} holds weights, but no inputs and expected outputs`
        : `${path} holds no weights under ${WEIGHTS_PREFIX}`,
      { where: path },
    );
  return { path, checkpoint, cases: [...groups].map(([name, fields]) => new ReferenceCase(file, name, fields)) };
}

/** The first field that a name may end in decides; a case's own name may have dots, as numbers in a field have. */
function splitName(name: string): { readonly group: string; readonly field: string } {
  const parts = name.split(".");
  const start = parts.findIndex((_, index) => FIELD.test(parts.slice(index).join(".")));
  const split = start >= 0 ? start : Math.min(1, parts.length - 1);
  return { group: parts.slice(0, split).join("."), field: parts.slice(split).join(".") };
}

/** @throws model.mismatch where the case has the field and its axis is not as long as the network wants it */
export function requireAxis(reference: ReferenceCase, field: string, axis: number, length: number): void {
  if (!reference.has(field)) return;
  const { name, shape } = reference.tensor(field);
  if (shape[axis] === length) return;
  throw new TachieError(
    "model.mismatch",
    `${name} has the shape [${shape.join(", ")}], but the network wants ${length} on axis ${axis}`,
    { where: name },
  );
}

/** Samples of a batch, which the first axis counts. */
export function batchSize({ shape }: ReferenceTensor): number {
  return shape[0] ?? 0;
}

/** Row `index` of a batch. @throws parity.no-case where there is no such row */
export function batchRow({ name, shape, data }: ReferenceTensor, index: number): Float32Array {
  const count = shape[0] ?? 0;
  if (index >= count)
    throw new TachieError("parity.no-case", `${name} has the shape [${shape.join(", ")}], so no row ${index}`, {
      where: name,
    });
  const length = data.length / count;
  return data.subarray(index * length, (index + 1) * length);
}

/** Row `index`, or the only row, which then serves all samples. */
export function sharedRow(tensor: ReferenceTensor, index: number): Float32Array {
  return batchRow(tensor, batchSize(tensor) === 1 ? 0 : index);
}

/** The rows of a matrix whose mark is not 0. @param width columns of the matrix */
export function markedRows(matrix: Float32Array, width: number, marks: ArrayLike<number>): Float32Array {
  const rows = Array.from(marks, (mark, row) => (mark === 0 ? undefined : row)).filter((row) => row !== undefined);
  const picked = new Float32Array(rows.length * width);
  for (const [index, row] of rows.entries()) picked.set(matrix.subarray(row * width, (row + 1) * width), index * width);
  return picked;
}
