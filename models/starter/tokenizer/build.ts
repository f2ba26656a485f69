/**
 * @file Builds the starter model's `tokenizer.json` (the Hugging Face format): a unigram model over whole words and tags.
 *
 * Underscores, commas and line ends all become one space, so `blue_hair`, `blue hair` and `blue_hair,` are the same
 * token, and white space around XML tags is nothing at all: a text means the same however it is laid out. Words of no
 * table are spelled letter by letter, other scripts become `<unk>`; nothing is ever refused.
 */

import { collectTags, collectWords } from "./vocabulary.ts";

export const SPECIAL_TOKENS = ["<s>", "<pad>", "</s>", "<unk>"] as const;
const UNKNOWN_ID = 3;
/** Stands for the space before every word. */
const SPACE = "▁";
const LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789-':$#@%";

/** Whole words cost 1 each, so the fewest words win; letters cost so much that they are a last resort. */
const WORD_SCORE = -1;
const LETTER_SCORE = -8;
/** In `white_hair_ribbon` the ribbon is white, not the hair: such names win over a colour of hair. */
const HAIR_THING_SCORE = -0.9;

export interface TokenizerDefinition {
  readonly version: string;
  readonly truncation: null;
  readonly padding: null;
  readonly added_tokens: readonly {
    readonly id: number;
    readonly content: string;
    readonly [option: string]: unknown;
  }[];
  readonly normalizer: object;
  readonly pre_tokenizer: object;
  readonly post_processor: object;
  readonly decoder: object;
  readonly model: {
    readonly type: "Unigram";
    readonly unk_id: number;
    readonly byte_fallback: boolean;
    readonly vocab: readonly (readonly [piece: string, score: number])[];
  };
}

export function buildTokenizer(): TokenizerDefinition {
  const words = collectWords().map((word): [string, number] => [SPACE + word.replaceAll(" ", SPACE), scoreOf(word)]);
  const letters = [SPACE, ...Array.from(LETTERS)].map((letter): [string, number] => [letter, LETTER_SCORE]);
  const vocab: (readonly [string, number])[] = [
    ...SPECIAL_TOKENS.map((token): [string, number] => [token, 0]),
    ...words,
    ...letters,
  ];
  const tags = collectTags();
  const added = (id: number, content: string, isSpecial: boolean): TokenizerDefinition["added_tokens"][number] => ({
    id,
    content,
    single_word: false,
    lstrip: !isSpecial,
    rstrip: !isSpecial,
    normalized: false,
    special: isSpecial,
  });
  const firstTag = vocab.length;
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [
      ...SPECIAL_TOKENS.map((token, id) => added(id, token, true)),
      ...tags.map((tag, index) => added(firstTag + index, tag, false)),
    ],
    normalizer: {
      type: "Sequence",
      normalizers: [
        { type: "NFKC" },
        { type: "Lowercase" },
        { type: "Replace", pattern: { String: '":' }, content: " " },
        { type: "Replace", pattern: { Regex: '[\\s_,.;!?"(){}\\[\\]\\\\/|~*+=&<>^`]+' }, content: " " },
        { type: "Strip", strip_left: true, strip_right: true },
      ],
    },
    pre_tokenizer: { type: "Metaspace", replacement: SPACE, prepend_scheme: "always", split: false },
    post_processor: {
      type: "TemplateProcessing",
      single: [
        { SpecialToken: { id: "<s>", type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "</s>", type_id: 0 } },
      ],
      pair: [
        { SpecialToken: { id: "<s>", type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { SpecialToken: { id: "</s>", type_id: 0 } },
        { Sequence: { id: "B", type_id: 0 } },
        { SpecialToken: { id: "</s>", type_id: 0 } },
      ],
      special_tokens: {
        "<s>": { id: "<s>", ids: [0], tokens: ["<s>"] },
        "</s>": { id: "</s>", ids: [2], tokens: ["</s>"] },
      },
    },
    decoder: { type: "Metaspace", replacement: SPACE, prepend_scheme: "always", split: false },
    model: { type: "Unigram", unk_id: UNKNOWN_ID, byte_fallback: false, vocab },
  };
}

function scoreOf(word: string): number {
  return /^hair [a-z]/.test(word) || word === "hairband" ? HAIR_THING_SCORE : WORD_SCORE;
}

/** How many rows a table of token vectors needs. */
export function tokenCount(definition: TokenizerDefinition): number {
  return 1 + Math.max(definition.model.vocab.length - 1, ...definition.added_tokens.map(({ id }) => id));
}
