/** @file A grid as one picture: its cells in their places, the values above and beside them. */

import { TachieError } from "../../contract/errors.ts";
import type { Grid, GridAxis } from "../../contract/grids.ts";
import { nameOfTarget } from "../../prompt/index.ts";

/** Longest side of the whole sheet, in pixels: what viewers open without trouble. */
const MOST_PIXELS = 8000;
const LARGEST_CELL = 512;
const GAP = 8;
const LINE = 22;
const FONT = 16;
const LABEL_LINES = 3;
/** Pixels of the labels beside the rows. */
const SIDE = 220;
/** Letters that fit into a pixel of width, roughly: twice as many Latin ones as ideographs. */
const LETTERS_PER_PIXEL = 1 / 9;

/**
 * @param findFile the file of a picture; undefined where it is gone
 * @returns a PNG
 * @throws library.not-found where no cell has a picture yet
 */
export async function drawSheet(grid: Grid, findFile: (id: string) => string | undefined): Promise<Buffer> {
  const { columns, rows } = grid.request;
  const files = grid.cells.flatMap(({ row, column, pictureId }) => {
    const file = pictureId === undefined ? undefined : findFile(pictureId);
    return file === undefined ? [] : [{ row, column, file }];
  });
  const [first] = files;
  if (first === undefined)
    throw new TachieError("library.not-found", "no cell of the grid has a picture yet", {
      where: grid.id,
      remedy: "Wait until one is finished.",
    });
  const { default: sharp } = await import("sharp");
  const { width, height } = await sharp(first.file).metadata();
  const across = columns.values.length;
  const down = rows?.values.length ?? 1;
  const side = rows === undefined ? 0 : SIDE;
  const top = LINE * (LABEL_LINES + 1) + GAP;
  const scale = Math.min(
    1,
    LARGEST_CELL / Math.max(width, height),
    ((MOST_PIXELS - side) / across - GAP) / width,
    ((MOST_PIXELS - top) / down - GAP) / height,
  );
  const cell = { width: Math.max(1, Math.floor(width * scale)), height: Math.max(1, Math.floor(height * scale)) };
  const size = {
    width: side + GAP + across * (cell.width + GAP),
    height: top + GAP + down * (cell.height + GAP),
  };
  const placed = await Promise.all(
    files.map(async ({ row, column, file }) => ({
      input: await sharp(file)
        .resize({ ...cell, fit: "contain", background: "#ffffff" })
        .png()
        .toBuffer(),
      left: side + GAP + column * (cell.width + GAP),
      top: top + GAP + row * (cell.height + GAP),
    })),
  );
  const labels = Buffer.from(labelsOf({ columns, ...(rows === undefined ? {} : { rows }) }, { cell, size, side, top }));
  return sharp({ create: { ...size, channels: 3, background: "#ffffff" } })
    .composite([...placed, { input: labels, left: 0, top: 0 }])
    .png()
    .toBuffer();
}

interface Geometry {
  readonly cell: { readonly width: number; readonly height: number };
  readonly size: { readonly width: number; readonly height: number };
  readonly side: number;
  readonly top: number;
}

function labelsOf(
  { columns, rows }: { readonly columns: GridAxis; readonly rows?: GridAxis },
  { cell, size, side, top }: Geometry,
): string {
  const texts = [
    text(side + GAP, LINE, nameOfTarget(columns.target), "title"),
    ...columns.values.flatMap(({ label }, place) =>
      broken(label, cell.width).map((line, number) =>
        text(side + GAP + place * (cell.width + GAP), LINE * (number + 2), line),
      ),
    ),
    ...(rows === undefined ? [] : [text(GAP, top - GAP, nameOfTarget(rows.target), "title")]),
    ...(rows?.values ?? []).flatMap(({ label }, place) =>
      broken(label, SIDE - GAP).map((line, number) =>
        text(GAP, top + GAP + place * (cell.height + GAP) + LINE * (number + 1), line),
      ),
    ),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">
<style>text { font: ${FONT}px sans-serif; fill: #1d1a24 } .title { font-weight: bold; fill: #b6266b }</style>
${texts.join("\n")}
</svg>`;
}

function text(x: number, y: number, words: string, kind = ""): string {
  return `<text x="${x}" y="${y}" class="${kind}">${escaped(words)}</text>`;
}

/** In lines that fit; what does not fit even so ends in an ellipsis. */
function broken(label: string, width: number): readonly string[] {
  const most = Math.max(4, Math.floor(width * LETTERS_PER_PIXEL));
  const lines: string[] = [];
  let line = "";
  for (const sign of label.toWellFormed().replaceAll(/\s+/g, " ").trim()) {
    if (widthOf(line + sign) > most) {
      lines.push(line.trim());
      line = "";
    }
    line += sign;
  }
  if (line.trim() !== "") lines.push(line.trim());
  if (lines.length <= LABEL_LINES) return lines;
  return [...lines.slice(0, LABEL_LINES - 1), `${(lines[LABEL_LINES - 1] ?? "").slice(0, -1)}…`];
}

/** In Latin letters: ideographs and kana are twice as wide. */
function widthOf(line: string): number {
  let width = 0;
  for (const sign of line) width += (sign.codePointAt(0) ?? 0) >= 0x2e80 ? 2 : 1;
  return width;
}

/** Control characters cannot stand in XML at all. */
function escaped(words: string): string {
  return words
    .replaceAll(/\p{Cc}|\p{Cn}/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
