/**
 * @file Answers one request: first whether it may come in at all, then what it asks for.
 *
 * Nobody learns anything without the token, not even which addresses there are.
 */

import { randomBytes } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { BASE_HEADERS, CLOSED_POLICY, pagePolicy, withStyleNonce } from "../contract/page-policy.ts";
import type { Access } from "./access.ts";
import { cookieOf, hasCookie, isOwnHost, isOwnPage, isToken } from "./access.ts";
import type { PictureSource } from "./picture-routes.ts";
import { pictureRequest, sendPicture } from "./picture-routes.ts";
import { PAGE } from "./static-page.ts";
import type { PageFile } from "./static-page.ts";

export interface Site {
  readonly access: Access;
  readonly page: ReadonlyMap<string, PageFile>;
  readonly pictures: PictureSource;
}

const NONCE_BYTES = 16;
const LOCKED = "Open the address that Tachie printed when it was started: it carries the key to this page.\n";
/** Names that a page of ours has not: 421 says that this server is not the one that was meant. */
const MISDIRECTED = "This address is not one of Tachie's.\n";

export async function answer(request: IncomingMessage, response: ServerResponse, site: Site): Promise<void> {
  for (const [name, value] of Object.entries(BASE_HEADERS)) response.setHeader(name, value);
  response.setHeader("content-security-policy", CLOSED_POLICY);
  response.setHeader("cache-control", "no-store");
  request.resume(); // a body is never read

  const [address = "", query = ""] = splitOnce(request.url ?? "", "?");
  const refusal = refusalOf(request, address, query, site.access);
  if (refusal !== undefined) {
    sendText(response, ...refusal);
    return;
  }
  if (isKey(site.access, address, query)) {
    admit(request, response, site);
    return;
  }
  if (address === "/" || address === PAGE) {
    sendPage(request, response, site);
    return;
  }
  const file = site.page.get(address);
  if (file !== undefined) return sendFile(file, request, response);
  const picture = pictureRequest(address);
  if (picture !== undefined && (await sendPicture(picture, site.pictures, request, response))) return;
  // Browsers ask for this unasked, and complain where it is missing.
  if (address === "/favicon.ico") response.writeHead(204).end();
  else sendText(response, 404, "There is nothing at this address.\n");
}

function isKey(access: Access, address: string, query: string): boolean {
  return address === "/" && isToken(access, new URLSearchParams(query).get("token") ?? undefined);
}

function refusalOf(
  { headers, method }: IncomingMessage,
  address: string,
  query: string,
  access: Access,
): [status: number, text: string] | undefined {
  if (!isOwnHost(access, headers)) return [421, MISDIRECTED];
  if (method !== "GET" && method !== "HEAD") return [405, "Only GET and HEAD.\n"];
  if (isKey(access, address, query)) return undefined;
  if (!hasCookie(access, headers)) return [401, LOCKED];
  const isOpened = address === "/" && headers["sec-fetch-mode"] === "navigate";
  return isOpened || isOwnPage(headers) ? undefined : [403, "Only for Tachie's own page.\n"];
}

/**
 * Takes the token out of the address and into a cookie. Who followed a link from another page is sent on by a page of our
 * own: through a redirect, the browser would not send a cookie that is for our own pages only.
 */
function admit({ headers }: IncomingMessage, response: ServerResponse, { access }: Site): void {
  response.setHeader("set-cookie", cookieOf(access));
  if (["cross-site", "same-site"].includes(headers["sec-fetch-site"] ?? "")) {
    response.setHeader("refresh", "0; url=/");
    sendText(response, 200, "Opening Tachie.\n");
  } else response.writeHead(303, { location: "/" }).end();
}

function sendPage(request: IncomingMessage, response: ServerResponse, { page }: Site): void {
  const nonce = randomBytes(NONCE_BYTES).toString("base64url");
  const html = Buffer.from(page.get(PAGE)?.bytes ?? []).toString("utf8");
  response.setHeader("content-security-policy", pagePolicy(nonce));
  send(request, response, "text/html; charset=utf-8", Buffer.from(withStyleNonce(html, nonce)));
}

async function sendFile(file: PageFile, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { bytes, encoding } = await file.read(request.headers["accept-encoding"] ?? "");
  response.setHeader("vary", "accept-encoding");
  response.setHeader("cache-control", file.isImmutable ? "private, max-age=31536000, immutable" : "no-cache");
  if (encoding !== undefined) response.setHeader("content-encoding", encoding);
  send(request, response, file.type, bytes);
}

function send(request: IncomingMessage, response: ServerResponse, type: string, bytes: Uint8Array): void {
  response.writeHead(200, { "content-type": type, "content-length": bytes.length });
  response.end(request.method === "HEAD" ? undefined : bytes);
}

function sendText(response: ServerResponse, status: number, text: string): void {
  if (status === 405) response.setHeader("allow", "GET, HEAD");
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}

function splitOnce(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark);
  return at === -1 ? [text] : [text.slice(0, at), text.slice(at + mark.length)];
}
