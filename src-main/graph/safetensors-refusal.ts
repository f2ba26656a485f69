/**
 * @file Why a file was refused as safetensors: a closed list of reasons, and one error that carries the reason.
 *
 * Files that are something else altogether (a git-lfs pointer, a web page, a pickle) are recognised by their first bytes,
 * because "header too large" helps nobody who saved the wrong thing.
 */

import { TachieError } from "../contract/errors.ts";
import { LFS_REMEDY, isLfsPointer } from "./lfs-pointer.ts";

export const SAFETENSORS_REASONS = [
  /** The file has no bytes. */
  "empty",
  /** A git-lfs pointer was saved instead of the file it points to. */
  "git-lfs-pointer",
  /** A web page was saved under the file's name. */
  "html-page",
  /** A zip archive, which is what torch.save writes (.pt, .ckpt, .bin). */
  "zip-archive",
  /** A bare pickle (.pt, .pkl of old). */
  "pickle",
  /** Another weight format. */
  "gguf",
  /** Compressed, not unpacked. */
  "compressed",
  /** JSON or XML text, such as a server's error message or an index file. */
  "text-file",
  /** Fewer than the 8 bytes of the length field, or the file ends inside the header. */
  "header-truncated",
  /** The length field is above 100,000,000. */
  "header-too-large",
  "header-not-utf8",
  /** The header does not begin with `{`. */
  "header-start",
  /** The header is not JSON, or not of the form that the format prescribes. */
  "header-json",
  /** JSON nested deeper than any header is. */
  "header-nesting",
  "duplicate-key",
  /** `__metadata__` is not a map from texts to texts. */
  "metadata",
  /** A tensor's entry lacks a field, or a field has the wrong form. */
  "tensor-entry",
  /** An element type that the format does not know. */
  "unknown-type",
  /** A dimension or the offsets are not whole numbers from 0 to 2^53 - 1. */
  "number",
  /** The number of elements or bits passes 2^53. */
  "overflow",
  /** A packed tensor does not end on a whole byte. */
  "misaligned",
  /** A tensor ends before it begins. */
  "offsets-reversed",
  /** Bytes between tensors that belong to none, or data that does not begin at 0. */
  "hole",
  /** Two tensors share bytes. */
  "overlap",
  /** Type and shape do not give the number of bytes that the offsets span. */
  "size-mismatch",
  /** The file ends before the data does. */
  "truncated",
  /** The file goes on after the data. */
  "trailing-bytes",
  /** The file changed after its header was read. */
  "changed",
] as const;
export type SafetensorsReason = (typeof SAFETENSORS_REASONS)[number];

/** `safetensors.invalid` with the reason as a word, for callers that branch on it. */
export class SafetensorsError extends TachieError {
  readonly reason: SafetensorsReason;

  constructor(
    reason: SafetensorsReason,
    file: string,
    message: string,
    options: { tensor?: string; remedy?: string } = {},
  ) {
    const place = options.tensor === undefined ? file : `${file}: ${quoteName(options.tensor)}`;
    super("safetensors.invalid", `${place}: ${message} (${reason})`, {
      where: place,
      ...(options.remedy === undefined ? {} : { remedy: options.remedy }),
    });
    this.reason = reason;
  }
}

/** A name from a file, safe to print: quoted, control characters escaped, cut at 120 characters. */
export function quoteName(name: string): string {
  return JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
}

/** How many of a file's first bytes `recogniseForeignFile` wants. */
export const FOREIGN_SAMPLE_BYTES = 256;

interface ForeignKind {
  readonly reason: SafetensorsReason;
  readonly isKind: (sample: Uint8Array, text: string) => boolean;
  readonly message: string;
  readonly remedy: string;
}

const FETCH_AGAIN = "Fetch the file itself again, and compare its size with the published one.";
const FIND_SAFETENSORS = "Get the .safetensors version of these weights; other formats are not read.";

const FOREIGN_KINDS: readonly ForeignKind[] = [
  {
    reason: "git-lfs-pointer",
    isKind: (_, text) => isLfsPointer(text),
    message: "this is a git-lfs pointer, a small text in place of the weights",
    remedy: LFS_REMEDY,
  },
  {
    reason: "html-page",
    isKind: (_, text) => /^\s*(<!--.*?-->\s*)?<(!doctype\s+html|html|head|body)/is.test(text),
    message: "this is a web page saved under the name of the weights",
    remedy: "Download the file itself: the link led to a page (often one that asks to sign in or to accept a licence).",
  },
  {
    reason: "zip-archive",
    isKind: (sample) => startsWith(sample, [0x50, 0x4b, 0x03, 0x04]),
    message: "this is a zip archive, as PyTorch writes (.pt, .pth, .ckpt, .bin)",
    remedy: FIND_SAFETENSORS,
  },
  {
    reason: "pickle",
    isKind: (sample) => sample[0] === 0x80 && sample[1] !== undefined && sample[1] >= 2 && sample[1] <= 5,
    message: "this is a Python pickle, which could run code and is never opened",
    remedy: FIND_SAFETENSORS,
  },
  {
    reason: "gguf",
    isKind: (_, text) => text.startsWith("GGUF"),
    message: "this is a GGUF file",
    remedy: FIND_SAFETENSORS,
  },
  {
    reason: "compressed",
    isKind: (sample) => startsWith(sample, [0x1f, 0x8b]) || startsWith(sample, [0x28, 0xb5, 0x2f, 0xfd]),
    message: "this file is compressed",
    remedy: "Unpack it first (gunzip or unzstd).",
  },
  {
    reason: "text-file",
    isKind: (_, text) => /^\s*(\{\s*["}]|\[\s*[[{"]|<\?xml|<error)/i.test(text),
    message: "this is a text (JSON or XML), perhaps the error message of a server",
    remedy: FETCH_AGAIN,
  },
];

/** The error for a file that is evidently something else, undefined when its first bytes tell nothing. */
export function recogniseForeignFile(file: string, sample: Uint8Array): SafetensorsError | undefined {
  const text = Buffer.from(sample.buffer, sample.byteOffset, sample.byteLength).toString("latin1");
  const kind = FOREIGN_KINDS.find(({ isKind }) => isKind(sample, text.replace(/^\u00ef\u00bb\u00bf/, "")));
  return kind && new SafetensorsError(kind.reason, file, kind.message, { remedy: kind.remedy });
}

function startsWith(sample: Uint8Array, magic: readonly number[]): boolean {
  return magic.every((byte, index) => sample[index] === byte);
}
