/**
 * @file Colours for the text, from the reader's own tokens: `<character 1>` and an envelope around the XML are coloured
 * for what they are read as. Large texts are coloured when the typing pauses; until then the old colours move along.
 */

import { RangeSetBuilder } from "@codemirror/state";
import type { Extension } from "@codemirror/state";
import { Decoration, ViewPlugin } from "@codemirror/view";
import type { DecorationSet, EditorView, ViewUpdate } from "@codemirror/view";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import { markupSpans } from "../../../src-main/prompt/index.ts";
import type { MarkupKind, MarkupSpan } from "../../../src-main/prompt/index.ts";

/** UTF-16 units up to which everything is coloured with every key; it takes about a millisecond. */
const AT_ONCE = 60_000;
const PAUSE_MS = 250;

const KINDS: readonly MarkupKind[] = [
  "system", "envelope", "bracket", "root", "character", "block", "field", "unknown", "attribute", "value", "comment",
  "cdata", "instruction", "junk",
]; // prettier-ignore
const MARKS = new Map(KINDS.map((kind) => [kind, Decoration.mark({ class: `tok-${kind}` })]));

export function decorationsOf(text: string): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { start, end, kind } of spansOf(text)) {
    const mark = MARKS.get(kind);
    if (mark !== undefined) builder.add(start, end, mark);
  }
  return builder.finish();
}

function spansOf(text: string): readonly MarkupSpan[] {
  try {
    return markupSpans(text);
  } catch (error) {
    // Over the reader's limits: plain text it is.
    if (!isTachieError(error)) throw error;
    return [];
  }
}

class Highlighter {
  decorations: DecorationSet;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(view: EditorView) {
    this.decorations = decorationsOf(view.state.doc.toString());
  }

  update({ docChanged, changes, state, view, transactions }: ViewUpdate): void {
    const isWaited = transactions.some((transaction) => transaction.isUserEvent("highlight"));
    if (!docChanged && !isWaited) return;
    if (isWaited || state.doc.length <= AT_ONCE) {
      this.decorations = decorationsOf(state.doc.toString());
      return;
    }
    this.decorations = this.decorations.map(changes);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => view.dispatch({ userEvent: "highlight" }), PAUSE_MS);
  }

  destroy(): void {
    clearTimeout(this.#timer);
  }
}

export function highlighting(): Extension {
  return ViewPlugin.fromClass(Highlighter, { decorations: ({ decorations }) => decorations });
}
