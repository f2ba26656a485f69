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

export interface Fix {
  /** What the fix does, as a label for a button. */
  readonly title: string;
  /** Edits that do not overlap, in ascending order of `start`. */
  readonly edits: readonly TextEdit[];
  /** True where only the spelling changes; false where something else will be asked of the model (a colour, a place). */
  readonly isMeaningKept: boolean;
  /** The text that the edits belong to; the prompt itself where absent. */
  readonly target?: "negative";
}

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
