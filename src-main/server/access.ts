/**
 * @file Who may come in: only who knows the token, and only pages of our own origin.
 *
 * The token stands in the address that is printed and then lives in a cookie. Since cookies are sent by every page of the
 * same machine, whatever its port, and since a name of the network can be made to point here (DNS rebinding), what a
 * browser tells of the sender is checked as well.
 */

import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";

export interface Access {
  readonly token: string;
  /** Different for each server on this machine, since cookies know no ports. */
  readonly cookieName: string;
  /** Lower-case names under which this machine may be addressed besides `localhost` and numbers. */
  readonly hostNames: readonly string[];
}

/** Constant in time, whatever is given. */
export function isToken({ token }: Access, given: string | undefined): boolean {
  const [a, b] = [given ?? "", token].map((text) => createHash("sha256").update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

export function hasCookie(access: Access, { cookie = "" }: IncomingHttpHeaders): boolean {
  const prefix = `${access.cookieName}=`;
  const given = cookie.split(/; */).find((part) => part.startsWith(prefix));
  return isToken(access, given?.slice(prefix.length));
}

/** A session cookie: it goes with the browser's window. */
export function cookieOf({ cookieName, token }: Access): string {
  return `${cookieName}=${token}; Path=/; HttpOnly; SameSite=Strict`;
}

/** Whether the request was sent to us by our own name. Whoever rebinds a name must send that name. */
export function isOwnHost({ hostNames }: Access, { host }: IncomingHttpHeaders): boolean {
  const name = hostUrl(host)?.hostname;
  if (name === undefined) return false;
  // Only names can be rebound. With a number, or through a tunnel to localhost, any port may be ours.
  return name === "localhost" || isIP(name.replace(/^\[|\]$/g, "")) !== 0 || hostNames.includes(name);
}

/**
 * Whether a browser sent this for a page of ours, as far as it tells.
 * @param isOriginRequired for connections that every browser tells the origin of
 */
export function isOwnPage(headers: IncomingHttpHeaders, isOriginRequired = false): boolean {
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") return false;
  const { origin } = headers;
  if (origin === undefined) return !isOriginRequired;
  if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) return false;
  return new URL(origin).host === hostUrl(headers.host, new URL(origin).protocol)?.host;
}

function hostUrl(host: string | undefined, protocol = "http:"): URL | undefined {
  if (host === undefined || !/^[\w.:[\]-]+$/.test(host) || !URL.canParse(`${protocol}//${host}`)) return undefined;
  return new URL(`${protocol}//${host}`);
}
