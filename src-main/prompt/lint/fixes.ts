/** @file Applies fixes: one, or all of them until nothing is left to mend. */

import type { Diagnostic, Fix, TextEdit } from "../../contract/prompt.ts";
import { lintPrompt } from "./lint.ts";

/** The text with the edits of one fix. It must be the text that the fix was made for (`fix.target` says which). */
export function applyFix(text: string, fix: Fix): string {
  return applyEdits(text, fix.edits);
}

/** @param edits in ascending order, without overlaps */
function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = "";
  let kept = 0;
  for (const { start, end, text: inserted } of edits) {
    result += text.slice(kept, start) + inserted;
    kept = end;
  }
  return result + text.slice(kept);
}

export interface FixedTexts {
  readonly text: string;
  readonly negative: string;
  /** What is left: findings without a fix, and those whose fix was not asked for. */
  readonly diagnostics: readonly Diagnostic[];
}

export interface FixOptions {
  readonly negative?: string;
  /** Also apply fixes that ask something else of the model. */
  readonly areMeaningsChanged?: boolean;
}

/** Every round mends at least one finding; texts made to provoke new ones with every fix are given up at this. */
const MOST_ROUNDS = 200;

/** Applies fixes round after round until none is left. */
export function applyFixes(text: string, options: FixOptions = {}): FixedTexts {
  let fixed = text;
  let negative = options.negative ?? "";
  for (let round = 0; ; round++) {
    const diagnostics = lintPrompt(fixed, { negative });
    const fixes = diagnostics.flatMap(({ fix }) => (fix === undefined ? [] : [fix]));
    const spelling = fixes.filter(({ isMeaningKept }) => isMeaningKept);
    // One change of meaning at a time: the next may not be needed any more.
    const next = spelling.length > 0 ? spelling : options.areMeaningsChanged === true ? fixes.slice(0, 1) : [];
    if (next.length === 0 || round >= MOST_ROUNDS) return { text: fixed, negative, diagnostics };
    if (next[0]?.target === "negative") negative = applyFix(negative, next[0]);
    else fixed = applyEdits(fixed, compatibleEdits(next));
  }
}

/** The edits of as many fixes as do not touch each other. */
function compatibleEdits(fixes: readonly Fix[]): readonly TextEdit[] {
  const chosen: TextEdit[] = [];
  const ordered = fixes.filter(({ target }) => target === undefined);
  for (const { edits } of ordered) {
    const isFree = edits.every((edit) => chosen.every((other) => edit.end < other.start || edit.start > other.end));
    if (isFree) chosen.push(...edits);
  }
  return chosen.sort((left, right) => left.start - right.start);
}
