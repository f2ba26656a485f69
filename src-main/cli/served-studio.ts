/** @file What the server needs of the studio. */

import type { StudioService } from "../contract/studio.ts";
import type { ServedStudio } from "../server/server.ts";
import type { Studio } from "../studio/studio.ts";

export function servedStudio(studio: Studio): ServedStudio<StudioService> {
  return {
    handlers: studio.handlers,
    pictures: { image: (id) => studio.findImageFile(id), thumbnail: (id) => studio.thumbnail(id) },
    subscribe: (listener) => studio.onEvent(listener),
  };
}
