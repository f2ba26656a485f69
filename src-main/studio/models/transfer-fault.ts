/**
 * @file What can go wrong with one answer of a server and is worth another try. What is not worth one is a `TachieError` at
 * once. Faults never reach a person: after the last try they become `download.unreachable` or `download.mismatch`.
 */

export const FAULT_KINDS = [
  /** No connection, or it broke. */
  "connection",
  /** Nothing, or next to nothing, has come for too long. */
  "stalled",
  /** 408, 425, 429, 5xx. */
  "status",
  /** An answer to a range request that is not that range. */
  "range",
  /** The body ended before the file did. */
  "truncated",
  /** The server has another file now than it said before. */
  "changed",
  /** The whole file has come and its sum is wrong. */
  "mismatch",
] as const;
export type FaultKind = (typeof FAULT_KINDS)[number];

export class TransferFault extends Error {
  override readonly name = "TransferFault";
  readonly kind: FaultKind;
  /** The pause that the server asks for, in milliseconds. */
  readonly retryAfterMs: number | undefined;

  constructor(
    kind: FaultKind,
    message: string,
    options: { readonly retryAfterMs?: number; readonly cause?: unknown } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.kind = kind;
    this.retryAfterMs = options.retryAfterMs;
  }
}

/** `Retry-After` in either of its forms, in milliseconds from `now`; undefined where it says nothing usable. */
export function parseRetryAfter(value: string | null, now: number = Date.now()): number | undefined {
  if (value === null) return undefined;
  if (/^\d{1,9}$/.test(value.trim())) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
