/** @file The methods of the trash, and its emptying by time. */

import { TachieError, toErrorData } from "../../contract/errors.ts";
import type { StudioService } from "../../contract/studio.ts";
import { MAX_IDS, TRASH_DAYS } from "../../contract/trash.ts";
import type { EmptiedTrash, PicturesChange } from "../../contract/trash.ts";
import type { Handlers } from "../../contract/wire.ts";
import { summaryOf } from "../library/generation-row.ts";
import type { Removal } from "../library/leaving.ts";
import type { Library } from "../library/library.ts";
import type { TrashStore } from "../library/trash-store.ts";
import type { Field } from "../params.ts";
import { anId, listOf, optional, requireParams, wholeNumber } from "../params.ts";
import type { SettingsAccess } from "../settings/settings-store.ts";

const MAX_PAGE = 500;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Ids of pictures. */
export const someIds: Field = {
  check: (value) => listOf(anId.check)(value) && (value as unknown[]).length <= MAX_IDS,
  wanted: `a list of at most ${MAX_IDS} ids`,
};

export interface TrashParts {
  readonly library: Library;
  readonly trash: TrashStore;
  readonly onChange: (change: PicturesChange) => void;
}

type TrashMethod = "trashPictures" | "restorePictures" | "trash" | "emptyTrash";

export function trashHandlers({ library, trash, onChange }: TrashParts): Pick<Handlers<StudioService>, TrashMethod> {
  return {
    trashPictures(params) {
      const ids = trash.trash(requireParams("trashPictures", params, { ids: someIds }).ids);
      if (ids.length > 0) onChange({ added: [], gone: ids });
      return { ids };
    },
    restorePictures(params) {
      const ids = trash.restore(requireParams("restorePictures", params, { ids: someIds }).ids);
      if (ids.length > 0) onChange({ added: ids.map((id) => summaryOf(library.find(id))), gone: [] });
      return { ids };
    },
    trash: (params) =>
      trash.page(requireParams("trash", params, { after: optional(anId), limit: wholeNumber(1, MAX_PAGE) })),
    emptyTrash(params) {
      const emptied = trash.empty(requireParams("emptyTrash", params, { ids: optional(someIds) }).ids);
      if (emptied.removed.length > 0) onChange({ added: [], gone: emptied.removed });
      return emptiedOf(emptied);
    },
  };
}

function emptiedOf({ removed, freedBytes, problems }: Removal): EmptiedTrash {
  const failures = problems.map(({ where, reason }) =>
    toErrorData(new TachieError("file.unwritable", `${where} could not be removed: ${reason}`, { where })),
  );
  return { removed, freedBytes, failures };
}

/** Removes for good what has been in the trash for longer than the author wants it kept. */
export function emptyOldTrash({ trash, onChange }: TrashParts, settings: SettingsAccess, now = Date.now()): Removal {
  const { trashDays = TRASH_DAYS } = settings.read();
  const emptied = trashDays === 0 ? NOTHING : trash.emptyBefore(now - trashDays * DAY_MS);
  if (emptied.removed.length > 0) onChange({ added: [], gone: emptied.removed });
  return emptied;
}

const NOTHING: Removal = { removed: [], freedBytes: 0, problems: [] };
