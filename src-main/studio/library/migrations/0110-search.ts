/** @file What searches look at: the tags and words of each prompt, and the choices that pictures share. */

import type { Migration } from "./migration.ts";

export const search: Migration = {
  version: 110,
  name: "search_tags",
  // All of it can be made again from the prompts; `search_prompts` says which are indexed, and by which version of the
  // index. A prompt counts, not a picture: a series of a hundred seeds is indexed once.
  // `words` is the words of a tag with a space around each, so that words in a row are found as a part of it.
  // `character` is 0 for what belongs to none; `places` are bits of where the character stands.
  // `toggles_key` and `loras_key` are NULL in rows of before, until they are filled.
  // `generations_listing` has all that a search of pictures asks, newest first, so that it reads no other page.
  sql: `
    CREATE TABLE search_prompts (
      prompt_key INTEGER PRIMARY KEY REFERENCES prompts (key) ON DELETE CASCADE,
      version INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE search_names (
      key INTEGER PRIMARY KEY,
      name TEXT NOT NULL UNIQUE,
      words TEXT NOT NULL
    ) STRICT;
    CREATE TABLE search_words (
      word TEXT NOT NULL,
      name_key INTEGER NOT NULL REFERENCES search_names (key) ON DELETE CASCADE,
      PRIMARY KEY (word, name_key)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE search_tags (
      name_key INTEGER NOT NULL REFERENCES search_names (key),
      prompt_key INTEGER NOT NULL REFERENCES prompts (key) ON DELETE CASCADE,
      field TEXT NOT NULL,
      character INTEGER NOT NULL CHECK (character >= 0),
      places INTEGER NOT NULL,
      PRIMARY KEY (name_key, prompt_key, field, character)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX search_tags_of_prompt ON search_tags (prompt_key, field);
    CREATE VIRTUAL TABLE search_text USING fts5 (
      caption, body, content = '', contentless_delete = 1, tokenize = 'ascii', prefix = '2 3'
    );
    CREATE TRIGGER search_text_of_prompt AFTER DELETE ON prompts BEGIN
      DELETE FROM search_text WHERE rowid = old.key;
    END;
    CREATE TABLE choice_sets (
      key INTEGER PRIMARY KEY,
      kind TEXT NOT NULL CHECK (kind IN ('toggles', 'loras', 'model')),
      value TEXT NOT NULL,
      UNIQUE (kind, value)
    ) STRICT;
    ALTER TABLE generations ADD COLUMN toggles_key INTEGER;
    ALTER TABLE generations ADD COLUMN loras_key INTEGER;
    CREATE INDEX generations_listing ON generations (
      created_ms, id, prompt_key, seed, steps, width, height, model, toggles_key, loras_key, solver, guidance
    );
    CREATE INDEX generations_unfilled ON generations (key) WHERE toggles_key IS NULL;
  `,
};
