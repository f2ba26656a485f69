/** @file What a library takes on the disk, and by what: from its tables where they know, else from the files themselves. */

import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import type { DiskShare, DiskUse, NamedShare } from "../../contract/upkeep.ts";
import { errnoOf } from "../files/file-errors.ts";
import { BACKUP_FOLDER } from "../library/backups.ts";
import type { Library } from "../library/library.ts";
import { QUARANTINE_FOLDER } from "../library/quarantine.ts";
import { THUMBNAIL_FOLDER } from "../library/thumbnail-path.ts";
import { DATABASE_FILE } from "../library/writable-database.ts";

const NONE: DiskShare = { count: 0, sizeBytes: 0 };
/** `g` is a generation, `i` its image. */
const LIVE = `
  FROM generations g JOIN images i ON i.generation_key = g.key
  WHERE NOT EXISTS (SELECT 1 FROM trash WHERE trash.generation_key = g.key)`;
const SHARE = "count(*) AS count, coalesce(sum(i.bytes), 0) AS sizeBytes";

/** @param library open for reading or writing. @throws library.* */
export function measureDiskUse(library: Pick<Library, "folder" | "reading">): DiskUse {
  const { folder } = library;
  const below = (name: string): DiskShare => measureFolder(path.join(folder, name));
  const files = {
    thumbnails: below(THUMBNAIL_FOLDER),
    backups: below(BACKUP_FOLDER),
    damaged: below(QUARANTINE_FOLDER),
    database: measureFiles(["", "-wal", "-shm"].map((ending) => path.join(folder, DATABASE_FILE + ending))),
  };
  const known = library.reading("the library could not be measured", (database) => ({
    pictures: database.prepare<[], DiskShare>(`SELECT ${SHARE} ${LIVE}`).get() ?? NONE,
    trash:
      database
        .prepare<[], DiskShare>(`SELECT ${SHARE} FROM trash t JOIN images i ON i.generation_key = t.generation_key`)
        .get() ?? NONE,
    // Months as authors know them: of their own time zone.
    months: database
      .prepare<[], NamedShare>(
        `SELECT strftime('%Y-%m', g.created_ms / 1000, 'unixepoch', 'localtime') AS name, ${SHARE} ${LIVE}
         GROUP BY name ORDER BY name DESC`,
      )
      .all(),
    models: database
      .prepare<[], NamedShare>(`SELECT g.model AS name, ${SHARE} ${LIVE} GROUP BY name ORDER BY sizeBytes DESC, name`)
      .all(),
  }));
  const { pictures, trash, months, models } = known ?? { pictures: NONE, trash: NONE, months: [], models: [] };
  return { pictures, trash, ...files, months, models };
}

function measureFolder(folder: string): DiskShare {
  try {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    return measureFiles(
      entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name)),
    );
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return NONE;
    throw error;
  }
}

/** Files may come and go meanwhile. */
function measureFiles(files: readonly string[]): DiskShare {
  const sizes = files
    .map((file) => statSync(file, { throwIfNoEntry: false })?.size)
    .filter((size) => size !== undefined);
  return { count: sizes.length, sizeBytes: sizes.reduce((sum, size) => sum + size, 0) };
}
