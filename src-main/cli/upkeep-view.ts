/** @file What upkeep found and did, as lines for a person. */

import type { DiskUse, FileFinding, LibraryReport, NamedShare, RepairReport } from "../contract/upkeep.ts";
import { formatBytes } from "../studio/models/free-space.ts";
import { formatSeconds } from "./progress-display.ts";

/** Findings of one kind that are named; the rest is counted. */
const SHOWN = 20;
const [NAME_WIDTH, SIZE_WIDTH] = [16, 9];

export function describeLibraryReport(report: LibraryReport): string[] {
  const { pictures, trashed, bytes, durationMs, database, thumbnails } = report;
  return [
    `${report.library}: ${pictures} pictures (${trashed} in the trash), ${formatBytes(bytes)}, read in ${formatSeconds(durationMs)}`,
    ...(database.length === 0 ? ["The database is sound."] : ["The database is damaged:", ...indented(database)]),
    ...section("gone", report.missing),
    ...section("not what was saved", report.damaged),
    ...section("of no picture", report.orphans),
    ...section(`of the ${thumbnails.count} thumbnails of no use`, thumbnails.useless),
    ...report.unreadable.map((folder) => `${folder} could not be listed.`),
    report.isSound
      ? "Everything that was saved is there as it was saved."
      : database.length > 0
        ? "End every Tachie and run `tachie library repair`."
        : "What is damaged or gone comes back from a copy of the library's folder alone, if there is one.",
  ];
}

export function describeDiskUse(use: DiskUse): string[] {
  const line = ({ name, count, sizeBytes }: NamedShare): string =>
    `${name.padEnd(NAME_WIDTH)} ${formatBytes(sizeBytes).padStart(SIZE_WIDTH)}  ${count} ${count === 1 ? "file" : "files"}`;
  const { months, models, ...parts } = use;
  return [
    ...Object.entries(parts).map(([name, share]) => line({ name, ...share })),
    ...(months.length === 0 ? [] : ["", "By month:", ...months.map(line)]),
    ...(models.length === 0 ? [] : ["", "By model:", ...models.map(line)]),
  ];
}

export function describeRepair(report: RepairReport): string[] {
  const { finding, keptIn, backup, refused, pictures, rebuilt, missing, problems } = report;
  return [
    ...(finding === undefined ? [] : [`Found: ${finding}`]),
    ...(keptIn === undefined ? [] : [`The former database is kept in ${keptIn}.`]),
    ...refused.map(({ file, reason }) => `The backup ${file} is no good: ${reason}`),
    backup === undefined
      ? "The new database is made from what the pictures tell: drafts, settings and the like are only in the former one."
      : `It comes from the backup of ${backup.createdAt}: what was changed since, apart from pictures, is not in it.`,
    `The library has ${pictures} pictures; ${rebuilt} of them got their rows back from their own records.`,
    ...(missing.length === 0 ? [] : [`Files of ${missing.length} pictures are gone.`]),
    ...problems.slice(0, SHOWN).map(({ where, reason }) => `${where} could not be used: ${reason}`),
  ];
}

function section(kind: string, findings: readonly FileFinding[]): string[] {
  if (findings.length === 0) return [];
  const rest = findings.length - SHOWN;
  return [
    `${findings.length} ${findings.length === 1 ? "file" : "files"} ${kind}:`,
    ...indented(findings.slice(0, SHOWN).map(({ file, reason }) => `${file}: ${reason}`)),
    ...(rest > 0 ? [`  … and ${rest} more (--json names all)`] : []),
  ];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
