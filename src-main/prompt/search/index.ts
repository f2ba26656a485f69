/** @file What the language of searches offers to others: queries read and written, what is indexed, what is compared. */

export { parseQuery } from "./parse-query.ts";
export { printCondition, printQuery } from "./print-query.ts";
export { hasToggle } from "./parse-value.ts";
export { indexedName, indexPrompt, INDEX_VERSION } from "./prompt-index.ts";
export type { IndexedTag, PromptIndex } from "./prompt-index.ts";
export { isAbout, isTopic, sameTag } from "./topic.ts";
export { PLACE_BITS, searchField } from "./query.ts";
export type { Condition, Match, NumberRange, Query, Scope, SearchField, Term } from "./query.ts";
export { completionPlace } from "./complete-query.ts";
export type { CompletionPlace } from "./complete-query.ts";
export { askedWords, endsInOneSign, matchesText, searchWords, soughtIn, spaced } from "./words.ts";
