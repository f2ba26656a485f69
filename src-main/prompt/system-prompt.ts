/**
 * @file The instruction to the text encoder that some tools paste in front of a prompt: "You are an assistant … prompts.
 * <Prompt Start>". It is recognised so that it is not sent twice: the model's own prefix is added where a picture is
 * made, and what the model reads never holds one from the prompt.
 */

import { isSpace } from "./xml-characters.ts";

export interface SystemPrefix {
  /** Where the prompt proper begins. */
  readonly end: number;
  /** Where each part ends that a `<Prompt Start>` closes, its following spaces and commas included. */
  readonly parts: readonly number[];
}

const MARK = /^<\s{0,8}prompt[\s_]{0,8}start\s{0,8}>/i;
const LONGEST_MARK = 48;
const OPENING = /^\s{0,64}you are (?:an assistant designed to|the (?:greatest|most worst) anime artist)/i;
/** The longest one in use has some 560 characters. */
const LONGEST_SENTENCE = 1200;
const SENTENCE_END = "prompts.";

/** Prefixes are doubled by careless tools, not repeated without end; this also bounds the work. */
const MOST_PARTS = 8;

/**
 * The prefix of a text from `start` on; of no length where there is none.
 *
 * @param isBody whether the prompt proper is known to begin at an offset: what looks like a mark behind it is content
 */
export function findSystemPrefix(text: string, start: number, isBody: (offset: number) => boolean): SystemPrefix {
  const parts: number[] = [];
  let end = start;
  for (let at = text.indexOf("<", start); at !== -1; at = text.indexOf("<", end)) {
    const mark = MARK.exec(text.slice(at, at + LONGEST_MARK));
    if (mark === null || parts.length >= MOST_PARTS || isBody(end)) break;
    end = skipSeparators(text, at + mark[0].length);
    parts.push(end);
  }
  const sentenceEnd = isBody(end) ? undefined : endOfSentence(text, end);
  if (sentenceEnd !== undefined) parts.push(sentenceEnd);
  return { end: sentenceEnd ?? end, parts };
}

function skipSeparators(text: string, start: number): number {
  let end = start;
  while (end < text.length && (isSpace(text.charCodeAt(end)) || text[end] === ",")) end++;
  return end;
}

/** Text that follows a prefix and begins with a comma of its own: as a reference it is not taken for the prefix's. */
export function behindPrefix(body: string): string {
  return body.replace(/^([ \t\r\n]*),/, "$1&#44;");
}

/** The end of a prefix that lacks its `<Prompt Start>`. */
function endOfSentence(text: string, start: number): number | undefined {
  const head = text.slice(start, start + LONGEST_SENTENCE);
  if (!OPENING.test(head)) return undefined;
  // An `&` too: what is escaped when it is written must not be taken for a sentence afterwards.
  const markup = head.search(/[<{&]/);
  const sentence = markup === -1 ? head : head.slice(0, markup);
  const end = sentence.indexOf(SENTENCE_END);
  return end === -1 ? undefined : skipSeparators(text, start + end + SENTENCE_END.length);
}
