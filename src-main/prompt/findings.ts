/**
 * @file Collects findings while a prompt is read and checked. Offsets come in as those of a region and go out as those
 * of the whole source, with line and column. Findings never change what is read.
 */

import type { Diagnostic, Fix, FixName, Severity, TextEdit } from "../contract/prompt.ts";
import { fixTitle } from "./fix-titles.ts";
import type { SourceRegion } from "./source-region.ts";
import { lineStarts, placeAmong } from "./text-places.ts";

/** A text of nothing but faults would cost more to report than to read; the rest shows when these are mended. */
export const MOST_FINDINGS = 500;

export type FindingFix = FixName & {
  /** In any order, without overlaps; offsets of the region that the finding is in. */
  readonly edits: readonly TextEdit[];
  /** True where only the spelling changes. */
  readonly isMeaningKept: boolean;
  /** The edits are offsets into the negative prompt. */
  readonly target?: "negative";
};

export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly start: number;
  readonly end: number;
  readonly message: string;
  /** See `Diagnostic.values`. */
  readonly values?: readonly string[];
  readonly fix?: FindingFix;
}

export class Findings {
  readonly #source: string;
  readonly #found: Omit<Diagnostic, "line" | "column">[] = [];
  #unreported = 0;

  constructor(source: string) {
    this.#source = source;
  }

  /** Adds a finding, which is made only if there is still room for it. */
  add(region: SourceRegion, make: () => Finding): void {
    if (this.#found.length >= MOST_FINDINGS) {
      this.#unreported++;
      return;
    }
    const finding = make();
    const { code, severity, message, values, fix } = finding;
    const start = region.toSource(finding.start);
    const end = Math.max(start, region.toSource(finding.end));
    this.#found.push({
      code,
      severity,
      start,
      end,
      message,
      ...(values === undefined ? {} : { values }),
      ...(fix === undefined ? {} : { fix: toFix(fix, region) }),
    });
  }

  /** Everything found, in the order of the source. */
  list(): readonly Diagnostic[] {
    const starts = lineStarts(this.#source);
    const list = this.#found.map(({ code, severity, ...found }): Diagnostic => {
      return { code, severity, ...placeAmong(starts, found.start), ...found };
    });
    if (this.#unreported > 0) {
      const end = this.#source.length;
      list.push({
        code: "check.too-many",
        severity: "warning",
        start: end,
        end,
        ...placeAmong(starts, end),
        values: [String(this.#unreported)],
        message: `${this.#unreported} further findings are not listed; they show when these are mended.`,
      });
    }
    return list.sort((left, right) => left.start - right.start);
  }
}

function toFix(fix: FindingFix, region: SourceRegion): Fix {
  const isElsewhere = fix.target === "negative";
  const edits = fix.edits
    .map(({ start, end, text }) =>
      isElsewhere
        ? { start, end, text }
        : { start: region.toSource(start), end: region.toSource(end), text: region.encode(text) },
    )
    .sort((left, right) => left.start - right.start || left.end - right.end);
  return { ...fix, title: fixTitle(fix), edits };
}
