/**
 * @file What inference looks like to the rest of the engine: tensors, sessions, and a runtime that makes sessions.
 *
 * One interface for every implementation (`node-runtime.ts` for the CPU; others follow), so that nothing above it knows
 * which library computes. Checks that belong to every implementation are here too.
 */

import type { Provider } from "../contract/generation.ts";
import { TachieError } from "../contract/errors.ts";
import { elementCount } from "../graph/onnx.ts";
import type { GraphModel } from "../graph/onnx.ts";

interface TensorData {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int64: BigInt64Array;
  readonly int32: Int32Array;
  readonly uint8: Uint8Array;
  /** 0 or 1 a byte. */
  readonly bool: Uint8Array;
}

export type TensorType = keyof TensorData;

export interface TensorOf<Type extends TensorType> {
  readonly type: Type;
  /** [] for a scalar. */
  readonly dims: readonly number[];
  /** Row-major. */
  readonly data: TensorData[Type];
}

/** A tensor on the host. */
export type Tensor = { readonly [Type in TensorType]: TensorOf<Type> }[TensorType];

export type Tensors = Readonly<Record<string, Tensor>>;

/** What a session wants or gives under a name. */
export interface TensorSlot {
  readonly name: string;
  readonly type: string;
  /** A number is fixed, a name may be anything. */
  readonly dims: readonly (number | string)[];
}

/** A graph that is loaded and ready to compute. Runs follow each other; each blocks its thread while it computes. */
export interface InferenceSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * @throws internal.bug for feeds that do not fit the graph's inputs, or after `release`
   * @throws engine.out-of-memory, engine.run-failed with the runtime's own message
   */
  run(feeds: Tensors): Promise<Tensors>;
  /** Frees the session once the runs under way have ended. May be called again. */
  release(): Promise<void>;
}

export interface SessionOptions {
  /** Fold constants and fuse operators. Off computes the graph exactly as it was written. */
  readonly graphOptimisation: boolean;
  /** Use float32 weights where the file is mapped, instead of packing a private copy. */
  readonly mappedWeights: boolean;
  /** Threads of one operator; the runtime's choice where absent. */
  readonly threads?: number;
  /** Write a profile to this path when the session is released. */
  readonly profile?: string;
}

export interface InferenceRuntime {
  readonly provider: Provider;
  /** Name and version, such as `onnxruntime-node 1.29.0`. */
  readonly version: string;
  /**
   * @throws model.incomplete when a weight file is gone or too short
   * @throws engine.out-of-memory, engine.run-failed with the runtime's own message
   */
  createSession(model: GraphModel, options: SessionOptions): Promise<InferenceSession>;
}

export function float32Tensor(data: Float32Array, dims: readonly number[]): TensorOf<"float32"> {
  return checkTensor("a tensor", { type: "float32", dims, data });
}

export function int64Tensor(values: readonly number[], dims: readonly number[] = [values.length]): TensorOf<"int64"> {
  return checkTensor("a tensor", { type: "int64", dims, data: BigInt64Array.from(values, (value) => BigInt(value)) });
}

/**
 * The output of that name, which must be float32.
 * @throws internal.bug
 */
export function float32Output(outputs: Tensors, name: string): TensorOf<"float32"> {
  const tensor = outputs[name];
  if (tensor?.type === "float32") return tensor;
  throw new TachieError(
    "internal.bug",
    `the session gives no float32 tensor ${name}, but ${list(Object.keys(outputs))}`,
  );
}

/**
 * Those of the tensors that the session has inputs for: a network that is not steered by a pooled vector, say, has graphs
 * without it.
 */
export function wantedBy(session: Pick<InferenceSession, "inputNames">, tensors: Tensors): Tensors {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => session.inputNames.includes(name)));
}

/**
 * Holds feeds against what the graph wants.
 * @throws internal.bug naming the input and both sides
 */
export function checkFeeds(slots: readonly TensorSlot[], feeds: Tensors): void {
  checkNames("input", slots, feeds);
  for (const { name } of slots) checkTensor(name, feeds[name]!);
  checkSlots("input", slots, feeds);
}

/**
 * Holds the types and dimensions of tensors against a graph's inputs or outputs.
 * @throws internal.bug naming the tensor and both sides
 */
export function checkSlots(
  side: "input" | "output",
  slots: readonly TensorSlot[],
  tensors: Readonly<Record<string, Pick<TensorSlot, "type"> & { readonly dims: readonly number[] }>>,
): void {
  checkNames(side, slots, tensors);
  for (const slot of slots) {
    const tensor = tensors[slot.name]!;
    const isRankRight = slot.dims.length === tensor.dims.length;
    const areDimsRight = slot.dims.every((dim, axis) => typeof dim === "string" || dim === tensor.dims[axis]);
    if (tensor.type !== slot.type || !isRankRight || !areDimsRight)
      throw new TachieError(
        "internal.bug",
        `the ${side} ${slot.name} is ${tensor.type} [${tensor.dims.join(", ")}], but the graph wants ${slot.type} [${slot.dims.join(", ")}]`,
        { where: slot.name },
      );
  }
}

function checkNames(side: string, slots: readonly TensorSlot[], tensors: Readonly<Record<string, unknown>>): void {
  for (const name of Object.keys(tensors))
    if (!slots.some((slot) => slot.name === name))
      throw new TachieError(
        "internal.bug",
        `the graph has no ${side} ${name}; it has ${list(slots.map((slot) => slot.name))}`,
        { where: name },
      );
  for (const { name } of slots)
    if (tensors[name] === undefined)
      throw new TachieError("internal.bug", `the ${side} ${name} is missing`, { where: name });
}

function checkTensor<T extends Tensor>(name: string, tensor: T): T {
  const isRight = tensor.dims.every((dim) => Number.isSafeInteger(dim) && dim >= 0);
  if (isRight && elementCount(tensor.dims) === tensor.data.length) return tensor;
  throw new TachieError(
    "internal.bug",
    `${name}: ${tensor.data.length} elements do not fill [${tensor.dims.join(", ")}]`,
    { where: name },
  );
}

function list(names: readonly string[]): string {
  return names.length === 0 ? "none" : names.join(", ");
}
