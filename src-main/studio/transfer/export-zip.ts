/** @file Pictures with their prompts as one ZIP, written as it is made: its size is no matter of memory. */

import { PassThrough } from "node:stream";
import type { Readable } from "node:stream";
import { ZipFile } from "yazl";
import type { GenerationRecord } from "../../contract/generation.ts";

/** Files of this archive, in order: each picture, and beside it the prompt as its author wrote it. */
export function zipPictures(records: readonly GenerationRecord[]): Readable {
  const zip = new ZipFile();
  const output = new PassThrough();
  // A picture that goes away meanwhile ends the archive, which is then not kept.
  (zip as unknown as NodeJS.EventEmitter).on("error", (error: Error) => output.destroy(error));
  for (const record of records) {
    const mtime = new Date(record.createdAt);
    zip.addFile(record.file, `${record.id}.png`, { compress: false, mtime }); // a PNG is compressed already
    zip.addBuffer(Buffer.from(record.prompt), `${record.id}${record.dialect === "plain" ? ".txt" : ".xml"}`, { mtime });
    if (record.texts.negative !== "")
      zip.addBuffer(Buffer.from(record.texts.negative), `${record.id}.negative.txt`, { mtime });
  }
  zip.end();
  zip.outputStream.pipe(output);
  return output;
}
