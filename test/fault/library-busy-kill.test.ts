/** @file kill -9 at random moments of a studio that does everything that changes a library. */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { killWhileBusy } from "../fixtures/busy-loop.ts";
import { rounds, tally, timeoutMs } from "../fixtures/loops.ts";

const KILLS = rounds({ short: 12, long: 300 });

test(
  `${KILLS} kills while generating, saving, trashing, removing, importing and migrating lose nothing that was acknowledged`,
  { timeout: timeoutMs({ short: 240_000, long: 1_800_000 }) },
  async (context) => {
    const base = mkdtempSync(path.join(os.tmpdir(), "tachie-busy-"));
    context.after(() => rmSync(base, { recursive: true, force: true }));
    const { changes, ...report } = await killWhileBusy(KILLS, base);
    tally(context, "studio killed while it changed its library in every way", { ...report, ...changes });
    assert.equal(report.kills, KILLS);
    // All but the kills of an opening wait for a picture; how much more is done until then is the machine's affair.
    assert.ok((changes["add"] ?? 0) >= KILLS / 2, JSON.stringify(changes));
    for (const [what, count] of Object.entries(changes)) assert.ok(count > 0, `${what} was never killed at`);
  },
);
