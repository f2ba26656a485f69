/**
 * @file Fetches one file, however often the connection breaks: goes on by range where it stopped, begins again where the server
 * has another version, pauses longer after each failure, gives up after several without progress. Whatever arrives is
 * hashed; only the whole file with the right sum gets the name.
 */

import { TachieError } from "../../contract/errors.ts";
import { connectionFault, request } from "./http-request.ts";
import type { Answer } from "./http-request.ts";
import { PartialFile } from "./partial-file.ts";
import type { FileIdentity, PartialOptions } from "./partial-file.ts";
import { givenUp, pause, pauseAfter } from "./retry.ts";
import type { RetryLimits } from "./retry.ts";
import { StallWatch } from "./stall-watch.ts";
import type { StallLimits } from "./stall-watch.ts";
import { TransferFault } from "./transfer-fault.ts";

export interface TransferLimits extends StallLimits, RetryLimits {
  /** See `PartialOptions`. */
  readonly checkpointBytes: number;
}

export const TRANSFER_LIMITS: TransferLimits = {
  stallMs: 30_000,
  stallBytes: 4096,
  retries: 6,
  pauseMs: 500,
  longestPauseMs: 30_000,
  longestRetryAfterMs: 120_000,
  checkpointBytes: 64 << 20,
};

export interface FetchRequest extends FileIdentity {
  readonly address: string;
  readonly authorization?: string | undefined;
  /** The final name, absolute. */
  readonly target: string;
  readonly limits: TransferLimits;
  readonly signal: AbortSignal;
  /** Told whenever bytes have arrived or were lost: how many of the file are there. */
  readonly onPosition?: ((bytes: number) => void) | undefined;
  /** Told before a pause. */
  readonly onFault?: ((fault: TransferFault, pauseMs: number) => void) | undefined;
  readonly openHandle?: PartialOptions["openHandle"];
}

/** A whole file with a wrong sum is fetched again this often. */
const MISMATCHES = 2;
/** After this many wrong answers to range requests the whole file is asked for. */
const WRONG_RANGES = 2;

/**
 * @returns the SHA-256 of the file, which is in place now
 * @throws download.unreachable, download.mismatch, download.refused, download.not-found, disk.full, file.unwritable, or the
 *   signal's reason; the bytes so far are kept for the next run then, except after a mismatch
 */
export async function fetchFile(job: FetchRequest): Promise<string> {
  const { target, limits, signal } = job;
  const partial = await PartialFile.open(target, job, {
    checkpointBytes: limits.checkpointBytes,
    signal,
    openHandle: job.openHandle,
  });
  let failures = 0;
  let mismatches = 0;
  let wrongRanges = 0;
  try {
    for (;;) {
      job.onPosition?.(partial.position);
      if (partial.isWhole) {
        const sha256 = await partial.commit();
        if (sha256 !== undefined) return sha256;
        await partial.restart();
        if (mismatches++ >= MISMATCHES) {
          await partial.discard();
          throw mismatchError(job);
        }
      }
      const before = partial.position;
      try {
        await transfer(partial, job);
        failures = 0;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof TransferFault)) throw error;
        failures = partial.position - before >= leastAdvance(job) ? 1 : failures + 1;
        if (error.kind === "range" && ++wrongRanges >= WRONG_RANGES) await partial.restart();
        if (failures > limits.retries) throw givenUp(error, target, limits, job.address);
        const pauseMs = pauseAfter(error, failures, limits, job.address);
        job.onFault?.(error, pauseMs);
        await pause(pauseMs, signal);
      }
    }
  } catch (error) {
    // `fetch` wraps the reason in errors of its own.
    signal.throwIfAborted();
    throw error;
  } finally {
    await partial.leave();
  }
}

/** So much must arrive for a try to count as progress: a server that sends one byte each time must come to an end. */
function leastAdvance({ sizeBytes }: FetchRequest): number {
  return Math.min(1 << 20, Math.ceil(sizeBytes / 100));
}

