/** @file The files that the page is made of: listed once, so that no address can name any other. */

import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { TachieError } from "../contract/errors.ts";

export const PAGE_TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webp": "image/webp",
  ".woff2": "font/woff2",
  ".wasm": "application/wasm",
  ".txt": "text/plain; charset=utf-8",
};

export interface PageFile {
  readonly type: string;
  read(): Promise<Buffer<ArrayBuffer>>;
}

/**
 * Files by their path relative to `folder`, with `/`. Those of an unknown type, such as source maps, are left out.
 * @throws file.not-found where the page was not built
 */
export function listPageFiles(folder: string): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  const visit = (below: string): void => {
    for (const entry of readdirSync(path.join(folder, below), { withFileTypes: true })) {
      const name = below === "" ? entry.name : `${below}/${entry.name}`;
      const type = PAGE_TYPES[path.extname(entry.name)];
      if (entry.isDirectory()) visit(name);
      else if (entry.isFile() && type !== undefined)
        files.set(name, { type, read: () => readFile(path.join(folder, name)) });
    }
  };
  try {
    visit("");
  } catch (cause) {
    throw new TachieError("file.not-found", `the page is not at ${folder}`, {
      where: folder,
      remedy: "Run `npm run build`.",
      cause,
    });
  }
  return files;
}
