/**
 * @file `/image/ID` and `/thumbnail/ID`: pictures by id. What stands behind the route is compared with the form of an id
 * and otherwise handed to the studio as it is; no part of an address ever becomes a path.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import { pipeline } from "node:stream/promises";
import { isTachieError } from "../contract/errors.ts";
import { IMAGE_ROUTES } from "../contract/studio.ts";
import { openPicture } from "./picture-file.ts";

/** Where pictures lie, by their whole id; undefined where there is none. */
export type PictureSource = Readonly<
  Record<keyof typeof IMAGE_ROUTES, (id: string) => Promise<string | undefined> | string | undefined>
>;

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
  const file = await whereFound(() => source[route](id));
  const picture = file === undefined ? undefined : await openPicture(file);
  if (picture === undefined) return false;
  const { handle, type, sizeBytes, version } = picture;
  try {
    const etag = `"${id}-${version}"`;
    response.setHeader("etag", etag);
    response.setHeader("cache-control", CACHE_CONTROL);
    if (isKnown(request, etag)) {
      response.writeHead(304).end();
      return true;
    }
    response.writeHead(200, { "content-type": type, "content-length": sizeBytes });
    if (request.method === "HEAD") {
      response.end();
      return true;
    }
    // Never more than was promised, should the file grow meanwhile; where it shrinks, the connection is cut.
    await pipeline(handle.createReadStream({ start: 0, end: sizeBytes - 1, autoClose: false }), response);
  } catch (error) {
    if (!isClosedEarly(error)) throw error; // whoever asked has gone, as pages do that are scrolled on
  } finally {
    await handle.close();
  }
  return true;
}

function isKnown({ headers }: IncomingMessage, etag: string): boolean {
  const known = headers["if-none-match"]?.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return known?.includes(etag) === true;
}

function isClosedEarly(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === "ERR_STREAM_PREMATURE_CLOSE" || code === "ECONNRESET" || code === "EPIPE";
}

async function whereFound(find: () => Promise<string | undefined> | string | undefined): Promise<string | undefined> {
  try {
    return await find();
  } catch (error) {
    const codes = ["library.not-found", "file.not-found", "image.invalid"] as const;
    if (codes.some((code) => isTachieError(error, code))) return undefined;
    throw error;
  }
}
