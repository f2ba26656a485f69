/**
 * @file One request to a model server: redirects followed by hand, so that what each hop says is seen and credentials never
 * go to another host; answers that are no answers turned into faults or typed errors.
 */

import { TachieError } from "../../contract/errors.ts";
import { TransferFault, parseRetryAfter } from "./transfer-fault.ts";

export interface RequestOptions {
  readonly method: "GET" | "HEAD";
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Sent as `Authorization` to the origin of the first address only. */
  readonly authorization?: string | undefined;
  /** Stop at the first redirect to another host, whose answer then is the last hop's. */
  readonly isFirstHostOnly?: boolean;
}

export interface Answer {
  readonly response: Response;
  /** Headers of every hop in order, the last being the response's own. */
  readonly hops: readonly Headers[];
}

const MAX_REDIRECTS = 10;
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const RETRYABLE = new Set([408, 425, 429]);

/**
 * @throws TransferFault for what may pass; download.refused, download.not-found, download.unreachable for what will not;
 *   the signal's reason
 */
export async function request(address: string, options: RequestOptions): Promise<Answer> {
  const { origin } = new URL(address);
  const hops: Headers[] = [];
  let current = new URL(address);
  for (let hop = 0; hop <= MAX_REDIRECTS; hop++) {
    const response = await fetchOnce(current, origin, options);
    hops.push(response.headers);
    if (!REDIRECTS.has(response.status)) {
      if (response.ok || response.status === 416) return { response, hops };
      await discardBody(response);
      throw refusal(response, current);
    }
    await discardBody(response);
    const next = nextAddress(response, current);
    if (options.isFirstHostOnly === true && next.origin !== origin) return { response, hops };
    current = next;
  }
  throw new TransferFault("connection", `${origin} sends from one address to the next without end`);
}

async function fetchOnce(address: URL, origin: string, options: RequestOptions): Promise<Response> {
  const { authorization, method, signal } = options;
  const headers = new Headers(options.headers);
  // A compressed body would not have the file's length.
  headers.set("accept-encoding", "identity");
  if (authorization !== undefined && address.origin === origin && isPrivate(address))
    headers.set("authorization", authorization);
  try {
    return await fetch(address, { method, headers, signal, redirect: "manual" });
  } catch (error) {
    signal.throwIfAborted();
    throw connectionFault(error, address);
  }
}

/** What `fetch` and its bodies throw when a connection fails, as a fault with the reason in words. */
export function connectionFault(error: unknown, address: URL): TransferFault {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? ((cause as { code?: unknown }).code ?? cause.message) : cause;
  return new TransferFault("connection", `${address.host}: ${String(reason)}`, { cause: error });
}

function nextAddress(response: Response, current: URL): URL {
  const location = response.headers.get("location");
  let next: URL;
  try {
    next = new URL(location ?? "", current);
  } catch (cause) {
    throw new TransferFault("connection", `${current.host} redirects to no address`, { cause });
  }
  if (location === null || !/^https?:$/.test(next.protocol))
    throw new TransferFault("connection", `${current.host} redirects to no address of the web`);
  if (current.protocol === "https:" && next.protocol === "http:")
    throw new TachieError("download.refused", `${current.host} redirects to an unencrypted address, ${next.host}`, {
      where: current.href,
      remedy: "Use another server with --base.",
    });
  return next;
}

function refusal(response: Response, address: URL): Error {
  const { status } = response;
  const answered = `${address.host} answered ${status}${response.statusText === "" ? "" : ` (${response.statusText})`}`;
  const where = address.href.replace(/\?.*$/, "");
  if (status >= 500 || RETRYABLE.has(status)) {
    const retryAfterMs = parseRetryAfter(response.headers.get("retry-after"));
    return new TransferFault("status", answered, retryAfterMs === undefined ? {} : { retryAfterMs });
  }
  if (status === 401 || status === 403)
    return new TachieError(
      "download.refused",
      `${answered} for ${where}: it wants a sign-in, or a licence to be accepted`,
      {
        where,
      },
    );
  if (status === 404 || status === 410)
    return new TachieError("download.not-found", `${answered}: it has no ${where}`, { where });
  return new TachieError("download.unreachable", `${answered} for ${where}`, { where });
}

/** Encrypted, or not leaving this machine. */
function isPrivate(address: URL): boolean {
  return address.protocol === "https:" || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(address.hostname);
}

/** Frees the connection; what the body still holds does not matter, nor whether it arrives. */
async function discardBody(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}
