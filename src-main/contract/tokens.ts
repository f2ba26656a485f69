/** @file How many tokens a text is for a model's text encoders, and how much of it they read. */

/** What one encoder makes of a text. */
export interface TokenCount {
  /** Most tokens that the encoder reads, special tokens and system prompt included. */
  readonly limit: number;
  /** Tokens of the whole text, with special tokens and system prompt, were nothing cut. */
  readonly total: number;
  /** Added by the tokenizer itself, such as the one that begins every text. */
  readonly special: number;
  /** How much of the text is read, in UTF-16 units; all of it where `total` is within `limit`. */
  readonly keptLength: number;
}

export interface TokenMeasure extends TokenCount {
  /** Of the system prompt, which stands before the text. */
  readonly system: number;
  /** For each mark: how many of the text's own tokens begin before it. */
  readonly before: readonly number[];
  /** What the second text encoder makes of the text, without the system prompt; absent in a model with one encoder. */
  readonly pooled?: TokenCount;
}

export interface MeasureParams {
  /** Absolute path of a model folder. */
  readonly model: string;
  /** As the encoders get it: references resolved. */
  readonly text: string;
  /** Places in the text, ascending, in UTF-16 units. */
  readonly marks: readonly number[];
  /** The model's own where absent. */
  readonly system?: string;
}

/** Tokens are counted where they begin, so the parts of a whole add up to it. */
export interface PartBudget {
  /** The element's id in the prompt's tree. */
  readonly id: number;
  /** As written: `character_1`, `clothing`. */
  readonly name: string;
  /** With its tags. */
  readonly tokens: number;
  /** How many of these are beyond the limit. */
  readonly cutTokens: number;
}

export interface BlockBudget extends PartBudget {
  readonly fields: readonly PartBudget[];
}

export interface CutText {
  readonly tokens: number;
  /** The first part that is not read whole: `general_tags` or `general_tags/style`; absent where it is outside of all. */
  readonly from?: string;
  /** What is not read, as the model would have read it. */
  readonly text: string;
}

export interface TokenBudget {
  /** Most tokens that the text encoder reads: all of the following together. */
  readonly limit: number;
  readonly total: number;
  readonly special: number;
  readonly system: number;
  readonly blocks: readonly BlockBudget[];
  /** Of the prompt, outside of all blocks. */
  readonly other: number;
  /** Absent where everything is read. */
  readonly cut?: CutText;
  /** What the second text encoder makes of the prompt; absent in a model with one encoder. */
  readonly pooled?: TokenCount;
}
