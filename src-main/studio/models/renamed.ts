/**
 * @file Finds out which names a converter has changed: pairs what is missing with what is too much by shape and by the
 * words in the names, and names the closest layout of a file whose names are all unknown. Pure.
 */

import { LAYOUTS } from "./layouts/index.ts";
import { evaluate } from "./layouts/layout.ts";
import type { Layout } from "./layouts/layout.ts";
import { UNTOLD } from "./match-layout.ts";
import type { ExpectedTensor, Tensors } from "./match-layout.ts";

export interface Renamed {
  /** In the file. */
  readonly found: string;
  /** In the published file. */
  readonly wanted: string;
}

/** Tensors that are evidently there under another name: same shape, same numbers in the name, the most similar words. */
export function pairRenamed(missing: readonly ExpectedTensor[], extra: readonly string[], tensors: Tensors): Renamed[] {
  const shapeOf = (name: string): readonly number[] => tensors.get(name)?.shape ?? [];
  const free = new Map<string, Set<string>>();
  for (const name of extra) {
    const key = keyOf(name, shapeOf(name));
    free.set(key, (free.get(key) ?? new Set()).add(name));
  }
  const pairs: Renamed[] = [];
  for (const { name, wanted } of missing) {
    const alike = free.get(keyOf(name, wanted)) ?? new Set<string>();
    const fitting = [...alike].filter((other) => isShape(shapeOf(other), wanted));
    const best = mostSimilar(name, fitting);
    if (best === undefined) continue;
    alike.delete(best);
    pairs.push({ found: best, wanted: name });
  }
  return pairs;
}

function isShape(shape: readonly number[], wanted: readonly number[]): boolean {
  return wanted.every((size, axis) => size === UNTOLD || size === shape[axis]);
}

export interface NearestLayout {
  readonly layout: Layout;
  readonly examples: readonly Renamed[];
}

/** Shares above which a file is called a renamed network: of equal shapes, or of similar names. */
const SHAPE_SHARE = 0.6;
const NAME_SHARE = 0.7;

/** The layout that a file with unknown names resembles; undefined where none does. */
export function findNearestLayout(tensors: Tensors): NearestLayout | undefined {
  const names = [...tensors.keys()].slice(0, 5000);
  const forms = new Set(names.map(formOf));
  let best: { layout: Layout; share: number } | undefined;
  for (const layout of LAYOUTS) {
    const { sizes, repeats } = layout.published;
    const pattern = layout.tensors(repeats, sizes);
    const wanted = pattern.map(({ shape }) => shape.map((dimension) => evaluate(dimension, sizes) ?? 0).join("x"));
    const shapeShare =
      overlap(
        wanted,
        names.map((name) => (tensors.get(name)?.shape ?? []).join("x")),
      ) / wanted.length;
    const nameShare = similarityOfForms(forms, new Set(pattern.map(({ name }) => formOf(name))));
    const share = Math.max(shapeShare >= SHAPE_SHARE ? shapeShare : 0, nameShare >= NAME_SHARE ? nameShare : 0);
    if (share > (best?.share ?? 0)) best = { layout, share };
  }
  if (best === undefined) return undefined;
  const pattern = best.layout.tensors(best.layout.published.repeats, best.layout.published.sizes);
  const wantedNames = new Set(pattern.map(({ name }) => name));
  const unknown = names.filter((name) => !wantedNames.has(name));
  const examples = unknown.slice(0, 3).flatMap((found) => {
    const wanted = mostSimilar(found, wantedNames);
    return wanted === undefined ? [] : [{ found, wanted }];
  });
  return { layout: best.layout, examples };
}

/** How many of `a` are in `b`, each counted once. */
function overlap(a: readonly string[], b: readonly string[]): number {
  const left = new Map<string, number>();
  for (const key of b) left.set(key, (left.get(key) ?? 0) + 1);
  let count = 0;
  for (const key of a) {
    const rest = left.get(key) ?? 0;
    if (rest > 0) count++;
    left.set(key, rest - 1);
  }
  return count;
}

/** The mean over the file's name forms of the similarity to the closest form of the layout. */
function similarityOfForms(found: ReadonlySet<string>, wanted: ReadonlySet<string>): number {
  if (found.size === 0 || found.size > 500) return 0;
  let sum = 0;
  for (const form of found) {
    let best = 0;
    for (const other of wanted) best = Math.max(best, similarity(form, other));
    sum += best;
  }
  // A file with few forms resembles everything a little: the layout's own forms must be met too.
  return (sum / found.size) * Math.min(1, found.size / wanted.size);
}

function mostSimilar(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestSimilarity = 0;
  for (const candidate of candidates) {
    const value = similarity(name, candidate);
    if (value > bestSimilarity) [best, bestSimilarity] = [candidate, value];
  }
  return best;
}

/** Share of words that two names have in common, 0 to 1 (Dice). */
function similarity(a: string, b: string): number {
  const wordsOfA = new Set(a.split(/[._]/));
  const wordsOfB = new Set(b.split(/[._]/));
  const common = [...wordsOfA].filter((word) => wordsOfB.has(word)).length;
  return (2 * common) / (wordsOfA.size + wordsOfB.size);
}

/** A name with its indices taken out. */
function formOf(name: string): string {
  return name.replace(/\d+/g, "#");
}

/** The number of dimensions and the numbers in the name: what a renaming leaves as it is. */
function keyOf(name: string, shape: readonly number[]): string {
  return `${shape.length}:${(name.match(/(?<=^|[._])\d+(?=[._]|$)/g) ?? []).join(",")}`;
}
