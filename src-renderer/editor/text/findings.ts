/** @file The checks' findings as the code editor shows them, with their fixes as actions. */

import { setDiagnostics } from "@codemirror/lint";
import type { Diagnostic as Shown } from "@codemirror/lint";
import type { EditorState, TransactionSpec } from "@codemirror/state";
import type { Diagnostic, Fix } from "../../../src-main/contract/prompt.ts";
import type { Language } from "../../../src-main/contract/settings.ts";
import { findingText } from "../messages/finding-text.ts";
import { fixText } from "../messages/fix-titles.ts";

/** @param onfix is asked to apply a fix: the document is changed in one place only, so that it can be undone */
export function showFindings(
  state: EditorState,
  diagnostics: readonly Diagnostic[],
  language: Language,
  onfix: (fix: Fix) => void,
): TransactionSpec {
  return setDiagnostics(
    state,
    diagnostics.map((diagnostic) => shownFinding(diagnostic, state.doc.length, language, onfix)),
  );
}

function shownFinding(diagnostic: Diagnostic, length: number, language: Language, onfix: (fix: Fix) => void): Shown {
  const { start, end, severity, fix, code } = diagnostic;
  const from = Math.min(start, length);
  return {
    from,
    // An empty place is shown by the letter behind it.
    to: Math.min(Math.max(end, from + 1), length),
    severity,
    message: findingText(diagnostic, language),
    source: code,
    ...(fix === undefined ? {} : { actions: [{ name: fixText(fix, language), apply: () => onfix(fix) }] }),
  };
}
