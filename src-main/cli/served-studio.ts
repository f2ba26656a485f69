/** @file What the server needs of the studio, taken from it and its library. */

import type { HandOverService } from "../contract/studio.ts";
import type { ServedStudio } from "../server/server.ts";
import { openLibrary } from "../studio/library/library.ts";
import type { Studio } from "../studio/studio.ts";

export function servedStudio(studio: Studio, libraryFolder: string): ServedStudio<HandOverService> & { close(): void } {
  const library = openLibrary(libraryFolder, { mode: "read" });
  /** By the whole id: what begins so is another picture. */
  const find = (id: string): string | undefined => {
    const record = library.find(id);
    return record.id === id ? record.file : undefined;
  };
  return {
    handlers: studio.handlers,
    pictures: { image: find, thumbnail: find },
    subscribe: () => () => undefined, // this studio has no events
    close: () => library.close(),
  };
}
