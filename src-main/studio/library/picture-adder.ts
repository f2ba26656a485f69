/**
 * @file Adds pictures that exist already, many at a time: all files durable first, several at once, then all rows in one
 * commit; and takes the files back where the rows are refused.
 */

import { createHash } from "node:crypto";
import { isTachieError } from "../../contract/errors.ts";
import type { TachieError } from "../../contract/errors.ts";
import type { GenerationRecord } from "../../contract/generation.ts";
import type { DurableFolder } from "../files/durable-folder.ts";
import { isOutcomeUnknown } from "./generation-writer.ts";
import type { GenerationWriter, StoredFile } from "./generation-writer.ts";
import { imagePath } from "./image-listing.ts";
import { libraryError } from "./sqlite-errors.ts";

/** A picture whose PNG holds its record. */
export interface ReadyPicture {
  readonly record: GenerationRecord;
  readonly bytes: Uint8Array;
  /** Of the bytes, where it is known already. */
  readonly sum?: Uint8Array;
}

export type AddedPicture =
  { readonly ok: true; readonly record: GenerationRecord } | { readonly ok: false; readonly error: TachieError };

export interface PictureAdderParts {
  /** The database's file, for messages. */
  readonly file: string;
  readonly writer: GenerationWriter;
  readonly pictures: DurableFolder;
}

/** Files written at the same time: the device syncs several in little more time than one. */
const LANES = 8;

/**
 * @returns one outcome for each picture; file.exists where a file of that name is in the way
 * @throws disk.full, library.*, file.unwritable: then none of them is in the library
 */
export async function addPictures(
  ready: readonly ReadyPicture[],
  { file, writer, pictures }: PictureAdderParts,
): Promise<AddedPicture[]> {
  const outcomes = new Array<AddedPicture>(ready.length);
  const stored: { index: number; record: GenerationRecord; stored: StoredFile }[] = [];
  const discard = (): Promise<unknown> => Promise.all(stored.map((entry) => pictures.discard(entry.stored.file)));
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < ready.length; index = next++) {
      const picture = ready[index];
      if (picture === undefined) continue;
      const { record, bytes, sum = createHash("sha256").update(bytes).digest() } = picture;
      const relative = imagePath(record.id, new Date(record.createdAt));
      try {
        const absolute = await pictures.storeUnnamed(relative, bytes);
        const entry = { file: relative, bytes: bytes.length, sha256: sum };
        stored.push({ index, record: { ...record, file: absolute }, stored: entry });
      } catch (error) {
        if (!isTachieError(error, "file.exists")) throw error;
        outcomes[index] = { ok: false, error };
      }
    }
  };
  const failure = (await Promise.allSettled(Array.from({ length: LANES }, lane))).find(
    (result) => result.status === "rejected",
  );
  try {
    if (failure !== undefined) throw failure.reason;
    await pictures.settle(stored.map((entry) => entry.stored.file));
    writer.transaction(() => {
      for (const { record, stored: entry } of stored) writer.insertRows(record, entry);
    });
  } catch (error) {
    if (!isOutcomeUnknown(error)) await discard();
    throw libraryError(error, file, "the pictures could not be added");
  }
  for (const { index, record } of stored) outcomes[index] = { ok: true, record };
  return outcomes;
}
