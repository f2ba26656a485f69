/** @file What an author is working on, and what they keep for later: drafts and the character bible. */

import type { GenerateRequest, LoraChoice } from "./generation.ts";
import type { Dialect } from "./prompt.ts";

/** An adapter in the panel: one that is switched off keeps its place and strength. */
export interface DraftLora extends Pick<LoraChoice, "file" | "strength"> {
  readonly isOff?: boolean;
}

/** Prompt and settings as they stand in the editor; saved a moment after every change. */
export interface Draft {
  /** The prompt as written. It may be malformed: nothing is refused. At most 1 MiB. */
  readonly text: string;
  readonly negative: string;
  /** The dialect in which the form writes. */
  readonly dialect: Dialect;
  /** Everything of the generate panel that is not the prompt. */
  readonly settings: Omit<
    GenerateRequest,
    "prompt" | "negative" | "promptName" | "parentId" | "profile" | "demanded" | "loras" | "memory"
  > & { readonly loras?: readonly DraftLora[] };
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
