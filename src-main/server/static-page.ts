/**
 * @file The page's files, read when the server starts: a request is looked up among their names as it is, so that no
 * address ever becomes a path, and a build that goes on meanwhile mixes nothing. What compresses is compressed once.
 */

import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import { TachieError } from "../contract/errors.ts";

export interface PageFile {
  readonly type: string;
  /** As they are. */
  readonly bytes: Uint8Array;
  /** Whether the name changes with the content, so that a browser need never ask again. */
  readonly isImmutable: boolean;
  /** The bytes in the best encoding that `acceptEncoding` allows. */
  read(acceptEncoding: string): Promise<{ readonly bytes: Uint8Array; readonly encoding?: "br" | "gzip" }>;
}

export const PAGE = "/index.html";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".map": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".txt": "text/plain; charset=utf-8",
  ".wasm": "application/wasm",
  ".webmanifest": "application/manifest+json",
  ".png": "image/png",
  ".ico": "image/x-icon",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
};
const COMPRESSIBLE = /^text\/|json|javascript|svg|wasm/;
/** Below this a header more costs as much as is saved. */
const SHORTEST_BYTES = 1024;
/** Vite puts what it names by content into this folder. */
const HASHED_FOLDER = "/assets/";
/** A few files of at most a few hundred kilobytes, each once: nearly the smallest, in well under a second. */
const BROTLI_QUALITY = 9;

/**
 * By address, such as `/assets/index-D8U00gC8.js`.
 * @throws file.not-found where the page is not built
 */
export function listPage(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map(readFolder(folder).map(([name, bytes]) => [`/${name}`, pageFile(`/${name}`, bytes)]));
  if (files.has(PAGE)) return files;
  throw new TachieError("file.not-found", `the studio's page is not in ${folder}`, {
    where: folder,
    remedy: "Build it: npm run build.",
  });
}

function readFolder(folder: string): [name: string, bytes: Uint8Array][] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name))
      .map((file) => [path.relative(folder, file).replaceAll(path.sep, "/"), readFileSync(file)]);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new TachieError("file.unreadable", `${folder} cannot be read: ${(cause as Error).message}`, {
      where: folder,
      cause,
    });
  }
}

function pageFile(address: string, bytes: Uint8Array): PageFile {
  const type = TYPES[path.extname(address)] ?? "application/octet-stream";
  let brotli: Promise<Uint8Array> | undefined;
  let zipped: Promise<Uint8Array> | undefined;
  return {
    type,
    bytes,
    isImmutable: address.startsWith(HASHED_FOLDER),
    async read(acceptEncoding) {
      if (bytes.length < SHORTEST_BYTES || !COMPRESSIBLE.test(type)) return { bytes };
      const accepted = acceptEncoding.split(",").map((part) => part.trim());
      if (accepted.includes("br")) return { bytes: await (brotli ??= toBrotli(bytes)), encoding: "br" };
      if (accepted.includes("gzip")) return { bytes: await (zipped ??= promisify(gzip)(bytes)), encoding: "gzip" };
      return { bytes };
    },
  };
}

function toBrotli(bytes: Uint8Array): Promise<Uint8Array> {
  return promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } });
}
