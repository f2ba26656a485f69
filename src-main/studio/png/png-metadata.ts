/**
 * @file What a PNG says about how it was made: our own record, another tool's texts, or nothing. The door to this folder
 * for reading. Costs are bounded whatever the file holds; pixels are never decoded.
 */

import { TachieError } from "../../contract/errors.ts";
import { memorySource, withFileSource } from "../files/byte-source.ts";
import type { ByteSource } from "../files/byte-source.ts";
import { detectForeignTool } from "./foreign-tool.ts";
import type { ForeignTool } from "./foreign-tool.ts";
import { OWN_KEYWORD, parseOwnRecord } from "./own-record.ts";
import type { OwnRecord } from "./own-record.ts";
import { readPngChunks } from "./png-chunks.ts";
import type { PngHeader } from "./png-chunks.ts";
import { readPngTexts, TEXT_CHUNK_TYPES } from "./png-texts.ts";
import type { PngTexts } from "./png-texts.ts";

interface PngContents extends PngTexts {
  readonly header: PngHeader;
}

export type PngMetadata =
  | (PngContents & { readonly kind: "own"; readonly record: OwnRecord })
  | (PngContents & { readonly kind: "foreign"; readonly tool: ForeignTool })
  | (PngContents & { readonly kind: "none" });

/**
 * Reads a PNG's metadata from memory or from a file, after checking the file's structure from end to end.
 * @throws image.invalid for what is no PNG, is damaged, or carries a damaged record of ours; file.not-found, file.unreadable
 */
export function readPngMetadata(picture: Uint8Array | string): PngMetadata {
  return typeof picture === "string"
    ? withFileSource(picture, readMetadata)
    : readMetadata(memorySource(picture, "the picture"));
}

/** As `readPngMetadata`. */
export function readMetadata(source: ByteSource): PngMetadata {
  const structure = readPngChunks(source, TEXT_CHUNK_TYPES);
  const contents = { header: structure.header, ...readPngTexts(structure) };
  const own = contents.texts.find((text) => text.keyword === OWN_KEYWORD);
  if (own !== undefined) return { ...contents, kind: "own", record: parseOwnRecord(own.text, source.where) };
  const refused = contents.skipped.find((text) => text.keyword === OWN_KEYWORD);
  if (refused !== undefined)
    throw new TachieError("image.invalid", `${source.where}: Tachie's own record in it is damaged: ${refused.reason}`, {
      where: source.where,
    });
  const tool = detectForeignTool(contents.texts);
  return tool === undefined ? { ...contents, kind: "none" } : { ...contents, kind: "foreign", tool };
}