/** Fetches from the partial's position to the end. @throws TransferFault where it did not come that far */
async function transfer(partial: PartialFile, job: FetchRequest): Promise<void> {
  using watch = new StallWatch(job.limits);
  const signal = AbortSignal.any([job.signal, watch.signal]);
  try {
    const isStrong = partial.etag !== undefined && !partial.etag.startsWith("W/");
    const range: Record<string, string> = partial.position === 0 ? {} : { range: `bytes=${partial.position}-` };
    const condition: Record<string, string> =
      partial.position > 0 && isStrong ? { "if-range": partial.etag ?? "" } : {};
    const headers = { ...range, ...condition };
    const answer = await request(job.address, { method: "GET", headers, signal, authorization: job.authorization });
    try {
      await checkAnswer(answer, partial, job);
      await receive(answer, partial, job, watch);
    } finally {
      // Nothing more is wanted from this connection; whether it ends well does not matter.
      await answer.response.body?.cancel().catch(() => undefined);
    }
  } catch (error) {
    if (watch.signal.aborted && !job.signal.aborted) throw watch.signal.reason;
    throw error;
  }
}

/** Makes sure that the body begins where the partial ends, or the partial where the body begins. */
async function checkAnswer({ response }: Answer, partial: PartialFile, { sizeBytes }: FetchRequest): Promise<void> {
  const { status, headers } = response;
  const encoding = headers.get("content-encoding");
  if (encoding !== null && encoding !== "identity")
    throw new TransferFault("range", `the server sends the file compressed (${encoding})`);
  const etag = headers.get("etag") ?? undefined;
  if (status === 200) {
    // The whole file: the server knows no ranges, or its version is another than the one that the bytes are from.
    if (partial.position > 0) await partial.restart();
    partial.etag = etag;
    const length = headers.get("content-length");
    if (length !== null && Number(length) !== sizeBytes)
      throw new TransferFault("changed", `the server sends ${length} bytes instead of ${sizeBytes}`);
    return;
  }
  if (status === 416) {
    await partial.restart();
    throw new TransferFault("range", "the server says that it has no such range");
  }
  if (status !== 206) throw new TransferFault("range", `the server answered ${status} to a request for a file`);
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(headers.get("content-range") ?? "") ?? [];
  if (Number(start ?? -1) !== partial.position)
    throw new TransferFault("range", `the server sent the range ${headers.get("content-range") ?? "(none)"}`);
  const hasOtherTag = etag !== undefined && partial.etag !== undefined && etag !== partial.etag;
  if (hasOtherTag || (total !== "*" && Number(total) !== sizeBytes)) {
    await partial.restart();
    throw new TransferFault("changed", "the server has another version of the file than before");
  }
  partial.etag = etag ?? partial.etag;
}

async function receive(
  { response }: Answer,
  partial: PartialFile,
  job: FetchRequest,
  watch: StallWatch,
): Promise<void> {
  const { sizeBytes } = job;
  const body = response.body as AsyncIterable<Uint8Array> | null;
  if (body !== null) {
    const chunks = body[Symbol.asyncIterator]();
    while (!partial.isWhole) {
      const chunk = await nextChunk(chunks, job);
      if (chunk === undefined) break;
      watch.arrived(chunk.length);
      // What goes beyond the file is not looked at: the sum decides.
      await partial.append(chunk.subarray(0, sizeBytes - partial.position));
      job.onPosition?.(partial.position);
    }
  }
  if (!partial.isWhole)
    throw new TransferFault("truncated", `the server ended after ${partial.position} of ${sizeBytes} bytes`);
}

async function nextChunk(
  chunks: AsyncIterator<Uint8Array>,
  { address, signal }: FetchRequest,
): Promise<Uint8Array | undefined> {
  try {
    const { done, value } = (await chunks.next()) as IteratorResult<Uint8Array, undefined>;
    return done === true ? undefined : value;
  } catch (error) {
    signal.throwIfAborted();
    throw connectionFault(error, new URL(address));
  }
}

function mismatchError({ address, target }: FetchRequest): TachieError {
  return new TachieError("download.mismatch", `the server sends other bytes than were published for ${target}`, {
    where: address,
  });
}
