/**
 * @file `/image/ID` and `/thumbnail/ID`: pictures by id. What stands behind the route is compared with the form of an id
 * and otherwise handed to the studio as it is; no part of an address ever becomes a path.
 */

import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { isTachieError } from "../contract/errors.ts";
import { IMAGE_ROUTES } from "../contract/studio.ts";
import { openPicture, pictureType } from "./picture-file.ts";

export interface PictureSource {
  /** Where a picture lies, by its whole id; undefined where there is none. */
  image(id: string): Promise<string | undefined> | string | undefined;
  /** A small one, encoded as PNG, JPEG or WebP. */
  thumbnail(id: string): Promise<Uint8Array | undefined> | Uint8Array | undefined;
}

export interface PictureRequest {
  readonly route: keyof typeof IMAGE_ROUTES;
  readonly id: string;
}

const ID = /^[0-9a-z]{4,40}$/;
/** Kept by the browser, but asked for again each time: a picture may be gone, and asking costs little here. */
const CACHE_CONTROL = "private, no-cache";

/** @param address the request's address up to the question mark, nothing decoded */
export function pictureRequest(address: string): PictureRequest | undefined {
  for (const route of ["image", "thumbnail"] as const) {
    const start = IMAGE_ROUTES[route];
    const id = address.startsWith(start) ? address.slice(start.length) : "";
    if (ID.test(id)) return { route, id };
  }
  return undefined;
}

/** @returns whether there was such a picture; where not, nothing has been sent */
export async function sendPicture(
  { route, id }: PictureRequest,
  source: PictureSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  return route === "image" ? sendImage(id, source, request, response) : sendThumbnail(id, source, request, response);
}

async function sendImage(
  id: string,
  source: PictureSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const file = await whereFound(() => source.image(id));
  const picture = file === undefined ? undefined : await openPicture(file);
  if (picture === undefined) return false;
  const { handle, type, sizeBytes, version } = picture;
  try {
    if (!sendHead(request, response, { etag: `"${id}-${version}"`, type, sizeBytes })) return true;
    // Never more than was promised, should the file grow meanwhile; where it shrinks, the connection is cut.
    await pipeline(handle.createReadStream({ start: 0, end: sizeBytes - 1, autoClose: false }), response);
  } catch (error) {
    if (!isClosedEarly(error)) throw error; // whoever asked has gone, as pages do that are scrolled on
  } finally {
    await handle.close();
  }
  return true;
}

async function sendThumbnail(
  id: string,
  source: PictureSource,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  const bytes = await whereFound(() => source.thumbnail(id));
  const type = bytes === undefined ? undefined : pictureType(bytes);
  if (bytes === undefined || type === undefined) return false;
  const etag = `"${createHash("sha256").update(bytes).digest("base64url")}"`;
  if (sendHead(request, response, { etag, type, sizeBytes: bytes.length })) response.end(bytes);
  return true;
}

/** @returns whether the bytes are to follow; otherwise the answer is complete */
function sendHead(
  { headers, method }: IncomingMessage,
  response: ServerResponse,
  { etag, type, sizeBytes }: { readonly etag: string; readonly type: string; readonly sizeBytes: number },
): boolean {
  response.setHeader("etag", etag);
  response.setHeader("cache-control", CACHE_CONTROL);
  const known = headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (known?.includes(etag) === true) {
    response.writeHead(304).end();
    return false;
  }
  response.writeHead(200, { "content-type": type, "content-length": sizeBytes });
  if (method === "HEAD") response.end();
  return method !== "HEAD";
}

function isClosedEarly(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ECONNRESET" || code === "EPIPE";
}

async function whereFound<T>(find: () => Promise<T | undefined> | T | undefined): Promise<T | undefined> {
  try {
    return await find();
  } catch (error) {
    const codes = ["library.not-found", "file.not-found", "image.invalid"] as const;
    if (codes.some((code) => isTachieError(error, code))) return undefined;
    throw error;
  }
}
