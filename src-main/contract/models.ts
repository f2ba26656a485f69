/** @file What is told of models: those installed, those to be had, and the long work on them. */

import type { ErrorData } from "./errors.ts";
import type { ModelManifest } from "./model-folder.ts";
import type { Severity } from "./prompt.ts";

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
  /** How far an unfinished download has come. */
  readonly download?: {
    /** Name of the `DownloadableModel` that goes on with it. */
    readonly of: string;
    readonly doneBytes: number;
    readonly totalBytes: number;
  };
}

/** A model that can be downloaded. */
export interface DownloadableModel {
  readonly name: string;
  readonly title: string;
  /** What its licences allow, in a few sentences. */
  readonly licence: string;
  /** Where the licence can be read in full. */
  readonly licenceUrl: string;
  /** About; the server states the exact number when the download begins. */
  readonly sizeBytes: number;
}

/** What there is to download, from where, and where it goes. */
export interface ModelShop {
  readonly downloadable: readonly DownloadableModel[];
  /** Absolute: each installed model is a folder in it. It need not exist yet. */
  readonly folder: string;
  /** On the disk of `folder`; absent where the system does not tell. */
  readonly freeBytes?: number;
  /** Address of the server, without credentials. */
  readonly base: string;
}

/** What lies in the usual places of other programs. */
export interface FoundModel {
  /** Names the place, such as `ComfyUI`. */
  readonly place: string;
  /** Absolute. */
  readonly folder: string;
  /** Whether it can be added as it is. */
  readonly isComplete: boolean;
  readonly parts: readonly { readonly role: string; readonly title: string; readonly path: string }[];
  /** Why not, where it is not complete. */
  readonly problems: readonly string[];
}

export interface ModelFinding {
  readonly severity: Severity;
  readonly message: string;
  readonly where?: string;
  readonly remedy: string;
}

export interface ModelTaskProgress {
  /** `check`: bytes that are there are read. `fetch`: bytes arrive. */
  readonly phase: "check" | "fetch";
  readonly file: string;
  readonly doneBytes: number;
  readonly totalBytes: number;
  /** 0 until it is known. */
  readonly bytesPerSecond: number;
  /** Absent until the rate is known. */
  readonly remainingMs?: number;
}

/** Long work on a model. It goes on whatever becomes of the page that asked for it, and ends with the studio. */
export interface ModelTask {
  readonly id: string;
  readonly kind: "download" | "verify" | "add";
  /** The model's name; of one that is being added, the first of its paths. */
  readonly model: string;
  readonly state: "running" | "done" | "failed" | "cancelled";
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Absent before the first byte. */
  readonly progress?: ModelTaskProgress;
  /** The last thing worth a word, such as a pause after the connection broke. */
  readonly notice?: string;
  /** Why it failed. */
  readonly failure?: ErrorData;
  /** What `verify` came to. `recorded`: nothing was known before, and its sums are recorded now. */
  readonly verdict?: "ok" | "damaged" | "recorded";
  /** Worst first, at most 50. */
  readonly findings?: readonly ModelFinding[];
}

export interface RemovedModel {
  readonly name: string;
  readonly folder: string;
  readonly origin: "downloaded" | "added";
  /** Of what was removed from its place. */
  readonly sizeBytes: number;
  /** Where it was moved to; absent where nothing was moved. */
  readonly trash?: string;
  /** What lies in the folder and is not Tachie's: left as it is. */
  readonly kept: readonly string[];
}
