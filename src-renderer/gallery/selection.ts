/** @file Which pictures of a list are chosen, as every file manager does it: one, one more, from here to there, all. */

export interface Selection {
  readonly ids: ReadonlySet<string>;
  /** Where a range begins. */
  readonly anchor?: string;
}

export const NOTHING_CHOSEN: Selection = { ids: new Set() };

/** Takes one in or out; ranges begin at it from now on. */
export function toggled({ ids }: Selection, id: string): Selection {
  const changed = new Set(ids);
  if (!changed.delete(id)) changed.add(id);
  return { ids: changed, anchor: id };
}

/**
 * Everything from the anchor to `id` instead of what was chosen. Without an anchor in the list just `id`.
 * @param order ids as they stand
 */
export function upTo({ anchor }: Selection, id: string, order: readonly string[]): Selection {
  const [from, to] = [order.indexOf(anchor ?? id), order.indexOf(id)];
  if (from === -1 || to === -1) return { ids: new Set([id]), anchor: id };
  return { ids: new Set(order.slice(Math.min(from, to), Math.max(from, to) + 1)), anchor: order[from] ?? id };
}

/** The chosen ones in the order of the list; those that are not in it (any more) are left out. */
export function inOrder({ ids }: Selection, order: readonly string[]): readonly string[] {
  return ids.size === 0 ? [] : order.filter((id) => ids.has(id));
}

export function everything(order: readonly string[]): Selection {
  return { ids: new Set(order) };
}
