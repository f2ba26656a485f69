/**
 * @file The part of the library that is known to the page: newest first, without gaps from the top, with the days on which
 * the pictures were made. Days are kept up as pictures come, so that a page more costs no look at all the others.
 */

import type { PicturePage, PictureSummary } from "../../src-main/contract/studio.ts";

/** Pictures of one local day, next to each other in the list. */
export interface PictureDay {
  /** Its first moment, milliseconds since the epoch. */
  readonly startMs: number;
  /** Index of its first, newest picture. */
  readonly first: number;
  readonly count: number;
}

export interface PictureList {
  readonly pictures: readonly PictureSummary[];
  readonly days: readonly PictureDay[];
  readonly total: number;
  /** Where the next page begins; absent once everything is known. */
  readonly next?: string;
}

export const EMPTY_LIST: PictureList = { pictures: [], days: [], total: 0 };

/** Adds an older page. A picture that both hold is kept once. */
export function appendPage(list: PictureList, page: PicturePage): PictureList {
  // What is in both is at the end of the one and the beginning of the other.
  const known = new Set(list.pictures.slice(-page.pictures.length).map(({ id }) => id));
  const added = page.pictures.filter(({ id }) => !known.has(id));
  return {
    pictures: [...list.pictures, ...added],
    days: withDaysOf(list.days, list.pictures.length, added),
    total: page.total,
    ...(page.next === undefined ? {} : { next: page.next }),
  };
}

/** Puts a picture that was just saved at the top. */
export function prependPicture(list: PictureList, picture: PictureSummary): PictureList {
  if (list.pictures.some(({ id }) => id === picture.id)) return list;
  const [top] = list.days;
  const startMs = startOfDay(Date.parse(picture.createdAt));
  const moved = list.days.map((day) => ({ ...day, first: day.first + 1 }));
  const days =
    top?.startMs === startMs
      ? [{ ...top, count: top.count + 1 }, ...moved.slice(1)]
      : [{ startMs, first: 0, count: 1 }, ...moved];
  return { ...list, pictures: [picture, ...list.pictures], days, total: list.total + 1 };
}

function withDaysOf(days: readonly PictureDay[], from: number, added: readonly PictureSummary[]): PictureDay[] {
  const result = [...days];
  let day = result.pop();
  let endMs = day === undefined ? 0 : endOfDay(day.startMs);
  for (const [place, { createdAt }] of added.entries()) {
    const ms = Date.parse(createdAt);
    if (day !== undefined && ms >= day.startMs && ms < endMs) day = { ...day, count: day.count + 1 };
    else {
      if (day !== undefined) result.push(day);
      const startMs = startOfDay(ms);
      day = { startMs, first: from + place, count: 1 };
      endMs = endOfDay(startMs);
    }
  }
  return day === undefined ? result : [...result, day];
}

function startOfDay(ms: number): number {
  return new Date(ms).setHours(0, 0, 0, 0);
}

/** Not a day's milliseconds later: two days of the year have another length in many places. */
function endOfDay(startMs: number): number {
  const day = new Date(startMs);
  return day.setDate(day.getDate() + 1);
}
