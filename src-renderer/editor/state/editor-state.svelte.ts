/**
 * @file The editor's state: one document behind form, text and stage, one history behind all three. The draft is the
 * truth for everyone else; here is what the draft's text means and how it got there.
 */

import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { ConversionNote, Dialect, Fix } from "../../../src-main/contract/prompt.ts";
import { applyFix, charactersOf, convertPrompt } from "../../../src-main/prompt/index.ts";
import type { Box } from "../../../src-main/prompt/index.ts";
import type { DraftSettingsChange, DraftState } from "../../state/draft.svelte.ts";
import { sharedTags } from "../model/compare.ts";
import { changeDocument, dialectOf, documentOf, readDocument } from "../model/document.ts";
import type { TreeChange } from "../model/document.ts";
import { canUndo, presentOf, record, redo, startHistory, undo } from "../model/history.ts";
import type { History, Snapshot } from "../model/history.ts";
import type { Incoming } from "../model/incoming.ts";
import { Analysis } from "./analysis.svelte.ts";

/** The form follows the text after this pause in typing, in milliseconds. */
const READ_PAUSE_MS = 150;

export class EditorState {
  readonly draft: DraftState;
  readonly analysis = new Analysis();
  document = $state.raw(readDocument(""));
  /** What the last change of dialect could not put where it belongs. */
  notes = $state.raw<readonly ConversionNote[]>([]);
  /** What was pasted or dropped and waits for a decision. */
  incoming = $state.raw<Incoming | undefined>(undefined);
  /** Why something that was dropped could not be used; a code of the messages. */
  refusal = $state<"nothing-in-picture" | "unreadable" | undefined>(undefined);
  view = $state<"form" | "both" | "text">("both");
  /** The card that form and stage point at. */
  selected = $state<number | undefined>(undefined);
  readonly collapsed = new SvelteSet<number>();
  /** Boxes drawn on the stage, as long as the words still say the same. */
  readonly boxes = new SvelteMap<number, { readonly box: Box; readonly position: string }>();
  #history = $state.raw<History>(startHistory({ document: readDocument(""), negative: "", dialect: "readme" }, 0));
  #readTimer: ReturnType<typeof setTimeout> | undefined;

  readonly tree = $derived(this.document.tree);
  readonly cards = $derived(charactersOf(this.tree));
  readonly shared = $derived(sharedTags(this.cards));
  readonly isLocked = $derived(this.document.state === "refused");
  readonly canUndo = $derived(canUndo(this.#history));
  readonly canRedo = $derived(this.#history.future.length > 0);

  /** Of the text as it stands. */
  get dialect(): Dialect {
    return dialectOf(this.tree, this.draft.dialect);
  }

  constructor(draft: DraftState) {
    this.draft = draft;
    this.document = readDocument(draft.text);
    this.#history = startHistory(this.#snapshot(), performance.now());
  }

  /** A change in the form, written back into the text. */
  change(name: string, change: TreeChange, isTyping = false): void {
    this.#readNow();
    const document = changeDocument(this.document, this.draft.dialect, change);
    if (document === this.document) return;
    this.document = document;
    this.draft.text = document.text;
    this.#followDialect();
    this.#record(name, isTyping);
  }

  /** A change in the text view; the form follows when the typing pauses. */
  typeText(text: string, isTyping = true): void {
    if (text === this.draft.text) return;
    this.draft.text = text;
    clearTimeout(this.#readTimer);
    if (isTyping) this.#readTimer = setTimeout(() => this.#finishTyping(true), READ_PAUSE_MS);
    else this.#finishTyping(false);
  }

  typeNegative(negative: string, isTyping = true): void {
    this.#readNow();
    this.draft.negative = negative;
    this.#record("negative", isTyping);
  }

  /** Another dialect for the same prompt. */
  convert(dialect: Dialect): void {
    this.#readNow();
    if (this.isLocked) return;
    const isEmpty = this.tree.nodes.length === 0;
    const { tree, notes } = convertPrompt(this.tree, dialect);
    this.draft.dialect = dialect;
    if (!isEmpty) {
      this.document = documentOf(tree);
      this.draft.text = this.document.text;
    }
    this.notes = notes;
    this.#record("dialect", false);
  }

  /** Everything at once, as one step: a template, a pasted prompt, a picture. */
  replaceAll(text: string, negative?: string, settings?: DraftSettingsChange): void {
    this.#readNow();
    this.draft.text = text;
    if (negative !== undefined) this.draft.negative = negative;
    if (settings !== undefined) this.draft.changeSettings(settings);
    this.document = readDocument(text);
    this.notes = [];
    this.#followDialect();
    this.#record("replace", false);
  }

  /** Makes a prompt with blocks of plain text: the change starts from nothing and puts everything where it belongs. */
  sortPlain(change: TreeChange): void {
    this.#readNow();
    this.document = changeDocument(readDocument(""), this.draft.dialect, change);
    this.draft.text = this.document.text;
    this.#followDialect();
    this.#record("sort", false);
  }

  /** Applies a fix where the finding still belongs to the text. */
  fix(fix: Fix): void {
    this.#readNow();
    if (this.analysis.checkedText !== this.draft.text) return;
    if (fix.target === "negative") this.typeNegative(applyFix(this.draft.negative, fix), false);
    else this.typeText(applyFix(this.draft.text, fix), false);
  }

  undo(): void {
    this.#readNow();
    this.#history = undo(this.#history);
    this.#restore(presentOf(this.#history));
  }

  redo(): void {
    this.#readNow();
    this.#history = redo(this.#history);
    this.#restore(presentOf(this.#history));
  }

  /** The draft was changed from outside: one step of our history. */
  takeOutside(): void {
    const known = presentOf(this.#history);
    const { text, negative, dialect } = this.draft;
    const isOurs = this.#readTimer !== undefined || text === this.document.text;
    if (isOurs && negative === known.negative && dialect === known.dialect) return;
    if (!isOurs) this.document = readDocument(text);
    this.#record("outside", false);
  }

  #finishTyping(isTyping: boolean): void {
    clearTimeout(this.#readTimer);
    this.#readTimer = undefined;
    this.document = readDocument(this.draft.text);
    this.#followDialect();
    this.#record("text", isTyping);
  }

  /** What was typed a moment ago is in the document before anything else happens to it. */
  #readNow(): void {
    if (this.#readTimer !== undefined) this.#finishTyping(true);
  }

  /** The form goes on in the dialect of what was typed or pasted; plain words leave the choice as it is. */
  #followDialect(): void {
    const dialect = dialectOf(this.tree, this.draft.dialect);
    if (dialect !== "plain") this.draft.dialect = dialect;
  }

  #snapshot(): Snapshot {
    return { document: this.document, negative: this.draft.negative, dialect: this.draft.dialect };
  }

  #record(name: string, isTyping: boolean): void {
    this.#history = record(this.#history, this.#snapshot(), { name, at: performance.now(), isTyping });
  }

  #restore({ document, negative, dialect }: Snapshot): void {
    this.document = document;
    this.draft.text = document.text;
    this.draft.negative = negative;
    this.draft.dialect = dialect;
    this.notes = [];
  }
}

const editors = new WeakMap<DraftState, EditorState>();

/** The editor of a draft: form and stage are placed apart and share it. */
export function editorOf(draft: DraftState): EditorState {
  const known = editors.get(draft);
  if (known !== undefined) return known;
  const editor = new EditorState(draft);
  editors.set(draft, editor);
  return editor;
}
