/** @file The character bible: characters by name, each one block of XML. */

import type Database from "better-sqlite3";
import { randomUUID } from "node:crypto";
import type { BibleCharacter } from "../../contract/drafts.ts";
import { TachieError } from "../../contract/errors.ts";
import { readPrompt } from "../../prompt/index.ts";
import type { Library } from "../library/library.ts";
import { readPromptText } from "../prompt-text.ts";

interface CharacterRow {
  readonly id: string;
  readonly name: string;
  readonly xml: string;
  readonly saved_ms: number;
}

export class CharacterStore {
  readonly #library: Library;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(library: Library) {
    this.#library = library;
    this.#statements = library.withDatabase("the characters could not be read", prepareStatements);
  }

  /** By name, as names sort. */
  all(): BibleCharacter[] {
    const rows = this.#library.withDatabase("the characters could not be read", () => this.#statements.all.all());
    return rows.map(characterOf).sort((a, b) => a.name.localeCompare(b.name));
  }

  /**
   * One of that name is replaced and keeps its id.
   * @throws prompt.malformed for anything but one `<character_1>` block; prompt.too-large, disk.full, library.*
   */
  save(name: string, xml: string): BibleCharacter {
    const row = { id: randomUUID(), name, xml: requireCharacter(xml.toWellFormed(), name), saved_ms: Date.now() };
    const saved = this.#library.withDatabase("the character could not be saved", () => this.#statements.save.get(row));
    return characterOf(saved ?? row);
  }

  /** One that is gone already is removed. */
  remove(id: string): void {
    this.#library.withDatabase("the character could not be removed", () => this.#statements.remove.run(id));
  }
}

function requireCharacter(xml: string, name: string): string {
  const where = `the character ${name}`;
  readPromptText(xml, where);
  const nodes = readPrompt(xml).tree.nodes.filter((node) => node.kind !== "text" || node.text.trim() !== "");
  const [character, ...others] = nodes;
  if (character?.kind === "element" && character.name === "character_1" && others.length === 0) return xml;
  throw new TachieError("prompt.malformed", `${where} is not one <character_1> block`, {
    where,
    remedy: "Save one character, without the rest of the prompt.",
  });
}

function characterOf({ id, name, xml, saved_ms }: CharacterRow): BibleCharacter {
  return { id, name, xml, savedAt: new Date(saved_ms).toISOString() };
}

function prepareStatements(database: Database.Database) {
  return {
    all: database.prepare<[], CharacterRow>("SELECT id, name, xml, saved_ms FROM characters"),
    save: database.prepare<[CharacterRow], CharacterRow>(`
      INSERT INTO characters (id, name, xml, saved_ms) VALUES (:id, :name, :xml, :saved_ms)
      ON CONFLICT (name) DO UPDATE SET xml = excluded.xml, saved_ms = excluded.saved_ms
      RETURNING id, name, xml, saved_ms`),
    remove: database.prepare<[string]>("DELETE FROM characters WHERE id = ?"),
  };
}
