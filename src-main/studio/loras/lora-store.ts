/** @file What the library remembers of adapters: which files were named by their paths, and sums that need not be taken again. */

import type Database from "better-sqlite3";
import type { Library } from "../library/library.ts";

export class LoraStore {
  readonly #library: Pick<Library, "withDatabase">;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(library: Pick<Library, "withDatabase">) {
    this.#library = library;
    this.#statements = library.withDatabase("the list of LoRAs could not be read", prepareStatements);
  }

  /** Absolute paths. @throws library.* */
  added(): readonly string[] {
    return this.#library.withDatabase("the list of LoRAs could not be read", () => this.#statements.added.all());
  }

  /** @throws disk.full, library.* */
  add(file: string): void {
    this.#library.withDatabase("the LoRA could not be added", () => this.#statements.add.run(file, Date.now()));
  }

  /** @throws disk.full, library.* */
  remove(file: string): void {
    this.#library.withDatabase("the LoRA could not be removed", () => this.#statements.remove.run(file));
  }

  /** The sum of a file in the state that its stamp tells; undefined where it was not taken yet. @throws library.* */
  sum(file: string, stamp: string): string | undefined {
    return this.#library.withDatabase("a LoRA's sum could not be read", () => this.#statements.sum.get(file, stamp));
  }

  /** @throws disk.full, library.* */
  keepSum(file: string, stamp: string, sha256: string): void {
    this.#library.withDatabase("a LoRA's sum could not be saved", () =>
      this.#statements.keepSum.run(file, stamp, sha256),
    );
  }
}

function prepareStatements(database: Database.Database) {
  return {
    added: database.prepare<[], string>("SELECT path FROM loras ORDER BY path").pluck(),
    add: database.prepare<[string, number]>("INSERT OR IGNORE INTO loras (path, added_ms) VALUES (?, ?)"),
    remove: database.prepare<[string]>("DELETE FROM loras WHERE path = ?"),
    sum: database
      .prepare<[string, string], string>("SELECT sha256 FROM lora_sums WHERE path = ? AND stamp = ?")
      .pluck(),
    keepSum: database.prepare<[string, string, string]>(
      "INSERT OR REPLACE INTO lora_sums (path, stamp, sha256) VALUES (?, ?, ?)",
    ),
  };
}
