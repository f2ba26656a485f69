/**
 * @file Interrupts downloads in every way the server knows, and by kill -9 of the downloading process, and counts what comes
 * of it. Shared by the test (few) and the bench (200).
 */

import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { streamOf } from "../../models/counter-random.ts";
import { fetchFile } from "../../src-main/studio/models/fetch-file.ts";
import type { TransferLimits } from "../../src-main/studio/models/fetch-file.ts";
import type { FaultKind, TransferFault } from "../../src-main/studio/models/transfer-fault.ts";
import { FAULTS, FaultyServer } from "./faulty-server.ts";
import type { Fault } from "./faulty-server.ts";

export const QUICK_LIMITS: TransferLimits = {
  stallMs: 200,
  stallBytes: 512,
  retries: 6,
  pauseMs: 2,
  longestPauseMs: 20,
  longestRetryAfterMs: 1000,
  checkpointBytes: 32 << 10,
};

export interface InterruptionReport {
  readonly interruptions: number;
  readonly verifiedFiles: number;
  /** Files that had their final name before, or without, being what they should be. */
  readonly unverifiedFiles: number;
  /** The most bytes that a killed download fetched twice. */
  readonly mostRefetchedBytes: number;
  readonly byKind: ReadonlyMap<string, number>;
}

type Kind = Fault | "kill";

/** One file for each interruption, each interrupted once at a place drawn from the seed, then fetched to the end. */
export async function interruptDownloads(
  count: number,
  kills: number,
  folder: string,
  seed: number,
): Promise<InterruptionReport> {
  const kinds: Kind[] = Array.from({ length: count }, (_, index) =>
    index < kills ? "kill" : (FAULTS[(index - kills) % FAULTS.length] ?? "drop"),
  );
  const byKind = new Map<string, number>();
  let verifiedFiles = 0;
  let unverifiedFiles = 0;
  let mostRefetchedBytes = 0;
  for (const [index, kind] of kinds.entries()) {
    byKind.set(kind, (byKind.get(kind) ?? 0) + 1);
    const target = path.join(folder, `file-${index}`);
    const bytes = contentsOf(seed, index);
    const sha256 = sumOf(bytes);
    // A file that is asked for is not whole yet, so nothing may bear its name.
    const onRequest = (): void => {
      if (existsSync(target) && sumOf(readFileSync(target)) !== sha256) unverifiedFiles++;
    };
    const outcome =
      kind === "kill"
        ? await killOnce(target, bytes, onRequest)
        : await failOnce(kind, target, bytes, index, onRequest);
    mostRefetchedBytes = Math.max(mostRefetchedBytes, outcome.refetchedBytes);
    if (sumOf(readFileSync(target)) === sha256 && outcome.sha256 === sha256) verifiedFiles++;
    else unverifiedFiles++;
    for (const left of [".partial", ".partial.json"]) if (existsSync(target + left)) unverifiedFiles++;
    rmSync(target);
  }
  return { interruptions: count, verifiedFiles, unverifiedFiles, mostRefetchedBytes, byKind };
}

/** As what each misbehaviour is to be noticed, at once; the others are noticed by the sum at the end, or do no harm. */
const FAULTS_MET: Readonly<Partial<Record<Fault, FaultKind>>> = {
  drop: "connection",
  refuse: "connection",
  "error-500": "status",
  "busy-503": "status",
  "too-many-429": "status",
  "truncated-length": "connection",
  "truncated-chunked": "truncated",
  "wrong-range": "range",
  "no-content-range": "range",
  "range-416": "range",
  "other-total": "changed",
  "changed-etag": "connection",
  "changed-etag-206": "changed",
  stall: "stalled",
  drip: "stalled",
  compressed: "range",
  "redirect-loop": "connection",
  "redirect-nowhere": "connection",
  "html-200": "truncated",
};

interface Outcome {
  readonly sha256: string;
  readonly refetchedBytes: number;
}

async function failOnce(
  fault: Fault,
  target: string,
  bytes: Buffer,
  index: number,
  onRequest: () => void,
): Promise<Outcome> {
  await using server = await FaultyServer.start({ onRequest });
  const after = streamOf(index, "place") % bytes.length;
  // Faults of range answers need something to go on from.
  const first = { fault: "drop" as const, after: Math.floor(bytes.length / 3) };
  const address = server.add("o/n/resolve/main/file", bytes, [first, { fault, after }]);
  const { signal } = new AbortController();
  const met: string[] = [];
  const onFault = ({ kind }: TransferFault): void => void met.push(kind);
  const sha256 = await fetchFile({ ...identityOf(bytes), address, target, limits: QUICK_LIMITS, signal, onFault });
  const expected = FAULTS_MET[fault];
  if (expected !== undefined && met[1] !== expected) throw new Error(`${fault} was met as ${met.join(", ")}`);
  const left = server.files.get("o/n/resolve/main/file")?.faults.length;
  if (left !== 0) throw new Error(`${fault} did not strike`);
  return { sha256, refetchedBytes: 0 };
}

/** A child fetches slowly, is killed in the middle, and another process goes on. */
async function killOnce(target: string, bytes: Buffer, onRequest: () => void): Promise<Outcome> {
  await using slow = await FaultyServer.start({ bytesPerSecond: 1_000_000, onRequest });
  const address = slow.add("o/n/resolve/main/file", bytes);
  const job = { address, target, ...identityOf(bytes), limits: { ...QUICK_LIMITS, stallMs: 5000 } };
  const child = fork(path.join(import.meta.dirname, "download-child.ts"), [JSON.stringify(job)], { execArgv: [] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const wanted = Math.floor(bytes.length / 2);
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () => reject(new Error("the child ended before it was killed")));
    child.on("message", (position) => {
      if ((position as number) >= wanted) resolve();
    });
  });
  child.removeAllListeners("exit");
  const killed = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await Promise.race([ended, killed]);
  if (existsSync(target)) throw new Error("a killed download has its final name");
  const sentBefore = slow.sentBytes;
  const { signal } = new AbortController();
  await using quick = await FaultyServer.start({ onRequest });
  const again = quick.add("o/n/resolve/main/file", bytes);
  const sha256 = await fetchFile({ ...identityOf(bytes), address: again, target, limits: QUICK_LIMITS, signal });
  // What the kill has lost of the bytes that had been sent, with what was still under way.
  return { sha256, refetchedBytes: Math.max(0, sentBefore + quick.sentBytes - bytes.length) };
}

export function identityOf(bytes: Buffer): { sizeBytes: number; digest: { algorithm: "sha256"; value: string } } {
  return { sizeBytes: bytes.length, digest: { algorithm: "sha256", value: sumOf(bytes) } };
}

export function sumOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** 150 to 400 kB that compress to nothing less. */
function contentsOf(seed: number, index: number): Buffer {
  const length = 150_000 + (streamOf(seed, `length ${index}`) % 250_000);
  const bytes = Buffer.alloc(length);
  const block = createHash("sha512").update(`${seed} ${index}`).digest();
  for (let position = 0; position < length; position += block.length) {
    createHash("sha512").update(block).update(String(position)).digest().copy(bytes, position);
  }
  return bytes;
}
