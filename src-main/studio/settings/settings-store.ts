/** @file What an author has chosen for good, a row a setting. */

import type Database from "better-sqlite3";
import { isMemoryLimit, isMemoryManner } from "../../contract/memory.ts";
import { INITIAL_SETTINGS, LANGUAGES, THEMES, ZOOM } from "../../contract/settings.ts";
import type { Settings } from "../../contract/settings.ts";
import type { Library } from "../library/library.ts";
import type { Check } from "../params.ts";
import { isPath } from "../request-check.ts";
import { isServerAddress } from "../models/remote-file.ts";

const oneOf =
  (words: readonly string[]): Check =>
  (value) =>
    (words as readonly unknown[]).includes(value);

/** What each setting may be. */
export const SETTING_CHECKS: Readonly<Record<keyof Settings, Check>> = {
  language: oneOf(["system", ...LANGUAGES]),
  theme: oneOf(THEMES),
  zoom: (value) => typeof value === "number" && value >= ZOOM.min && value <= ZOOM.max,
  isNotificationWanted: (value) => typeof value === "boolean",
  memory: isMemoryManner,
  memoryLimitGb: (value) => value === 0 || isMemoryLimit(value),
  model: isPath,
  downloadBase: (value) => value === "" || isServerAddress(value),
};

/** A key with `undefined` goes back to what it was at first. */
export type SettingsChange = { readonly [Name in keyof Settings]?: Settings[Name] | undefined };

/** The settings, for whoever goes by them. */
export interface SettingsAccess {
  read(): Settings;
  /** Everyone is told of it. */
  change(changes: SettingsChange): Settings;
}

export class SettingsStore implements SettingsAccess {
  readonly #library: Library;
  readonly #onChange: (settings: Settings) => void;
  readonly #statements: ReturnType<typeof prepareStatements>;

  constructor(library: Library, onChange: (settings: Settings) => void) {
    this.#library = library;
    this.#onChange = onChange;
    this.#statements = library.withDatabase("the settings could not be read", prepareStatements);
  }

  /** A value that this version does not know, such as another version's, is as it was at first. */
  read(): Settings {
    const rows = this.#library.withDatabase("the settings could not be read", () => this.#statements.all.all());
    const known = rows
      .map(({ name, value }) => [name, JSON.parse(value) as unknown] as const)
      .filter(([name, value]) => Object.hasOwn(SETTING_CHECKS, name) && SETTING_CHECKS[name as keyof Settings](value));
    return { ...INITIAL_SETTINGS, ...(Object.fromEntries(known) as Partial<Settings>) };
  }

  /**
   * Writes all changes or none; one that is undefined goes back to what it was at first.
   * @throws disk.full, library.*
   */
  change(changes: SettingsChange): Settings {
    this.#library.withDatabase("the settings could not be saved", (database) =>
      database
        .transaction(() => {
          for (const [name, value] of Object.entries<unknown>(changes))
            if (value === undefined) this.#statements.remove.run(name);
            else this.#statements.save.run(name, JSON.stringify(value));
        })
        .immediate(),
    );
    const settings = this.read();
    this.#onChange(settings);
    return settings;
  }
}

function prepareStatements(database: Database.Database) {
  return {
    all: database.prepare<[], { name: string; value: string }>("SELECT name, value FROM settings"),
    save: database.prepare<[string, string]>("INSERT OR REPLACE INTO settings (name, value) VALUES (?, ?)"),
    remove: database.prepare<[string]>("DELETE FROM settings WHERE name = ?"),
  };
}
