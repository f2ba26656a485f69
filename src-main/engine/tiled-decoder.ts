/**
 * @file Decodes a picture in overlapping tiles, whose seams are blended: working memory goes by the tile, not by the
 * picture. All tiles are of one size, so that a session is bound to one shape.
 *
 * Not lossless: the autoencoder's norms and its attention see a tile where they would have seen the whole picture.
 */

import { findNonFinite, toRgbImage } from "./pixels.ts";
import type { ImageDecoder } from "./roles.ts";

/** Cells of the latent along a side. */
export interface TileSize {
  readonly edge: number;
  /** What neighbours have in common at least; less than `edge`. */
  readonly overlap: number;
}

/** 512 pixels with 128 in common, for a decoder that makes 8 pixels of a cell. */
export const USUAL_TILE: TileSize = { edge: 64, overlap: 16 };

/** A picture of one tile at most is decoded as it always was. */
export function tiledDecoder(decoder: ImageDecoder, tile: TileSize = USUAL_TILE): ImageDecoder {
  const { channels, scale } = decoder;

  async function decode(latent: Float32Array, height: number, width: number): Promise<Float32Array> {
    const rows = tileStarts(height, tile);
    const columns = tileStarts(width, tile);
    if (rows.length === 1 && columns.length === 1) return await decoder.decode(latent, height, width);
    const [tileHeight, tileWidth] = [Math.min(tile.edge, height), Math.min(tile.edge, width)];
    const sum = new Blend(height * scale, width * scale);
    for (const y of spansOf(rows, tileHeight, scale))
      for (const x of spansOf(columns, tileWidth, scale)) {
        const part = cut(latent, channels, [height, width], [y.cell, x.cell], [tileHeight, tileWidth]);
        sum.add(await decoder.decode(part, tileHeight, tileWidth), y, x);
      }
    return sum.planes;
  }

  return {
    channels,
    scale,
    decode,
    async decodePicture(latent, height, width) {
      if (height <= tile.edge && width <= tile.edge) return await decoder.decodePicture(latent, height, width);
      const planes = await decode(latent, height, width);
      return { image: toRgbImage(planes, scale * width, scale * height), isFinite: findNonFinite(planes) < 0 };
    },
    release: () => decoder.release(),
  };
}

/** Where tiles begin along a side: as few as cover it with the overlap, spread evenly, the last one ending with it. */
export function tileStarts(length: number, { edge, overlap }: TileSize): number[] {
  if (length <= edge) return [0];
  const steps = Math.ceil((length - edge) / (edge - overlap));
  return Array.from({ length: steps + 1 }, (_, index) => Math.round((index * (length - edge)) / steps));
}

/**
 * Tiles along a side, with what each counts at each of its pixels: most in its middle, and 1 in all for every pixel.
 * @param edge of a tile, cells
 */
function spansOf(starts: readonly number[], edge: number, scale: number): readonly Span[] {
  const length = edge * scale;
  const sums = new Float32Array((starts.at(-1) ?? 0) * scale + length);
  const spans = starts.map((cell, index) => {
    const [before, after] = [starts[index - 1], starts[index + 1]];
    const rise = before === undefined ? 0 : (before + edge - cell) * scale;
    const fall = after === undefined ? 0 : (cell + edge - after) * scale;
    const start = cell * scale;
    const weights = ramps(length, rise, fall);
    for (const [offset, weight] of weights.entries()) sums[start + offset]! += weight;
    return { cell, start, weights };
  });
  return spans.map((span) => ({
    ...span,
    weights: span.weights.map((weight, offset) => weight / (sums[span.start + offset] ?? NaN)),
  }));
}

/** Rises over the first pixels, falls over the last. */
function ramps(length: number, rise: number, fall: number): Float32Array {
  return Float32Array.from({ length }, (_, index) => {
    const fromStart = rise === 0 ? 1 : Math.min(1, (index + 0.5) / rise);
    const fromEnd = fall === 0 ? 1 : Math.min(1, (length - index - 0.5) / fall);
    return fromStart * fromEnd;
  });
}

type Pair = readonly [rows: number, columns: number];

/** The piece of that size at that place of every channel. */
function cut(latent: Float32Array, channels: number, [height, width]: Pair, at: Pair, size: Pair): Float32Array {
  const [rows, columns] = size;
  const part = new Float32Array(channels * rows * columns);
  for (let line = 0; line < channels * rows; line++) {
    const channel = Math.floor(line / rows);
    const from = (channel * height + at[0] + (line % rows)) * width + at[1];
    part.set(latent.subarray(from, from + columns), line * columns);
  }
  return part;
}

interface Span {
  /** Of the tile in the latent. */
  readonly cell: number;
  /** Of the tile in the picture, pixels. */
  readonly start: number;
  /** One for each pixel of the tile. */
  readonly weights: Float32Array;
}

const PLANES = 3;

/** The weighted sum of tiles. Weights are products of a row's and a column's, and add up to 1 everywhere. */
class Blend {
  readonly planes: Float32Array;
  readonly #height: number;
  readonly #width: number;

  constructor(height: number, width: number) {
    this.#height = height;
    this.#width = width;
    this.planes = new Float32Array(PLANES * height * width);
  }

  add(tile: Float32Array, y: Span, x: Span): void {
    const [rows, columns] = [y.weights.length, x.weights.length];
    for (let plane = 0; plane < PLANES; plane++)
      for (let row = 0; row < rows; row++) {
        const weight = y.weights[row] ?? 0;
        const to = (plane * this.#height + y.start + row) * this.#width + x.start;
        const from = (plane * rows + row) * columns;
        for (let column = 0; column < columns; column++)
          this.planes[to + column]! += weight * x.weights[column]! * tile[from + column]!;
      }
  }
}
