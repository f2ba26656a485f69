/** @file Where the server that a page came from takes connections. */

export interface PageAddress {
  readonly protocol: string;
  readonly host: string;
  readonly search: string;
}

/** The query goes along: it may hold the token that the page was opened with. */
export function socketAddress({ protocol, host, search }: PageAddress): string {
  return `${protocol === "https:" ? "wss" : "ws"}://${host}/ws${search}`;
}
