/**
 * @file Where the tiles of a long grid stand, under a heading a day: arithmetic only, so that a library of any size costs
 * a screenful. What is known to be there but has not been fetched yet follows as one stretch without headings.
 */

import type { PictureDay } from "../state/picture-list.ts";

/** All in pixels. */
export interface GridMeasures {
  /** Of the grid's inside. */
  readonly width: number;
  /** Smallest side of a tile. */
  readonly tileMin: number;
  readonly gap: number;
  /** Height of a day's heading. */
  readonly heading: number;
}

/** A day's stretch of the grid, heading included. */
export interface Band {
  /** Absent for pictures that are not fetched yet. */
  readonly startMs: number | undefined;
  readonly first: number;
  readonly count: number;
  /** Pixels from the grid's top: of the heading, of the first tile, and of what comes after. */
  readonly top: number;
  readonly tilesTop: number;
  readonly end: number;
}

export interface GridLayout {
  readonly columns: number;
  /** Side of a tile, in pixels, and the distance from one row to the next. */
  readonly tile: number;
  readonly row: number;
  readonly height: number;
  readonly bands: readonly Band[];
}

export interface Stretch {
  readonly bands: readonly Band[];
  /** Indices of the tiles in view, spare rows included: a range for each band. */
  readonly ranges: readonly { readonly first: number; readonly end: number }[];
}

/** Rows drawn beyond each edge, so that scrolling shows no gaps. */
const SPARE_ROWS = 2;

export function layoutGrid(days: readonly PictureDay[], total: number, measures: GridMeasures): GridLayout {
  const { width, tileMin, gap, heading } = measures;
  const columns = Math.max(1, Math.floor((width + gap) / (tileMin + gap)));
  const tile = Math.max(1, (width - gap * (columns - 1)) / columns);
  const row = tile + gap;
  const bands: Band[] = [];
  let [top, first] = [0, 0];
  const add = (startMs: number | undefined, count: number): void => {
    const tilesTop = top + (startMs === undefined ? 0 : heading);
    const end = tilesTop + Math.ceil(count / columns) * row;
    bands.push({ startMs, first, count, top, tilesTop, end });
    [top, first] = [end, first + count];
  };
  for (const { startMs, count } of days) add(startMs, count);
  if (total > first) add(undefined, total - first);
  return { columns, tile, row, height: Math.max(0, top - gap), bands };
}

export function visibleStretch(layout: GridLayout, scrollTop: number, viewportHeight: number): Stretch {
  const { bands, columns, row } = layout;
  const from = scrollTop - SPARE_ROWS * row;
  const to = scrollTop + viewportHeight + SPARE_ROWS * row;
  const shown: Band[] = [];
  for (let index = bandAt(layout, from); index < bands.length; index++) {
    const band = bands[index];
    if (band === undefined || band.top >= to) break;
    shown.push(band);
  }
  const ranges = shown.map(({ first, count, tilesTop }) => {
    const firstRow = Math.max(0, Math.floor((from - tilesTop) / row));
    const endRow = Math.max(0, Math.ceil((to - tilesTop) / row));
    return { first: first + Math.min(count, firstRow * columns), end: first + Math.min(count, endRow * columns) };
  });
  return { bands: shown, ranges };
}

/** Where a tile stands, in pixels. */
export function tilePlace(layout: GridLayout, index: number): { readonly left: number; readonly top: number } {
  const band = bandOf(layout, index);
  if (band === undefined) return { left: 0, top: 0 };
  const place = index - band.first;
  const { columns, row } = layout;
  return { left: (place % columns) * row, top: band.tilesTop + Math.floor(place / columns) * row };
}

/** The first tile whose row is not wholly above a height; -1 where there is none. */
export function tileAt(layout: GridLayout, top: number): number {
  const band = layout.bands[bandAt(layout, top)];
  if (band === undefined) return -1;
  const line = Math.max(0, Math.floor((top - band.tilesTop) / layout.row));
  return band.first + Math.min(band.count - 1, line * layout.columns);
}

/** The tile that a key leads to; the same one where there is none. @param rowsInView how far a page is, at least 1 */
export function tileAfterKey(layout: GridLayout, key: string, index: number, rowsInView: number): number {
  const last = (layout.bands.at(-1)?.first ?? 0) + (layout.bands.at(-1)?.count ?? 0) - 1;
  const within = (wanted: number): number => Math.max(0, Math.min(last, wanted));
  switch (key) {
    case "ArrowLeft":
      return within(index - 1);
    case "ArrowRight":
      return within(index + 1);
    case "ArrowUp":
      return lineAway(layout, index, -1);
    case "ArrowDown":
      return lineAway(layout, index, 1);
    case "PageUp":
      return within(tileAt(layout, tilePlace(layout, index).top - rowsInView * layout.row));
    case "PageDown":
      return within(tileAt(layout, Math.min(layout.height, tilePlace(layout, index).top + rowsInView * layout.row)));
    case "Home":
      return 0;
    case "End":
      return within(last);
    default:
      return index;
  }
}

/** The tile above or below, in the same column or in the last one of a shorter line. */
function lineAway(layout: GridLayout, index: number, by: 1 | -1): number {
  const { columns, bands } = layout;
  const band = bandOf(layout, index);
  if (band === undefined) return index;
  const place = index - band.first;
  const column = place % columns;
  const line = Math.floor(place / columns) + by;
  if (line >= 0 && line * columns < band.count) return band.first + Math.min(band.count - 1, line * columns + column);
  const other = bands[bands.indexOf(band) + by];
  if (other === undefined) return index;
  const otherLine = by === 1 ? 0 : Math.floor((other.count - 1) / columns);
  return other.first + Math.min(other.count - 1, otherLine * columns + column);
}

function bandOf({ bands }: GridLayout, index: number): Band | undefined {
  return bands[lowest(bands.length, (place) => (bands[place]?.first ?? 0) + (bands[place]?.count ?? 0) > index)];
}

/** Index of the first band that ends below a height. */
function bandAt({ bands }: GridLayout, top: number): number {
  return lowest(bands.length, (place) => (bands[place]?.end ?? 0) > top);
}

/** The lowest index for which something holds that holds for all that follow; `length` where it holds for none. */
function lowest(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
