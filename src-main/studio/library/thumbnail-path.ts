/** @file Where a picture's thumbnail is kept, relative to the library. */

export const THUMBNAIL_FOLDER = "thumbnails";
/** Ids begin with the time: this many of their characters make a folder a day. */
const FOLDER_CHARACTERS = 3;

/** With `/`. */
export function thumbnailPath(id: string): string {
  return `${THUMBNAIL_FOLDER}/${id.slice(0, FOLDER_CHARACTERS)}/${id}.webp`;
}
