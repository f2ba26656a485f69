/**
 * @file Answers the window's protocol, `tachie://app/…`: the page, and the library's pictures by their ids. Everything has
 * a type from our own table and the headers of `contract/page-policy.ts`.
 */

import { randomBytes } from "node:crypto";
import path from "node:path";
import { BASE_HEADERS, CLOSED_POLICY, pagePolicy, withStyleNonce } from "../contract/page-policy.ts";
import { readAddress } from "./address.ts";
import { readContained } from "./contained-file.ts";
import type { PageFile } from "./page-files.ts";

export interface AppProtocolOptions {
  readonly pageFiles: ReadonlyMap<string, PageFile>;
  readonly libraryFolder: string;
  /** Asks the studio where a picture lies. */
  readonly findPicture: (kind: "image" | "thumbnail", id: string) => Promise<string | undefined>;
  readonly onError: (error: unknown) => void;
}

const PICTURE_TYPES: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".webp": "image/webp",
  ".jpg": "image/jpeg",
};

export type AppProtocol = (request: { readonly method: string; readonly url: string }) => Promise<Response>;

export function createAppProtocol(options: AppProtocolOptions): AppProtocol {
  async function page(name: string): Promise<Response> {
    const file = options.pageFiles.get(name);
    if (file === undefined) return plain(404);
    const bytes = await file.read();
    if (name !== "index.html")
      return answer(bytes, { "content-type": file.type, "content-security-policy": CLOSED_POLICY });
    const nonce = randomBytes(16).toString("base64url");
    return answer(withStyleNonce(bytes.toString("utf8"), nonce), {
      "content-type": file.type,
      "content-security-policy": pagePolicy(nonce),
      "cache-control": "no-store",
    });
  }

  async function picture(kind: "image" | "thumbnail", id: string): Promise<Response> {
    const file = await options.findPicture(kind, id);
    const type = file === undefined ? undefined : PICTURE_TYPES[path.extname(file)];
    if (file === undefined || type === undefined) return plain(404);
    const bytes = await readContained(options.libraryFolder, file);
    if (bytes === undefined) return plain(404);
    // A picture never changes under its id.
    return answer(bytes, {
      "content-type": type,
      "content-security-policy": CLOSED_POLICY,
      "cache-control": "private, max-age=31536000, immutable",
    });
  }

  return async ({ method, url }) => {
    if (method !== "GET") return plain(405);
    const target = readAddress(url);
    try {
      if (target.kind === "refused") return plain(404);
      return await (target.kind === "page" ? page(target.file) : picture(target.kind, target.id));
    } catch (error) {
      options.onError(error);
      return plain(500);
    }
  };
}

function answer(body: string | Buffer<ArrayBuffer>, headers: Record<string, string>): Response {
  return new Response(body, { headers: { ...BASE_HEADERS, ...headers } });
}

function plain(status: number): Response {
  return new Response(null, { status, headers: { ...BASE_HEADERS, "content-security-policy": CLOSED_POLICY } });
}
