/** @file How the code editor looks: the page's colours, nothing of its own. */

import type { Extension } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

const PINK = "light-dark(#b6266b, #ff8fbd)";
const BLUE = "light-dark(#3f62c4, #8fb0ff)";
const GREEN = "light-dark(#1a7148, #64d19b)";

export const textTheme: Extension = EditorView.theme({
  "&": { height: "100%", backgroundColor: "var(--surface)", color: "var(--text)", fontSize: "var(--size-m)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "1.6" },
  ".cm-content": { padding: "0.5rem 0", caretColor: "var(--accent)" },
  ".cm-line": { padding: "0 0.75rem 0 0.25rem" },
  ".cm-cursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    background: "var(--accent-soft)",
  },
  ".cm-gutters": { backgroundColor: "var(--surface)", color: "var(--text-soft)", border: "0", opacity: "0.75" },
  ".cm-lineNumbers .cm-gutterElement": { padding: "0 0.5rem 0 0.75rem", minWidth: "2rem" },
  ".cm-activeLine": { backgroundColor: "color-mix(in oklab, var(--hover) 55%, transparent)" },
  ".cm-activeLineGutter": { backgroundColor: "transparent", color: "var(--text)" },
  ".cm-matchingBracket": { backgroundColor: "var(--accent-soft)" },
  ".tok-bracket": { color: "var(--text-soft)" },
  ".tok-root, .tok-block": { color: PINK, fontWeight: "600" },
  ".tok-character": { color: PINK, fontWeight: "600" },
  ".tok-field": { color: BLUE },
  ".tok-unknown": { color: "var(--warn)" },
  ".tok-attribute": { color: GREEN },
  ".tok-value": { color: GREEN },
  ".tok-comment, .tok-cdata, .tok-instruction, .tok-system, .tok-envelope": { color: "var(--text-soft)" },
  ".tok-comment, .tok-system": { fontStyle: "italic" },
  ".tok-junk": { color: "var(--bad)" },
  ".cm-lintRange-error": wavy("var(--bad)"),
  ".cm-lintRange-warning": wavy("var(--warn)"),
  ".cm-lintRange-info": { ...wavy("var(--line-strong)"), textDecorationStyle: "dotted" },
  ".cm-tooltip": {
    border: "1px solid var(--line)",
    borderRadius: "var(--radius)",
    backgroundColor: "var(--raised)",
    color: "var(--text)",
    boxShadow: "var(--shadow)",
    overflow: "hidden",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul": { fontFamily: "var(--font)", maxHeight: "16rem", padding: "0.25rem" },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li": {
    display: "flex",
    gap: "0.75rem",
    padding: "0.1875rem 0.5rem",
    borderRadius: "0.25rem",
    lineHeight: "1.45",
  },
  ".cm-tooltip.cm-tooltip-autocomplete > ul > li[aria-selected]": {
    background: "var(--accent-soft)",
    color: "var(--text)",
  },
  ".cm-completionLabel": { fontWeight: "500" },
  ".cm-completionMatchedText": { textDecoration: "none", color: "var(--accent)" },
  ".cm-completionDetail": { color: "var(--text-soft)", fontStyle: "normal", marginLeft: "auto" },
  ".cm-diagnostic": { padding: "0.375rem 0.75rem", borderLeft: "3px solid var(--line-strong)", maxWidth: "28rem" },
  ".cm-diagnostic-error": { borderLeftColor: "var(--bad)" },
  ".cm-diagnostic-warning": { borderLeftColor: "var(--warn)" },
  ".cm-diagnosticAction": {
    marginLeft: "0.5rem",
    padding: "0.125rem 0.5rem",
    borderRadius: "0.25rem",
    backgroundColor: "var(--accent-soft)",
    color: "var(--accent)",
    fontWeight: "600",
  },
  ".cm-gutter-lint": { width: "0.75rem" },
  ".cm-gutter-lint .cm-gutterElement": { display: "grid", placeItems: "center", padding: "0" },
  ".cm-lint-marker": { content: '""', width: "0.4375rem", height: "0.4375rem", borderRadius: "50%" },
  ".cm-lint-marker-error": { content: '""', background: "var(--bad)" },
  ".cm-lint-marker-warning": { content: '""', background: "var(--warn)" },
  ".cm-lint-marker-info": { content: '""', background: "var(--line-strong)" },
  ".cm-panels": { backgroundColor: "var(--surface)", color: "var(--text)" },
});

function wavy(colour: string): Record<string, string> {
  return {
    backgroundImage: "none",
    textDecoration: `underline wavy ${colour} 1px`,
    textUnderlineOffset: "3px",
    textDecorationSkipInk: "none",
  };
}
