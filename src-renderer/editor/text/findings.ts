/** @file The checks' findings as the code editor shows them, with their fixes as actions. */

import { setDiagnostics } from "@codemirror/lint";
import type { Diagnostic as Shown } from "@codemirror/lint";
import type { EditorState, TransactionSpec } from "@codemirror/state";
import type { Diagnostic, Fix } from "../../../src-main/contract/prompt.ts";

/** @param onfix is asked to apply a fix: the document is changed in one place only, so that it can be undone */
export function showFindings(
  state: EditorState,
  diagnostics: readonly Diagnostic[],
  onfix: (fix: Fix) => void,
): TransactionSpec {
  return setDiagnostics(
    state,
    diagnostics.map((diagnostic) => shownFinding(diagnostic, state.doc.length, onfix)),
  );
}

function shownFinding(
  { start, end, severity, message, fix, code }: Diagnostic,
  length: number,
  onfix: (fix: Fix) => void,
): Shown {
  const from = Math.min(start, length);
  return {
    from,
    // An empty place is shown by the letter behind it.
    to: Math.min(Math.max(end, from + 1), length),
    severity,
    message,
    source: code,
    ...(fix === undefined ? {} : { actions: [{ name: fix.title, apply: () => onfix(fix) }] }),
  };
}
