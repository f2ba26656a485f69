import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { rounds, tally } from "../fixtures/loops.ts";
import { FAULTS } from "./faulty-server.ts";
import { QUICK_LIMITS, interruptDownloads } from "./interruptions.ts";

/** At least one of each kind. */
const COUNT = rounds({ short: FAULTS.length + 2, long: 100 });

test(`${COUNT} interrupted downloads end in as many verified files, and none is used before`, async (t) => {
  const folder = mkdtempSync(path.join(os.tmpdir(), "tachie-interruptions-"));
  try {
    const report = await interruptDownloads(COUNT, 2, folder, 20_260_101);
    assert.equal(report.verifiedFiles, COUNT);
    assert.equal(report.unverifiedFiles, 0);
    assert.ok(report.byKind.size === FAULTS.length + 1, [...report.byKind.keys()].join(", "));
    // A part, and what the system holds of bytes that the process had not taken yet.
    assert.ok(
      report.mostRefetchedBytes <= QUICK_LIMITS.checkpointBytes + 200_000,
      `${report.mostRefetchedBytes} bytes`,
    );
    assert.deepEqual(readdirSync(folder), []);
    tally(t, "downloads interrupted", { downloads: COUNT, kinds: report.byKind.size, verified: report.verifiedFiles });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
