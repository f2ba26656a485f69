/**
 * @file Undo and redo across form and text: one line of snapshots. Typing without a pause is one step, however many
 * letters; whatever else happens is a step of its own.
 */

import type { Dialect } from "../../../src-main/contract/prompt.ts";
import type { PromptDocument } from "./document.ts";

export interface Snapshot {
  readonly document: PromptDocument;
  readonly negative: string;
  readonly dialect: Dialect;
}

export interface HistoryStep {
  readonly snapshot: Snapshot;
  /** What was done: equal names in a row may become one step. */
  readonly name: string;
  /** Milliseconds, of any clock that only grows. */
  readonly at: number;
  /** When the first letter of a step of typing was typed; absent in other steps. */
  readonly typingSince?: number;
}

export interface History {
  /** Oldest first; the last one is the present state. */
  readonly past: readonly HistoryStep[];
  /** The next to redo first. */
  readonly future: readonly HistoryStep[];
}

/** A pause that ends a step of typing, in milliseconds. */
const PAUSE_MS = 800;
/** No step grows beyond this, so that a long sentence is not one undo. */
const LONGEST_MS = 8000;
const MOST_STEPS = 500;

export function startHistory(snapshot: Snapshot, at: number): History {
  return { past: [{ snapshot, name: "start", at }], future: [] };
}

export function presentOf(history: History): Snapshot {
  return history.past[history.past.length - 1]!.snapshot;
}

export interface RecordOptions {
  readonly name: string;
  readonly at: number;
  /** Continues the step before where that has the same name and was not long ago. */
  readonly isTyping?: boolean;
}

export function record(history: History, snapshot: Snapshot, { name, at, isTyping }: RecordOptions): History {
  const last = history.past.at(-1);
  if (last !== undefined && isSameSnapshot(last.snapshot, snapshot)) return history;
  const since = last?.name === name && history.future.length === 0 ? last.typingSince : undefined;
  const continues =
    isTyping === true && since !== undefined && at - (last?.at ?? 0) < PAUSE_MS && at - since < LONGEST_MS;
  const step: HistoryStep = {
    snapshot,
    name,
    at,
    ...(isTyping === true ? { typingSince: continues ? since : at } : {}),
  };
  const past = continues ? history.past.with(-1, step) : [...history.past, step];
  return { past: past.slice(-MOST_STEPS), future: [] };
}

export function canUndo({ past }: History): boolean {
  return past.length > 1;
}

export function undo(history: History): History {
  const last = history.past.at(-1);
  if (last === undefined || !canUndo(history)) return history;
  return { past: history.past.slice(0, -1), future: [last, ...history.future] };
}

export function redo(history: History): History {
  const [next, ...future] = history.future;
  return next === undefined ? history : { past: [...history.past, next], future };
}

export function isSameSnapshot(left: Snapshot, right: Snapshot): boolean {
  return (
    left.document.text === right.document.text && left.negative === right.negative && left.dialect === right.dialect
  );
}
