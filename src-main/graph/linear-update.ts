/**
 * @file Additions to linear maps, y = x·Wᵀ + scale · x·Δᵀ, as operators beside the map.
 *
 * W stays where it lies in its file: no second copy of the weights, and Δ is never formed, only its factors are. They are
 * embedded in the graph in their own type. Knows maps by name; what they mean and where factors come from, it does not.
 */

import type { NetworkBuilder } from "./onnx-network.ts";
import type { ElementType, Value } from "./onnx-types.ts";

/** A matrix that an addition is made of. */
export interface Factor {
  /** Unique among the factors of a graph. */
  readonly name: string;
  readonly type: ElementType;
  /** [rows, columns] */
  readonly shape: readonly [number, number];
  /** Little-endian, row-major; called once for each graph that the factor is in. */
  readonly read: () => Uint8Array;
}

/** Δ = up · down. */
export interface LowRankDelta {
  readonly kind: "low-rank";
  /** [rank, in] */
  readonly down: Factor;
  /** [out, rank] */
  readonly up: Factor;
}

/** Δ = kron(left, right), each a matrix or the product of two. */
export interface KroneckerDelta {
  readonly kind: "kronecker";
  readonly left: readonly [Factor] | readonly [Factor, Factor];
  readonly right: readonly [Factor] | readonly [Factor, Factor];
}

export type LinearDelta = LowRankDelta | KroneckerDelta;

/** Rows [start, end) of a weight, which are columns of its map's output. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

export interface LinearUpdate {
  readonly delta: LinearDelta;
  readonly scale: number;
  /** The rows of the map that Δ is for; all where absent. Ranges of one map are equal or apart. */
  readonly into?: RowRange | undefined;
  /** The rows of Δ that are for this map; all where absent. */
  readonly from?: RowRange | undefined;
}

/** By the name of the map, without `.weight`. */
export type LinearUpdates = ReadonlyMap<string, readonly LinearUpdate[]>;

/** Writes the additions to the maps of one graph. What several maps share is computed once. */
export class LinearUpdater {
  readonly #network: NetworkBuilder;
  readonly #updates: LinearUpdates;
  readonly #factors = new Map<Factor, Value>();
  readonly #converted = new Map<string, Value>();
  /** What was computed from an input, by the factor or delta that it was computed with. */
  readonly #products = new Map<object, Map<Value, Value>>();

  constructor(network: NetworkBuilder, updates: LinearUpdates) {
    this.#network = network;
    this.#updates = updates;
  }

  /**
   * y with all that is to be added to the map of that name.
   * @param x [rows, in]
   * @param y [rows, out]
   */
  add(name: string, x: Value, y: Value, out: number): Value {
    const updates = this.#updates.get(name) ?? [];
    const whole = updates.filter(({ into }) => into === undefined);
    const sum = whole.reduce((total, update) => this.#addOne(x, total, update), y);
    const cuts = new Set([
      0,
      out,
      ...updates.flatMap(({ into }) => (into === undefined ? [] : [into.start, into.end])),
    ]);
    if (cuts.size === 2 && whole.length === updates.length) return sum;
    const bounds = [...cuts].sort((a, b) => a - b);
    const sizes = bounds.slice(1).map((bound, index) => bound - (bounds[index] ?? 0));
    const pieces = this.#network
      .split(sum, sizes, 1)
      .map((piece, index) =>
        updates
          .filter(({ into }) => into !== undefined && into.start === bounds[index] && into.end === bounds[index + 1])
          .reduce((total, update) => this.#addOne(x, total, update), piece),
      );
    return this.#network.concat(pieces, 1);
  }

  #addOne(x: Value, y: Value, { delta, scale, from }: LinearUpdate): Value {
    const network = this.#network;
    if (delta.kind === "low-rank") {
      const up = this.#factor(delta.up, y.type);
      const rows = from === undefined ? up : network.rows(up, index(network, from.start), index(network, from.end));
      const inner = this.#once(delta.down, x, () => network.product(x, this.#factor(delta.down, x.type)));
      return network.product(inner, rows, y, scale);
    }
    const all = this.#once(delta, x, () => this.#kronecker(x, delta));
    const axis = index(network, 1);
    const wanted =
      from === undefined
        ? all
        : network.node("Slice", [all, index(network, from.start), index(network, from.end), axis]);
    return network.add(y, network.multiply(wanted, network.scalar(wanted.type, scale)));
  }

  /** x · kron(left, right)ᵀ: over the inner blocks of x first, then over the blocks themselves. */
  #kronecker(x: Value, { left, right }: KroneckerDelta): Value {
    const network = this.#network;
    const [leftRows, leftColumns] = productShape(left);
    const [rightRows, rightColumns] = productShape(right);
    let inner = network.reshape(x, [-1, rightColumns]);
    for (const factor of right.toReversed()) inner = network.product(inner, this.#factor(factor, x.type));
    let blocks = network.reshape(inner, [-1, leftColumns, rightRows]);
    for (const factor of left.toReversed()) blocks = network.node("MatMul", [this.#factor(factor, x.type), blocks]);
    return network.reshape(blocks, [-1, leftRows * rightRows]);
  }

  /** In the type that its map computes in. */
  #factor(factor: Factor, computeType: ElementType): Value {
    const { name, type, shape, read } = factor;
    const stored = this.#factors.get(factor) ?? this.#network.embedded(name, type, shape, read());
    this.#factors.set(factor, stored);
    const key = `${computeType} ${stored.name}`;
    const value = this.#converted.get(key) ?? this.#network.cast(stored, computeType);
    this.#converted.set(key, value);
    return value;
  }

  #once(owner: object, x: Value, compute: () => Value): Value {
    const products = this.#products.get(owner) ?? new Map<Value, Value>();
    this.#products.set(owner, products);
    const value = products.get(x) ?? compute();
    products.set(x, value);
    return value;
  }
}

function index(network: NetworkBuilder, value: number): Value {
  return network.list("int64", [value]);
}

/** [rows, columns] of a matrix that is given as itself or as two factors. */
export function productShape(factors: KroneckerDelta["left"]): readonly [number, number] {
  return [factors[0].shape[0], (factors[1] ?? factors[0]).shape[1]];
}
