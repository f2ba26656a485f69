/**
 * @file What an address of the window's protocol names: a file of the page, or a picture by its id. Never a path: files of
 * the page are looked up in a list, and ids are letters and digits.
 */

import { IMAGE_ROUTES } from "../contract/studio.ts";
import { parseAddress } from "./parse-address.ts";

export const SCHEME = "tachie";
export const HOST = "app";
export const PAGE_ADDRESS = `${SCHEME}://${HOST}/`;

export type Target =
  | { readonly kind: "page"; /** Relative, with `/`. */ readonly file: string }
  | { readonly kind: "image" | "thumbnail"; readonly id: string }
  | { readonly kind: "refused" };

const REFUSED: Target = { kind: "refused" };
const ID = /^[0-9a-z]{1,64}$/;
/** Each part begins with a letter or digit: no dot files, and nothing that climbs. */
const PAGE_FILE = /^(?:[A-Za-z0-9][\w.-]*\/)*[A-Za-z0-9][\w.-]*$/;
const LONGEST = 512;

export function readAddress(address: string): Target {
  const url = ownUrl(address);
  if (url === undefined || url.pathname.length > LONGEST) return REFUSED;
  const { pathname } = url;
  for (const kind of ["image", "thumbnail"] as const) {
    const route = IMAGE_ROUTES[kind];
    if (!pathname.startsWith(route)) continue;
    const id = pathname.slice(route.length);
    return ID.test(id) ? { kind, id } : REFUSED;
  }
  const file = pathname === "/" ? "index.html" : pathname.slice(1);
  return PAGE_FILE.test(file) ? { kind: "page", file } : REFUSED;
}

/** Whether an address is of the page itself, whatever its query and fragment. */
export function isPageAddress(address: string): boolean {
  const url = ownUrl(address);
  return url !== undefined && (url.pathname === "/" || url.pathname === "/index.html");
}

function ownUrl(address: string): URL | undefined {
  const url = parseAddress(address);
  if (url === undefined || url.protocol !== `${SCHEME}:` || url.host !== HOST) return undefined;
  return url.username === "" && url.password === "" ? url : undefined;
}
