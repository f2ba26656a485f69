/** @file The measured ladders that a library keeps. */

import { randomUUID } from "node:crypto";
import type Database from "better-sqlite3";
import type { BenchReport, BenchmarkRecord } from "../../contract/bench.ts";
import type { Library } from "../library/library.ts";

interface Row {
  readonly id: string;
  readonly created_ms: number;
  readonly report: string;
}

export class BenchmarkStore {
  readonly #library: Pick<Library, "withDatabase">;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(library: Pick<Library, "withDatabase">) {
    this.#library = library;
    this.#statements = library.withDatabase("the benchmarks could not be read", prepareStatements);
  }

  /** @throws disk.full, library.* */
  add(report: BenchReport, nowMs = Date.now()): BenchmarkRecord {
    const { provider, runtime, processor, cores, model, size, rows } = report;
    const row = {
      id: randomUUID(),
      created_ms: nowMs,
      provider,
      machine: provider === "cuda" ? runtime : `${processor}, ${cores} cores, ${runtime}`,
      model: model.name,
      width: size.width,
      height: size.height,
      steps: rows[0]?.sampling.steps ?? 0,
      report: JSON.stringify(report),
    };
    this.#library.withDatabase("the benchmark could not be saved", () => this.#statements.add.run(row));
    return recordOf(row);
  }

  /** Newest first. @throws library.* */
  list(): readonly BenchmarkRecord[] {
    return this.#library.withDatabase("the benchmarks could not be read", () =>
      this.#statements.list.all().map(recordOf),
    );
  }
}

function recordOf({ id, created_ms, report }: Row): BenchmarkRecord {
  return { id, createdAt: new Date(created_ms).toISOString(), report: JSON.parse(report) as BenchReport };
}

function prepareStatements(database: Database.Database) {
  return {
    add: database.prepare<[object]>(
      `INSERT INTO benchmarks (id, created_ms, provider, machine, model, width, height, steps, report)
       VALUES (@id, @created_ms, @provider, @machine, @model, @width, @height, @steps, @report)`,
    ),
    list: database.prepare<[], Row>("SELECT id, created_ms, report FROM benchmarks ORDER BY created_ms DESC, id"),
  };
}
