/** @file Which tiles of a long grid are in view: arithmetic only, so that thousands of pictures cost a screenful. */

export interface GridShape {
  /** Pixels of the grid's inside. */
  readonly width: number;
  readonly viewportHeight: number;
  readonly scrollTop: number;
  /** Smallest side of a tile, in pixels. */
  readonly tileMin: number;
  readonly gap: number;
  readonly count: number;
}

export interface GridWindow {
  readonly columns: number;
  /** Side of a tile, in pixels. */
  readonly tile: number;
  /** Of the whole grid. */
  readonly height: number;
  /** Index of the first tile to draw, and of the one after the last. */
  readonly first: number;
  readonly end: number;
}

/** Rows drawn beyond each edge, so that scrolling shows no gaps. */
const SPARE_ROWS = 2;

export function gridWindow({ width, viewportHeight, scrollTop, tileMin, gap, count }: GridShape): GridWindow {
  const columns = Math.max(1, Math.floor((width + gap) / (tileMin + gap)));
  const tile = Math.max(1, (width - gap * (columns - 1)) / columns);
  const rows = Math.ceil(count / columns);
  const row = tile + gap;
  const firstRow = Math.max(0, Math.floor(scrollTop / row) - SPARE_ROWS);
  const endRow = Math.min(rows, Math.ceil((scrollTop + viewportHeight) / row) + SPARE_ROWS);
  return {
    columns,
    tile,
    height: Math.max(0, rows * row - gap),
    first: Math.min(count, firstRow * columns),
    end: Math.min(count, Math.max(0, endRow) * columns),
  };
}

/** Where a tile stands, in pixels. */
export function tilePlace(index: number, { columns, tile }: GridWindow, gap: number): { left: number; top: number } {
  return { left: (index % columns) * (tile + gap), top: Math.floor(index / columns) * (tile + gap) };
}

/** The tile that a key leads to; the same one where there is none. */
export function tileAfterKey(key: string, index: number, columns: number, count: number): number {
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -columns,
    ArrowDown: columns,
    Home: -index,
    End: count - 1 - index,
  };
  const wanted = index + (steps[key] ?? 0);
  return wanted < 0 || wanted >= count ? index : wanted;
}
