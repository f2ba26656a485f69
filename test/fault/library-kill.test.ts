/** @file kill -9 at random moments of saving. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { killWhileSaving } from "../fixtures/kill-loop.ts";
import { rounds, tally } from "../fixtures/loops.ts";
import { libraryFolder } from "../fixtures/library-folder.ts";

const KILLS = rounds({ short: 25, long: 300 });

test(`${KILLS} kills while saving lose nothing that was acknowledged`, async (context) => {
  const report = await killWhileSaving(KILLS, () => libraryFolder(context));
  tally(context, "killed while pictures were saved", { ...report });
  assert.equal(report.kills, KILLS);
  // Two kills of three wait for a picture; how many more are saved until then is the disk's affair.
  assert.ok(report.acknowledged >= Math.floor((KILLS * 2) / 3), `only ${report.acknowledged} pictures were saved`);
});
