/** @file The bytes of a database as one that is opened in memory. */

/** The header's two bytes that say whether the file is written and read with a rollback journal (1) or a WAL (2). */
const JOURNAL_BYTES = [18, 19] as const;

/** A database in memory cannot have a write-ahead log, so its header must not ask for one. */
export function withRollbackJournal(bytes: Buffer): Buffer {
  for (const index of JOURNAL_BYTES) if (bytes[index] === 2) bytes[index] = 1;
  return bytes;
}
