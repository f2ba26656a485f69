/**
 * @file Elements of a long grid used again: a tile that stays in view keeps its element, and one that comes takes over
 * that of one that has gone. Making elements costs many times what changing them does.
 */

/** The number of an element by what it shows. */
export type Slots = ReadonlyMap<string, number>;

export const NO_SLOTS: Slots = new Map();

/** @param wanted what is to be shown, each once, in any order */
export function assignSlots(before: Slots, wanted: readonly string[]): Slots {
  const slots = new Map<string, number>();
  const taken = new Set<number>();
  for (const key of wanted) {
    const slot = before.get(key);
    if (slot === undefined) continue;
    slots.set(key, slot);
    taken.add(slot);
  }
  let free = 0;
  for (const key of wanted) {
    if (slots.has(key)) continue;
    while (taken.has(free)) free++;
    slots.set(key, free);
    taken.add(free);
  }
  return slots;
}
