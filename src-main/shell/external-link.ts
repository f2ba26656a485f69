/** @file Which links of the page may be opened in the system's browser. */

import { parseAddress } from "./parse-address.ts";

const LONGEST = 2048;

/** Only web pages over https, with a host and without a name and password: nothing that starts another program. */
export function isExternalLink(address: string): boolean {
  if (address.length > LONGEST) return false;
  const url = parseAddress(address);
  return url?.protocol === "https:" && url.hostname !== "" && url.username === "" && url.password === "";
}
