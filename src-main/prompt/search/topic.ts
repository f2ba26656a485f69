/** @file What a tag is about, for fields that no prompt has: hair and eyes, which stand among the traits. */

import type { Vocabulary } from "../tag-vocabulary.ts";
import type { SearchField, TOPIC_FIELDS } from "./query.ts";

export type Topic = (typeof TOPIC_FIELDS)[number];

const SIGNS: Readonly<Record<Topic, RegExp>> = {
  hair: /(?:^|_)(?:hair|haired|bangs|ponytail|twintails|twin_tails|braids?|ahoge|bob_cut)(?:$|_)|[髪发髮]/u,
  eyes: /(?:^|_)(?:eyes?|eyed|heterochromia|pupils|eyelashes)(?:$|_)|[瞳眼目]/u,
};

export function isTopic(field: SearchField | undefined): field is Topic {
  return field === "hair" || field === "eyes";
}

/** The vocabulary knows its own tags; of others their words tell. */
export function isAbout(topic: Topic, name: string, vocabulary: Vocabulary | undefined): boolean {
  return vocabulary?.find(name)?.category === topic || SIGNS[topic].test(name);
}

/**
 * The texts that mean the same tag: as written, and the names of the tag that it is, or is an alias or a translation of. A
 * name of one sign is left out: it stands in too many others.
 */
export function sameTag(text: string, vocabulary: Vocabulary | undefined): readonly string[] {
  const tag = vocabulary?.find(text) ?? vocabulary?.named(text);
  if (tag === undefined) return [text];
  return [...new Set([text, ...[tag.name, tag.zh, tag.ja].filter((name) => name.length > 1)])];
}
