/** @file Many tensor names as a few words: `layers 18 to 35, final_layer.linear.weight`. */

/** @param prefix left out of the summary */
export function summariseNames(names: readonly string[], prefix: string): string {
  const blocks = new Map<string, Map<number, number>>();
  const single: string[] = [];
  for (const name of names) {
    const own = name.startsWith(prefix) ? name.slice(prefix.length) : name;
    const [, block, index] = /^(.*?)\.(\d+)\./.exec(own) ?? [];
    // Within one layer the names themselves say more than its number.
    if (block === undefined || names.length <= 6) single.push(own);
    else {
      const indices = blocks.get(block) ?? new Map<number, number>();
      indices.set(Number(index), (indices.get(Number(index)) ?? 0) + 1);
      blocks.set(block, indices);
    }
  }
  // The blocks that lack most come first.
  const size = (indices: ReadonlyMap<number, number>): number => [...indices.values()].reduce((sum, n) => sum + n, 0);
  const largestFirst = [...blocks].sort(([, a], [, b]) => size(b) - size(a));
  const parts = largestFirst.map(([block, indices]) => `${block} ${summariseIndices([...indices.keys()])}`);
  const shown = [...parts, ...single].slice(0, 8);
  const rest = parts.length + single.length - shown.length;
  return shown.join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/** 1, 2, 3, 7 becomes `1 to 3, 7`. */
function summariseIndices(indices: readonly number[]): string {
  const runs: [first: number, last: number][] = [];
  for (const index of indices.toSorted((a, b) => a - b)) {
    const run = runs.at(-1);
    if (run?.[1] === index - 1) run[1] = index;
    else runs.push([index, index]);
  }
  return runs.map(([first, last]) => (first === last ? String(first) : `${first} to ${last}`)).join(", ");
}
