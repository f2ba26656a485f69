/** @file The grids' rows. */

import { randomUUID } from "node:crypto";
import type Database from "better-sqlite3";
import { TachieError } from "../../contract/errors.ts";
import type { GridRequest } from "../../contract/grids.ts";
import type { Library } from "../library/library.ts";

export interface StoredCell {
  readonly row: number;
  readonly column: number;
  readonly jobId: string;
  /** Of a picture that is in the library. */
  readonly pictureId: string | undefined;
}

export interface StoredGrid {
  readonly key: number;
  readonly id: string;
  readonly createdAt: string;
  readonly request: GridRequest;
}

interface GridRow {
  readonly key: number;
  readonly id: string;
  readonly created_ms: number;
  readonly request: string;
}
interface CellRow {
  readonly line: number;
  readonly place: number;
  readonly job_id: string;
  readonly picture_id: string | null;
}

export class GridStore {
  readonly #library: Pick<Library, "withDatabase">;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(library: Pick<Library, "withDatabase">) {
    this.#library = library;
    this.#statements = library.withDatabase("the grids could not be read", prepareStatements);
  }

  /** Keeps a grid, whose jobs have been queued and not begun yet. @throws disk.full, library.* */
  add(
    request: GridRequest,
    cells: readonly { readonly row: number; readonly column: number; readonly jobId: string }[],
  ): StoredGrid {
    return this.#library.withDatabase("the grid could not be saved", (database) =>
      database
        .transaction(() => {
          const [id, createdMs] = [randomUUID(), Date.now()];
          const text = JSON.stringify(request);
          const key = Number(this.#statements.add.run(id, createdMs, text).lastInsertRowid);
          for (const { row, column, jobId } of cells) this.#statements.addCell.run(key, row, column, jobId);
          return gridOf({ key, id, created_ms: createdMs, request: text });
        })
        .immediate(),
    );
  }

  /** Newest first. */
  list(): readonly StoredGrid[] {
    return this.#read(() => this.#statements.list.all().map(gridOf));
  }

  /** @throws library.not-found */
  find(id: string): StoredGrid {
    const row = this.#read(() => this.#statements.find.get(id));
    if (row === undefined) throw new TachieError("library.not-found", `there is no grid ${id}`, { where: id });
    return gridOf(row);
  }

  /** Row by row. */
  cells({ key }: StoredGrid): readonly StoredCell[] {
    return this.#read(() =>
      this.#statements.cells.all(key).map(({ line, place, job_id, picture_id }) => ({
        row: line,
        column: place,
        jobId: job_id,
        pictureId: picture_id ?? undefined,
      })),
    );
  }

  remove(id: string): void {
    this.#library.withDatabase("the grid could not be removed", () => this.#statements.remove.run(id));
  }

  #read<T>(use: () => T): T {
    return this.#library.withDatabase("the grids could not be read", use);
  }
}

function gridOf({ key, id, created_ms, request }: GridRow): StoredGrid {
  return { key, id, createdAt: new Date(created_ms).toISOString(), request: JSON.parse(request) as GridRequest };
}

function prepareStatements(database: Database.Database) {
  return {
    add: database.prepare<[string, number, string]>("INSERT INTO grids (id, created_ms, request) VALUES (?, ?, ?)"),
    addCell: database.prepare<[number, number, number, string]>(
      "INSERT INTO grid_cells (grid_key, line, place, job_id) VALUES (?, ?, ?, ?)",
    ),
    list: database.prepare<[], GridRow>(
      "SELECT key, id, created_ms, request FROM grids ORDER BY created_ms DESC, key DESC",
    ),
    find: database.prepare<[string], GridRow>("SELECT key, id, created_ms, request FROM grids WHERE id = ?"),
    cells: database.prepare<[number], CellRow>(
      `SELECT c.line, c.place, c.job_id, g.id AS picture_id
       FROM grid_cells c LEFT JOIN generations g ON g.id = c.generation_id
       WHERE c.grid_key = ? ORDER BY c.line, c.place`,
    ),
    remove: database.prepare<[string]>("DELETE FROM grids WHERE id = ?"),
  };
}
