/** @file What is told of installed models. */

import type { ModelManifest } from "./model-folder.ts";

export interface InstalledModel {
  readonly name: string;
  /** Absolute path of the model folder. */
  readonly folder: string;
  /** `shipped`: part of Tachie. `unrecorded`: a model folder that somebody has put there. */
  readonly origin: "added" | "downloaded" | "shipped" | "unrecorded";
  /** `unfinished`: a download that can be continued. `broken`: see `problem`. */
  readonly condition: "ready" | "unfinished" | "broken";
  readonly problem?: string;
  readonly title?: string;
  readonly licence?: string;
  readonly isPlaceholder?: boolean;
  /** Of all recorded files; absent where nothing is recorded. */
  readonly sizeBytes?: number;
  readonly addedAt?: string;
  /** What its makers recommend; absent where it is not ready. */
  readonly defaults?: ModelManifest["defaults"];
  readonly limits?: ModelManifest["limits"];
}
