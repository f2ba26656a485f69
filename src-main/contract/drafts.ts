/** @file What an author is working on, and what they keep for later: drafts and the character bible. */

import type { GenerateRequest } from "./generation.ts";
import type { Dialect } from "./prompt.ts";

/** Prompt and settings as they stand in the editor; saved a moment after every change. */
export interface Draft {
  /** The prompt as written. It may be malformed: nothing is refused. At most 1 MiB. */
  readonly text: string;
  readonly negative: string;
  /** The dialect in which the form writes. */
  readonly dialect: Dialect;
  /** Everything of the generate panel that is not the prompt. */
  readonly settings: Omit<GenerateRequest, "prompt" | "negative" | "promptName" | "parentId" | "profile" | "demanded">;
}

export interface StoredDraft extends Draft {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly savedAt: string;
}

/** A character kept by name, to be inserted into any prompt. */
export interface BibleCharacter {
  readonly id: string;
  readonly name: string;
  /** One `<character_1>` block, as the readme dialect writes it. */
  readonly xml: string;
  readonly savedAt: string;
}
