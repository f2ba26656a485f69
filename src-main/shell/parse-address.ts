/** @file Reads an address with a real parser, as every decision about one must. */

export function parseAddress(address: string): URL | undefined {
  return URL.canParse(address) ? new URL(address) : undefined;
}
