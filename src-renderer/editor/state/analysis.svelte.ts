/**
 * @file What is known about the text beyond its tree: findings and token counts. Both come a moment after the last
 * letter, and only for the text that they belong to: whatever is overtaken is dropped.
 */

import { isTachieError } from "../../../src-main/contract/errors.ts";
import type { Diagnostic } from "../../../src-main/contract/prompt.ts";
import type { TokenBudget } from "../../../src-main/contract/tokens.ts";
import { lintPrompt } from "../../../src-main/prompt/index.ts";
import type { EditorServices } from "../services.ts";

/** Pauses before the work begins, in milliseconds. */
const LINT_PAUSE_MS = 220;
const MEASURE_PAUSE_MS = 350;
/** Texts beyond this many UTF-16 units wait longer: checking them takes tens of milliseconds. */
const LARGE = 40_000;
const LARGE_PAUSE_MS = 900;

const RETRY_MS = 2000;
const MOST_ATTEMPTS = 4;

export interface Analysed {
  readonly text: string;
  readonly negative: string;
  readonly model: string | undefined;
}

export class Analysis {
  /** Of `checkedText`, which may be behind what is being typed. */
  diagnostics = $state.raw<readonly Diagnostic[]>([]);
  checkedText = $state.raw("");
  /** Undefined before the first count and where there is no model to count for. */
  budget = $state.raw<TokenBudget | undefined>(undefined);
  #services: EditorServices | undefined;
  #lintTimer: ReturnType<typeof setTimeout> | undefined;
  #measureTimer: ReturnType<typeof setTimeout> | undefined;
  #running: AbortController | undefined;

  connect(services: EditorServices): void {
    this.#services = services;
  }

  schedule(analysed: Analysed): void {
    clearTimeout(this.#lintTimer);
    clearTimeout(this.#measureTimer);
    const isLarge = analysed.text.length > LARGE;
    this.#lintTimer = setTimeout(() => this.lint(analysed), isLarge ? LARGE_PAUSE_MS : LINT_PAUSE_MS);
    this.#measureTimer = setTimeout(() => void this.#measure(analysed), isLarge ? LARGE_PAUSE_MS : MEASURE_PAUSE_MS);
  }

  /** Checks at once. A text that is refused keeps no findings: the document says why. */
  lint({ text, negative }: Pick<Analysed, "text" | "negative">): void {
    try {
      this.diagnostics = lintPrompt(text, { negative });
    } catch (error) {
      if (!isTachieError(error)) throw error;
      this.diagnostics = [];
    }
    this.checkedText = text;
  }

  async #measure(analysed: Analysed, attempt = 1): Promise<void> {
    const { text, model } = analysed;
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    try {
      const params = model === undefined ? { text } : { text, model };
      const budget = await this.#services?.measurePrompt(params, { signal: running.signal });
      if (this.#running === running) this.budget = budget;
    } catch {
      // No model, no engine, or overtaken: the counts go away, and nobody is disturbed while writing.
      if (this.#running !== running) return;
      this.budget = undefined;
      // The studio or its engine may only be starting.
      if (attempt < MOST_ATTEMPTS)
        this.#measureTimer = setTimeout(() => void this.#measure(analysed, attempt + 1), RETRY_MS * attempt);
    }
  }

  stop(): void {
    clearTimeout(this.#lintTimer);
    clearTimeout(this.#measureTimer);
    this.#running?.abort();
  }
}
