/** @file The methods of import and export. Whatever is under way ends with the studio. */

import type { StudioService } from "../../contract/studio.ts";
import { EXPORT_FORMS } from "../../contract/transfer.ts";
import type { PicturesChange } from "../../contract/trash.ts";
import type { Handlers } from "../../contract/wire.ts";
import { givenPath } from "../files/given-path.ts";
import type { Library } from "../library/library.ts";
import type { Field } from "../params.ts";
import { listOf, optional, requireParams } from "../params.ts";
import { someIds } from "../pictures/trash-handlers.ts";
import { isFileName, MAX_NAME } from "./export-folder.ts";
import { exportPictures } from "./export-pictures.ts";
import { importPictures } from "./import-pictures.ts";

/** UTF-16 units. */
const MAX_PATH = 4096;
const MAX_PATHS = 1000;

const isPath = (value: unknown): boolean =>
  typeof value === "string" && value !== "" && value.length <= MAX_PATH && !value.includes("\0");
const aPath: Field = { check: isPath, wanted: `a path of at most ${MAX_PATH} characters` };
const somePaths: Field = {
  check: (value) =>
    listOf(isPath)(value) && (value as unknown[]).length <= MAX_PATHS && (value as unknown[]).length > 0,
  wanted: `a list of at most ${MAX_PATHS} paths`,
};
const aForm: Field = {
  check: (value) => (EXPORT_FORMS as readonly unknown[]).includes(value),
  wanted: `one of ${EXPORT_FORMS.join(", ")}`,
};
const aFileName: Field = {
  check: (value) => typeof value === "string" && isFileName(value),
  wanted: `a file's name of at most ${MAX_NAME} characters, without folders`,
};

export interface Transfers {
  readonly handlers: Pick<Handlers<StudioService>, "importPictures" | "exportPictures">;
  /** Ends what is under way; resolves once nothing of it touches the library any more. */
  stop(): Promise<void>;
}

export function createTransfers(library: Library, onChange: (change: PicturesChange) => void): Transfers {
  const ending = new AbortController();
  const running = new Set<Promise<unknown>>();
  const during = <T>(work: Promise<T>): Promise<T> => {
    running.add(work);
    const forget = (): void => void running.delete(work);
    work.then(forget, forget);
    return work;
  };
  const until = (signal: AbortSignal): AbortSignal => AbortSignal.any([signal, ending.signal]);
  return {
    handlers: {
      importPictures(params, { signal, progress }) {
        const { paths } = requireParams("importPictures", params, { paths: somePaths });
        return during(
          importPictures(library, {
            paths: paths.map(givenPath),
            signal: until(signal),
            onProgress: progress,
            onAdded: (added) => onChange({ added, gone: [] }),
          }),
        );
      },
      exportPictures(params, { signal, progress }) {
        const fields = { ids: someIds, as: aForm, folder: aPath, name: optional(aFileName) };
        const { folder, ...asked } = requireParams("exportPictures", params, fields);
        return during(
          exportPictures(library, { ...asked, folder: givenPath(folder), signal: until(signal), onProgress: progress }),
        );
      },
    },
    async stop() {
      ending.abort();
      await Promise.allSettled(running);
    },
  };
}
