/**
 * @file The ids of pictures: ten digits and small letters that sort by time, such as `0f8k2m4x7q`.
 *
 * Seven digits of base 32 count tenths of a second since 2025 (enough for a century), three are random, or count on
 * within one tenth. Letters that are mistaken for digits (i, l, o) and u are left out, and taken for those digits when
 * typed. The first six tell apart what was made three seconds apart, so that many suffice in most commands.
 */

import { randomInt } from "node:crypto";

const DIGITS = "0123456789abcdefghjkmnpqrstvwxyz";
const EPOCH_MS = Date.UTC(2025, 0, 1);
const TICK_MS = 100;
const TICK_DIGITS = 7;
const TAIL_DIGITS = 3;
const TICKS = 32 ** TICK_DIGITS;
const TAILS = 32 ** TAIL_DIGITS;

/** Fewer characters than this name nothing. */
export const SHORTEST_PREFIX = 4;

export class IdSource {
  readonly #isTaken: (id: string) => boolean;
  #tick = -1;
  #tail = 0;

  constructor(isTaken: (id: string) => boolean) {
    this.#isTaken = isTaken;
  }

  /** A new id, greater than every id this source gave before. */
  next(now: Date): string {
    for (;;) {
      const tick = Math.min(Math.max(0, Math.floor((now.getTime() - EPOCH_MS) / TICK_MS)), TICKS - 1);
      if (tick > this.#tick) [this.#tick, this.#tail] = [tick, randomInt(TAILS / 2)];
      else if (++this.#tail === TAILS) [this.#tick, this.#tail] = [this.#tick + 1, 0];
      const id = inBase32(this.#tick, TICK_DIGITS) + inBase32(this.#tail, TAIL_DIGITS);
      if (!this.#isTaken(id)) return id;
    }
  }
}

function inBase32(value: number, digits: number): string {
  let text = "";
  for (let rest = value; text.length < digits; rest = Math.floor(rest / 32)) text = DIGITS.charAt(rest % 32) + text;
  return text;
}

/** What someone typed, as the id or prefix that it means. */
export function normaliseId(typed: string): string {
  return typed.trim().toLowerCase().replaceAll("o", "0").replace(/[il]/g, "1");
}

/** Every id that begins with `prefix` is at least `prefix` and less than this. */
export function endOfPrefix(prefix: string): string {
  return `${prefix}{`; // the character after z
}
