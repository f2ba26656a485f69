/**
 * @file Whether a model's files are still the ones that were loaded, without reading them: sizes, times and inodes.
 *
 * The times include the one of the last change of status, which a program cannot set back, so a file that was replaced or
 * written to is noticed even where its size and date were kept.
 */

import { statSync } from "node:fs";
import path from "node:path";
import type { ModelFolder } from "../../models/model-folder.ts";
import { MODEL_MANIFEST_FILE } from "../contract/model-folder.ts";

/** Every file that decides what the model computes. */
export function filesOf({ folder, components }: ModelFolder): string[] {
  const files = Object.values(components).flatMap((component) =>
    component === undefined
      ? []
      : [
          ...component.checkpoint.files.map((file) => file.path),
          ...(component.tokenizer === undefined ? [] : [component.tokenizer]),
        ],
  );
  return [path.join(folder, MODEL_MANIFEST_FILE), ...files];
}

/** Equal for equal states of the files. A file that is gone has a state of its own. */
export function stampFiles(files: readonly string[]): string {
  return files
    .map((file) => {
      const stat = statSync(file, { bigint: true, throwIfNoEntry: false });
      return stat === undefined ? "gone" : [stat.dev, stat.ino, stat.size, stat.mtimeNs, stat.ctimeNs].join(":");
    })
    .join(" ");
}
