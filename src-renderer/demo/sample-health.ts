/** @file What a library tells of itself, on a good day and on a bad one. */

import { TachieError, toErrorData } from "../../src-main/contract/errors.ts";
import type { DiskUse, LibraryHealth } from "../../src-main/contract/upkeep.ts";

const LIBRARY = "/home/mio/.local/share/tachie/library";

export const SOUND_HEALTH: LibraryHealth = {
  backups: [
    {
      file: `${LIBRARY}/backups/library-v101-20261124T081502.db`,
      createdAt: "2026-11-24T08:15:02.000Z",
      version: 101,
      sizeBytes: 8_400_000,
    },
  ],
  check: { checkedAt: "2026-11-25T08:15:32.000Z", isWhole: true, durationMs: 310, findings: [] },
};

export const TROUBLED_HEALTH: LibraryHealth = {
  ...SOUND_HEALTH,
  check: {
    checkedAt: "2026-11-25T08:15:32.000Z",
    isWhole: true,
    durationMs: 290,
    findings: ["row 12 missing from index images_by_sum"],
  },
  failure: toErrorData(
    new TachieError("library.corrupt", "the library is damaged, so it was not backed up: row 12 missing from index"),
  ),
  repair: {
    repairedAt: "2026-11-25T08:15:02.000Z",
    finding: "database disk image is malformed",
    keptIn: `${LIBRARY}/damaged/20261125T081502`,
    refused: [],
    pictures: 480,
    rebuilt: 12,
    missing: [],
    problems: [],
  },
};

const NONE = { count: 0, sizeBytes: 0 };
export const EMPTY_DISK_USE: DiskUse = {
  ...{ pictures: NONE, trash: NONE, thumbnails: NONE, backups: NONE, damaged: NONE },
  database: { count: 1, sizeBytes: 180_000 },
  months: [],
  models: [],
};

export const SAMPLE_DISK_USE: DiskUse = {
  pictures: { count: 480, sizeBytes: 672_000_000 },
  trash: { count: 9, sizeBytes: 12_600_000 },
  thumbnails: { count: 480, sizeBytes: 9_400_000 },
  backups: { count: 7, sizeBytes: 58_800_000 },
  damaged: NONE,
  database: { count: 3, sizeBytes: 10_100_000 },
  months: [
    { name: "2026-11", count: 312, sizeBytes: 436_800_000 },
    { name: "2026-10", count: 168, sizeBytes: 235_200_000 },
  ],
  models: [
    { name: "newbie-exp0.1", count: 401, sizeBytes: 608_000_000 },
    { name: "starter", count: 79, sizeBytes: 64_000_000 },
  ],
};
