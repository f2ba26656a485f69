/**
 * @file A small tokenizer.json for synthetic models: byte-level, so that it takes any text, with merges for the words that
 * prompts are made of, so that a prompt of ordinary length fits. Ids 0 to 3 are those of the Jina text tower's tokenizer.
 */

const SPECIAL_TOKENS = ["<s>", "<pad>", "</s>", "<unk>"] as const;

const WORDS = `character general tags caption gender girl boy appearance clothing expression action interaction position
  background environment perspective atmosphere lighting quality objects artists style count other hair eyes long short
  dress uniform school smile looking standing sitting holding hand left right center blue red green black white blonde
  brown silver pink purple with and the from view upper body masterpiece best detailed anime`.split(/\s+/);

/** How byte-level BPE writes a space. */
const SPACE = "\u0120";

/** Ids that a text can be turned into: 0 up to this, exclusive. */
export const SYNTHETIC_VOCABULARY_SIZE = buildVocabulary().vocabulary.size;

/** The file's contents, in the form that Hugging Face tokenizers read. */
export function syntheticTokenizer(): string {
  const { vocabulary, merges } = buildVocabulary();
  const special = (index: 0 | 2): Record<string, unknown> => ({
    SpecialToken: { id: SPECIAL_TOKENS[index], type_id: 0 },
  });
  const sequence = (id: "A" | "B"): Record<string, unknown> => ({ Sequence: { id, type_id: 0 } });
  return JSON.stringify({
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    post_processor: {
      type: "TemplateProcessing",
      single: [special(0), sequence("A"), special(2)],
      pair: [special(0), sequence("A"), special(2), special(2), sequence("B"), special(2)],
      special_tokens: {
        "<s>": { id: "<s>", ids: [0], tokens: ["<s>"] },
        "</s>": { id: "</s>", ids: [2], tokens: ["</s>"] },
      },
    },
    decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: true, use_regex: true },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: "<unk>",
      continuing_subword_prefix: "",
      end_of_word_suffix: "",
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary),
      merges,
    },
  });
}

/**
 * Each word is cut by the merges so far and its pieces are joined from the left by new ones, so that every word ends as one
 * token: merges that come later never come before those that a word needs.
 */
function buildVocabulary(): { vocabulary: Map<string, number>; merges: [string, string][] } {
  const vocabulary = new Map<string, number>();
  for (const token of [...SPECIAL_TOKENS, ...byteCharacters()]) vocabulary.set(token, vocabulary.size);
  const merges: [string, string][] = [];
  for (const word of [...WORDS, ...WORDS.map((word) => SPACE + word)])
    for (let pieces = cut(word, merges); pieces.length > 1; pieces = cut(word, merges)) {
      const [first = "", second = ""] = pieces;
      merges.push([first, second]);
      if (!vocabulary.has(first + second)) vocabulary.set(first + second, vocabulary.size);
    }
  return { vocabulary, merges };
}

/** Applies the merges in their order, each wherever it fits. */
function cut(word: string, merges: readonly (readonly [string, string])[]): string[] {
  let pieces = Array.from(word);
  for (const [first, second] of merges) {
    const joined: string[] = [];
    for (const piece of pieces)
      if (piece === second && joined.at(-1) === first) joined[joined.length - 1] = first + second;
      else joined.push(piece);
    pieces = joined;
  }
  return pieces;
}

/** Byte-level BPE writes bytes as characters: printable ones as themselves, the others from U+0100 on, in order. */
function byteCharacters(): string[] {
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => {
    const isPrintable = (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad);
    return String.fromCodePoint(isPrintable ? byte : next++);
  });
}
