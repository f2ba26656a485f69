/** @file What every process knows of prompts: the names of the dialects and the shape of a finding. */

/**
 * The forms in which NewBie prompts are written in the wild, plus ordinary tags or prose (`plain`).
 * `readme`: the model's own page; `webapp`: the web apps; `nodes`: the ComfyUI builder nodes (root `<image>`);
 * `formatter`: the LLM formatter (root `<img>`); `comfy`: the official ComfyUI template (an envelope that looks like JSON).
 */
export const DIALECTS = ["readme", "webapp", "nodes", "formatter", "comfy", "plain"] as const;
export type Dialect = (typeof DIALECTS)[number];

export function isDialect(value: unknown): value is Dialect {
  return (DIALECTS as readonly unknown[]).includes(value);
}

export type Severity = "error" | "warning" | "info";

/** Replaces the characters from `start` up to `end` (UTF-16 offsets into the source text) by `text`. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What each kind of fix names, in the order of its title; tags with their brackets. The key is the fix's stable code. */
export interface FixValues {
  readonly "add-entry": readonly [];
  readonly "close-before": readonly [tag: string];
  readonly "close-envelope": readonly [];
  readonly "close-tag": readonly [tag: string];
  readonly "escape-parentheses": readonly [];
  readonly join: readonly [];
  readonly "join-envelope": readonly [];
  readonly "keep-last": readonly [];
  /** Something else than it is: a tag with another number, another colour of hair. */
  readonly make: readonly [what: string];
  readonly "make-caption": readonly [];
  readonly "make-comment": readonly [];
  readonly "move-out": readonly [];
  readonly place: readonly [words: string];
  readonly remove: readonly [];
  /** One of the cast. */
  readonly "remove-character": readonly [];
  readonly "remove-comma": readonly [];
  readonly "remove-end-tag": readonly [];
  readonly "remove-entry": readonly [];
  readonly "remove-inner-tags": readonly [];
  readonly "remove-line": readonly [];
  /** A character of the text. */
  readonly "remove-sign": readonly [];
  readonly rename: readonly [tag: string];
  readonly renumber: readonly [];
  readonly "take-from-negative": readonly [tagName: string];
  readonly write: readonly [what: string];
  readonly "write-properly": readonly [];
}
export type FixCode = keyof FixValues;

/** What a fix does, for whoever says it in another language; without values where its title names nothing. */
export type FixName = {
  [Code in FixCode]: FixValues[Code] extends readonly []
    ? { readonly code: Code; readonly values?: never }
    : { readonly code: Code; readonly values: FixValues[Code] };
}[FixCode];

export type Fix = FixName & {
  /** What the fix does, as a label for a button, in English. */
  readonly title: string;
  /** Edits that do not overlap, in ascending order of `start`. */
  readonly edits: readonly TextEdit[];
  /** True where only the spelling changes; false where something else will be asked of the model (a colour, a place). */
  readonly isMeaningKept: boolean;
  /** The text that the edits belong to; the prompt itself where absent. */
  readonly target?: "negative";
};

/** What a change of dialect could not put where the other dialect puts it, and what was done instead. */
export interface ConversionNote {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
}

/** One finding about a prompt's text. */
export interface Diagnostic {
  /** A stable name such as `xml.space-in-tag` or `cast.count-mismatch`. */
  readonly code: string;
  readonly severity: Severity;
  /** 1-based. */
  readonly line: number;
  /** 1-based, in UTF-16 units. */
  readonly column: number;
  /** UTF-16 offsets into the source text; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
  /** In English. */
  readonly message: string;
  /** What the message names, in its order, for whoever says it in another language by the code; absent where nothing. */
  readonly values?: readonly string[];
  readonly fix?: Fix;
}
