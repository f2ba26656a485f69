/**
 * @file The figures of the downloader: 200 interruptions of every kind against a server on this machine, and the speed of an
 * undisturbed download with its hashing.
 *
 * node test/bench/download.bench.ts [interruptions] [MB]
 */

import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { TRANSFER_LIMITS, fetchFile } from "../../src-main/studio/models/fetch-file.ts";
import { FaultyServer } from "../fault/faulty-server.ts";
import { identityOf, interruptDownloads } from "../fault/interruptions.ts";

const count = Number(process.argv[2] ?? 200);
const megabytes = Number(process.argv[3] ?? 400);
const folder = mkdtempSync(path.join(os.tmpdir(), "tachie-download-bench-"));
try {
  const startedAt = performance.now();
  const report = await interruptDownloads(count, Math.ceil(count / 8), folder, 1);
  const seconds = (performance.now() - startedAt) / 1000;
  for (const [kind, times] of report.byKind) console.log(`${String(times).padStart(4)}  ${kind}`);
  console.log(`${report.interruptions} interruptions in ${seconds.toFixed(1)} s`);
  console.log(`${report.verifiedFiles} verified files, ${report.unverifiedFiles} with a final name and other bytes`);
  console.log(`fetched twice after a kill: at most ${report.mostRefetchedBytes} bytes`);

  await using server = await FaultyServer.start();
  const bytes = Buffer.alloc(megabytes * 1_000_000, "0123456789abcdef");
  const address = server.add("o/n/resolve/main/large", bytes);
  const begunAt = performance.now();
  const target = path.join(folder, "large");
  await fetchFile({
    ...identityOf(bytes),
    address,
    target,
    limits: TRANSFER_LIMITS,
    signal: new AbortController().signal,
  });
  const rate = megabytes / ((performance.now() - begunAt) / 1000);
  console.log(`${megabytes} MB without faults: ${rate.toFixed(0)} MB/s (server, hash and disk on the same cores)`);
  process.exitCode = report.verifiedFiles === count && report.unverifiedFiles === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
