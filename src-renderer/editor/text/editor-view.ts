/** @file The code editor put together: what it can do, and which keys do it. Its history is the page's, not its own. */

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, indentWithTab } from "@codemirror/commands";
import { bracketMatching } from "@codemirror/language";
import { lintGutter, lintKeymap } from "@codemirror/lint";
import { Annotation, EditorState } from "@codemirror/state";
import type { Extension } from "@codemirror/state";
import {
  drawSelection,
  dropCursor,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { textChange } from "../model/text-change.ts";
import { promptCompletion } from "./completion.ts";
import type { CompletionSources } from "./completion.ts";
import { highlighting } from "./highlight.ts";
import { textTheme } from "./theme.ts";

/** Changes that are a step of history each, whatever was typed just before. */
const STEPS = ["input.paste", "input.drop", "input.complete", "delete.cut", "move"] as const;

/** Marks a change that came from the form or the history, so that it is not taken for typing. */
const fromOutside = Annotation.define<boolean>();

export interface TextViewOptions extends CompletionSources {
  readonly parent: HTMLElement;
  readonly text: string;
  readonly label: string;
  readonly onchange: (text: string, isTyping: boolean) => void;
  readonly onundo: () => void;
  readonly onredo: () => void;
  /** Something was pasted; true where it was taken care of. */
  readonly onpaste: (event: ClipboardEvent) => boolean;
}

export function createTextView(options: TextViewOptions): EditorView {
  return new EditorView({
    parent: options.parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [EditorView.cspNonce.of(styleNonce()), extensionsOf(options)],
    }),
  });
}

/** Everything but the page around it: benches measure exactly this. */
export function extensionsOf(options: Omit<TextViewOptions, "parent" | "text">): Extension {
  const run = (action: () => void) => (): boolean => {
    action();
    return true;
  };
  return [
    lineNumbers(),
    highlightActiveLineGutter(),
    highlightActiveLine(),
    drawSelection(),
    dropCursor(),
    EditorView.lineWrapping,
    bracketMatching(),
    closeBrackets(),
    autocompletion({ override: [promptCompletion(options)], icons: false, activateOnTypingDelay: 60 }),
    highlighting(),
    lintGutter(),
    textTheme,
    EditorView.contentAttributes.of({ "aria-label": options.label, spellcheck: "false", autocapitalize: "off" }),
    keymap.of([
      { key: "Mod-z", run: run(options.onundo), shift: run(options.onredo) },
      { key: "Mod-y", run: run(options.onredo) },
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...lintKeymap,
      ...defaultKeymap,
      indentWithTab,
    ]),
    EditorView.domEventHandlers({
      paste: (event) => options.onpaste(event),
      // The menus' own undo would know only of this view.
      beforeinput: (event) => {
        if (event.inputType === "historyUndo") options.onundo();
        else if (event.inputType === "historyRedo") options.onredo();
        else return false;
        event.preventDefault();
        return true;
      },
    }),
    EditorView.updateListener.of(({ docChanged, transactions, state }) => {
      if (!docChanged || transactions.some((transaction) => transaction.annotation(fromOutside) === true)) return;
      const isTyping = !transactions.some((transaction) => STEPS.some((event) => transaction.isUserEvent(event)));
      options.onchange(state.doc.toString(), isTyping);
    }),
  ];
}

/** Puts another text into the view, touching only what differs. */
export function syncText(view: EditorView, text: string): void {
  const change = textChange(view.state.doc.toString(), text);
  if (change !== undefined) view.dispatch({ changes: change, annotations: fromOutside.of(true) });
}

/** What the page's policy lets the editor write its styles with; see `contract/page-policy.ts`. Empty where there is no policy. */
function styleNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
}
