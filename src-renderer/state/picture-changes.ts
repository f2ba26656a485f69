/** @file The list of pictures after some have come or gone, without reading it anew: whoever looks at it keeps the place. */

import type { PictureSummary } from "../../src-main/contract/studio.ts";
import type { PicturesChange } from "../../src-main/contract/trash.ts";
import { EMPTY_LIST, appendPage } from "./picture-list.ts";
import type { PictureList } from "./picture-list.ts";

/** What comes after the part that is known is only counted. */
export function applyChange(list: PictureList, { added, gone }: PicturesChange): PictureList {
  const left = new Set(gone);
  const kept = list.pictures.filter(({ id }) => !left.has(id));
  const known = new Set(kept.map(({ id }) => id));
  const fresh = added.filter(({ id }) => !known.has(id));
  const last = kept.at(-1);
  const isComplete = list.next === undefined;
  const inside = fresh.filter((picture) => isComplete || (last !== undefined && newestFirst(picture, last) < 0));
  const pictures = [...kept, ...inside].sort(newestFirst);
  const end = pictures.at(-1)?.id;
  return appendPage(EMPTY_LIST, {
    pictures,
    total: Math.max(pictures.length, list.total + fresh.length - gone.length),
    // The next page begins after the last one that is still there.
    ...(isComplete || end === undefined ? {} : { next: end }),
  });
}

function newestFirst(a: PictureSummary, b: PictureSummary): number {
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt ? 1 : -1;
  return a.id < b.id ? 1 : a.id > b.id ? -1 : 0;
}
