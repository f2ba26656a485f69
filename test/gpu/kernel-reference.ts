/**
 * @file What our kernels compute, in plain float64: the other side of every comparison.
 *
 * Inputs are taken as they are stored, so a caller that compares bfloat16 passes values that bfloat16 holds.
 */

export type Numbers = Float32Array | Float64Array;

/** silu(gate) * up. */
export function swiGlu(gate: Numbers, up: Numbers): Float64Array {
  return Float64Array.from(gate, (value, index) => (value / (1 + Math.exp(-value))) * up[index]!);
}

/** v / sqrt(mean(v²) + epsilon) * scale by rows of scale's length. */
export function normModulate(x: Numbers, scale: Numbers, epsilon: number): Float64Array {
  return byRows(x, scale.length, (row) => {
    const inverse = 1 / Math.sqrt(meanSquare(row) + epsilon);
    return row.map((value, index) => value * inverse * scale[index]!);
  });
}

export function layerNormScale(x: Numbers, scale: Numbers, epsilon: number): Float64Array {
  return byRows(x, scale.length, (row) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    const centred = row.map((value) => value - mean);
    const inverse = 1 / Math.sqrt(meanSquare(centred) + epsilon);
    return centred.map((value, index) => value * inverse * scale[index]!);
  });
}

export function residualNorm(
  tensors: { x: Numbers; y: Numbers; gate: Numbers; scale: Numbers },
  epsilon: number,
): { sum: Float64Array; normed: Float64Array } {
  const { x, y, gate, scale } = tensors;
  const sum = normModulate(y, gate, epsilon).map((value, index) => x[index]! + value);
  return { sum, normed: normModulate(sum, scale, epsilon) };
}

export interface HeadNumbers {
  readonly rows: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly width: number;
  readonly epsilon: number;
}

export function qkvNormRotary(
  tensors: { qkv: Numbers; qWeight: Numbers; kWeight: Numbers; cos: Numbers; sin: Numbers },
  { rows, heads, kvHeads, width, epsilon }: HeadNumbers,
): { q: Float64Array; k: Float64Array; v: Float64Array } {
  const { qkv, qWeight, kWeight, cos, sin } = tensors;
  const [q, k, v] = [0, 1, 2].map(() => new Float64Array(rows * heads * width));
  const parts = heads + 2 * kvHeads;
  const rotated = (row: number, part: number, weight: Numbers): Float64Array => {
    const start = (row * parts + part) * width;
    const normed = normModulate(qkv.slice(start, start + width), weight, epsilon);
    return normed.map((value, index) => {
      const cosine = cos[(row * width) / 2 + Math.floor(index / 2)]!;
      const sine = sin[(row * width) / 2 + Math.floor(index / 2)]!;
      return index % 2 === 0 ? value * cosine - normed[index + 1]! * sine : normed[index - 1]! * sine + value * cosine;
    });
  };
  for (let row = 0; row < rows; row++)
    for (let head = 0; head < heads; head++) {
      const out = (row * heads + head) * width;
      const served = Math.floor(head / (heads / kvHeads));
      q!.set(rotated(row, head, qWeight), out);
      k!.set(rotated(row, heads + served, kWeight), out);
      const value = (row * parts + heads + kvHeads + served) * width;
      v!.set(qkv.slice(value, value + width), out);
    }
  return { q: q!, k: k!, v: v! };
}

/** v_u + w (v_c - v_u), shortened to renorm times the length of v_c where it is longer and renorm is not 0. */
export function guided(conditional: Numbers, unconditional: Numbers, weight: number, renorm: number): Float64Array {
  const v = Float64Array.from(
    conditional,
    (value, index) => unconditional[index]! + weight * (value - unconditional[index]!),
  );
  const longest = renorm * norm(conditional);
  const length = norm(v);
  return renorm > 0 && length > longest ? v.map((value) => (value * longest) / length) : v;
}

export function norm(values: Numbers): number {
  return Math.sqrt(values.length * meanSquare(values));
}

function meanSquare(values: Numbers): number {
  let sum = 0;
  for (const value of values) sum += value * value;
  return sum / Math.max(values.length, 1);
}

function byRows(values: Numbers, size: number, compute: (row: Float64Array) => Float64Array): Float64Array {
  const out = new Float64Array(values.length);
  for (let start = 0; start < values.length; start += size)
    out.set(compute(Float64Array.from(values.subarray(start, start + size))), start);
  return out;
}
