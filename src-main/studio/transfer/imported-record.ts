/**
 * @file A PNG from elsewhere as a picture of the library: its record, and the bytes that are stored. Our own pictures stay
 * as they are, byte for byte; those of other tools get our record beside their own texts, so that the library can be
 * rebuilt from them too.
 */

import path from "node:path";
import { TachieError, isTachieError } from "../../contract/errors.ts";
import { KNOWN_SETTINGS } from "../../contract/generation.ts";
import type { GenerationRecord, KnownSetting } from "../../contract/generation.ts";
import { SAMPLING_PRESETS } from "../../contract/sampling.ts";
import { storedToggles } from "../../contract/toggle-rules.ts";
import { readPrompt } from "../../prompt/index.ts";
import type { PromptReading } from "../../prompt/index.ts";
import { memorySource } from "../files/byte-source.ts";
import { readForeign } from "../png/foreign/read-foreign.ts";
import type { ForeignReading } from "../png/foreign/loose.ts";
import { OWN_KEYWORD, parseOwnRecord, writeOwnRecord } from "../png/own-record.ts";
import type { OwnRecord } from "../png/own-record.ts";
import { PNG_LIMITS } from "../png/png-chunks.ts";
import { readMetadata } from "../png/png-metadata.ts";
import { encodeInternationalText } from "../png/png-texts.ts";
import { productVersion } from "../png/product-version.ts";
import { completeRecord } from "../png/record-from-png.ts";

export type FoundPicture =
  | { readonly kind: "silent" }
  /** Ours: it keeps its id. */
  | {
      readonly kind: "own";
      readonly record: GenerationRecord;
      readonly bytes: Buffer;
      readonly sum: Buffer;
    }
  | { readonly kind: "foreign"; readonly picture: ForeignPicture };

export interface ForeignPicture {
  readonly tool: string;
  readonly reading: ForeignReading;
  readonly width: number;
  readonly height: number;
  readonly bytes: Buffer;
  /** SHA-256 of the bytes. */
  readonly sum: Buffer;
}

/** What a model is called that a file does not tell of. */
export const UNKNOWN_MODEL = "unknown";
/** Signature and IHDR, which comes first in every PNG. */
const HEAD_BYTES = 33;

/**
 * @param sum SHA-256 of the bytes
 * @param where the file, for messages
 * @throws image.invalid for what is no PNG, is damaged, carries a damaged record, or was changed since we made it
 */
export function readFoundPicture(bytes: Buffer, sum: Buffer, where: string): FoundPicture {
  const metadata = readMetadata(memorySource(bytes, where));
  const { width, height } = metadata.header;
  if (metadata.kind === "none") return { kind: "silent" };
  if (metadata.kind === "foreign") {
    const reading = readForeign(metadata.tool, metadata.texts);
    return { kind: "foreign", picture: { tool: metadata.tool, reading, width, height, bytes, sum } };
  }
  const { record } = metadata;
  if (record.width !== width || record.height !== height)
    throw new TachieError(
      "image.invalid",
      `${where} was changed since Tachie made it: it has ${width}x${height} pixels, its record says ${record.width}x${record.height}`,
      { where },
    );
  return { kind: "own", record: completeRecord(record, ""), bytes, sum };
}

/**
 * @param id of the library
 * @param modifiedMs when the file was last written, for want of a better time
 * @throws image.invalid, prompt.too-large for what no record can hold
 */
export function adoptForeign(
  picture: ForeignPicture,
  { id, file, modifiedMs }: { readonly id: string; readonly file: string; readonly modifiedMs: number },
): { readonly record: GenerationRecord; readonly bytes: Buffer } {
  const { reading, width, height, tool, sum } = picture;
  const { settings } = reading;
  const told = { ...settings.sampling, ...(settings.seed === undefined ? {} : { seed: settings.seed }) };
  const known = KNOWN_SETTINGS.filter((name: KnownSetting) => told[name] !== undefined);
  const { tree, dialect } = readTolerantly(reading.prompt);
  const own: OwnRecord = {
    id,
    createdAt: new Date(modifiedMs).toISOString(),
    origin: { tool, fileName: path.basename(file).toWellFormed(), sha256: sum.toString("hex"), known },
    prompt: reading.prompt,
    dialect,
    tree: JSON.parse(JSON.stringify(tree)) as unknown,
    texts: { system: "", positive: reading.prompt, negative: reading.negative ?? "" },
    seed: settings.seed ?? 0,
    width,
    height,
    sampling: { ...SAMPLING_PRESETS.comfy, ...settings.sampling },
    model: UNKNOWN_MODEL,
    modelFolder: "",
    modelHash: "",
    loras: [],
    toggles: storedToggles(() => undefined),
    provider: "cpu",
    timings: { loadMs: 0, encodeMs: 0, denoiseMs: 0, decodeMs: 0, stepMs: [] },
  };
  const chunk = encodeOwn(own, file);
  const bytes = Buffer.concat([picture.bytes.subarray(0, HEAD_BYTES), chunk, picture.bytes.subarray(HEAD_BYTES)]);
  return { record: completeRecord(own, ""), bytes };
}

/** What is stored must be what a rebuilding reads, so it is read back first. */
function encodeOwn(record: OwnRecord, where: string): Buffer {
  const text = writeOwnRecord(record, productVersion());
  parseOwnRecord(text, where);
  const chunk = encodeInternationalText({ keyword: OWN_KEYWORD, text });
  if (chunk.length > PNG_LIMITS.keptChunkBytes)
    throw new TachieError("prompt.too-large", `the prompt of ${where} is too large to be kept`, { where });
  return chunk;
}

/** Of a prompt that cannot be read as a tree only the text is kept. */
function readTolerantly(prompt: string): Pick<PromptReading, "tree" | "dialect"> {
  try {
    return readPrompt(prompt);
  } catch (error) {
    if (!isTachieError(error)) throw error;
    return readPrompt("");
  }
}
