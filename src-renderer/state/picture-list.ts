/** @file The part of the library that is known to the page: newest first, without gaps from the top. */

import type { PicturePage, PictureSummary } from "../../src-main/contract/studio.ts";

export interface PictureList {
  readonly pictures: readonly PictureSummary[];
  readonly total: number;
  /** Where the next page begins; absent once everything is known. */
  readonly next?: string;
}

export const EMPTY_LIST: PictureList = { pictures: [], total: 0 };

/** Adds an older page. A picture that both hold is kept once. */
export function appendPage(list: PictureList, page: PicturePage): PictureList {
  const known = new Set(list.pictures.map(({ id }) => id));
  const pictures = [...list.pictures, ...page.pictures.filter(({ id }) => !known.has(id))];
  return { pictures, total: page.total, ...(page.next === undefined ? {} : { next: page.next }) };
}

/** Puts a picture that was just saved at the top. */
export function prependPicture(list: PictureList, picture: PictureSummary): PictureList {
  if (list.pictures.some(({ id }) => id === picture.id)) return list;
  return { ...list, pictures: [picture, ...list.pictures], total: list.total + 1 };
}
