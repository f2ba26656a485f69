/** @file What characters of a cast have in common: shared traits are what a model mixes up. */

import { CHARACTER_FIELDS, fieldTags } from "../../../src-main/prompt/index.ts";
import type { ElementNode } from "../../../src-main/prompt/index.ts";

/** Fields that say who someone is; the same place or action is not a trait. */
const TRAITS: ReadonlySet<string> = new Set(["appearance", "clothing", "body_type", "expression", "action"]);

/** For each card (by id) and tag: how many other cards have the tag in the same field, as `field tag`. */
export type SharedTags = ReadonlyMap<number, ReadonlySet<string>>;

export function sharedKey(field: string, name: string): string {
  return `${field} ${name}`;
}

export function sharedTags(cards: readonly ElementNode[]): SharedTags {
  const owners = new Map<string, Set<number>>();
  for (const card of cards)
    for (const key of CHARACTER_FIELDS.filter((field) => TRAITS.has(field)))
      for (const { items } of fieldTags(card, key))
        for (const { name } of items) {
          const found = owners.get(sharedKey(key, name)) ?? new Set();
          owners.set(sharedKey(key, name), found.add(card.id));
        }
  const shared = new Map<number, Set<string>>(cards.map(({ id }) => [id, new Set()]));
  for (const [key, ids] of owners) if (ids.size > 1) for (const id of ids) shared.get(id)?.add(key);
  return shared;
}
