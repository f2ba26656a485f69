/** @file A PNG from anywhere, as the editor wants to know it: our own record, another tool's prompt, or nothing. */

import type { PngReading } from "../../contract/studio.ts";
import { readForeign } from "./foreign/read-foreign.ts";
import { readPngMetadata } from "./png-metadata.ts";
import { completeRecord } from "./record-from-png.ts";

/**
 * @param findFile the library's own file of that id
 * @throws image.invalid for what is no PNG, is damaged, or carries a damaged record of ours
 */
export function readPng(bytes: Uint8Array, findFile: (id: string) => string | undefined): PngReading {
  const metadata = readPngMetadata(bytes);
  switch (metadata.kind) {
    case "own": {
      const file = findFile(metadata.record.id);
      const record = completeRecord(metadata.record, file ?? "");
      return { kind: "own", record: { ...record, isFileMissing: file === undefined } };
    }
    case "foreign":
      return { kind: "foreign", tool: metadata.tool, ...readForeign(metadata.tool, metadata.texts) };
    case "none":
      return { kind: "nothing" };
  }
}
