/**
 * @file What the studio does for the command line, the server and the window. Names end up on the wire.
 * Pictures themselves never cross as messages: they are read by id, see `IMAGE_ROUTES`.
 */

import type { BenchmarkRecord } from "./bench.ts";
import type { BibleCharacter, Draft, StoredDraft } from "./drafts.ts";
import type { EngineHealth } from "./engine.ts";
import type { ErrorData } from "./errors.ts";
import type { GenerateRequest, GeneratedImage, GenerationProgress, GenerationRecord } from "./generation.ts";
import { GALLERY_METHODS } from "./gallery.ts";
import type { GalleryMethods } from "./gallery.ts";
import type { JobProgress, QueueState, QueuedJob } from "./jobs.ts";
import type { LoraFile, LoraPiece, LoraShelf } from "./loras.ts";
import type { FoundModel, InstalledModel, ModelShop, ModelTask, RemovedModel } from "./models.ts";
import type {
  Album,
  Collections,
  PictureMarks,
  PictureSearch,
  SavedSearch,
  SearchCompletion,
  SearchFacets,
  SearchPage,
} from "./search.ts";
import type { Settings } from "./settings.ts";
import type { TokenBudget } from "./tokens.ts";
import type { ExportReport, ExportRequest, ImportReport, TransferProgress } from "./transfer.ts";
import type { BackupFile, DiskUse, LibraryHealth, LibraryReport, UpkeepProgress } from "./upkeep.ts";
import type { EmptiedTrash, PicturesChange, TrashChange, TrashPage } from "./trash.ts";

/** What is told while pictures are made. `number` is a picture's 1-based place out of `count`. */
export type GenerateProgress =
  | ({ readonly kind: "step"; readonly number: number; readonly count: number } & GenerationProgress)
  /** A picture is finished and saved: nothing that follows can take it away. */
  | { readonly kind: "image"; readonly number: number; readonly count: number; readonly image: GeneratedImage }
  /** Something the author should know: a job waits or is tried again. */
  | { readonly kind: "notice"; readonly text: string };

export interface GenerateOutcome {
  /** What was finished, in the order of the seeds. */
  readonly images: readonly GeneratedImage[];
  /** Why there are fewer pictures than asked for. Where not even the first was finished, the call fails instead. */
  readonly failure?: ErrorData;
}

/** What a gallery shows of a picture without asking for more. */
export interface PictureSummary {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly width: number;
  readonly height: number;
  readonly seed: number;
  readonly model: string;
  readonly isFileMissing: boolean;
}

export interface PicturePage {
  /** Newest first. */
  readonly pictures: readonly PictureSummary[];
  /** Pass as `before` for the next page; absent on the last one. */
  readonly next?: string;
  /** All pictures in the library, those in the trash left out. */
  readonly total: number;
}

/** What a PNG tells of how it was made. */
export type PngReading =
  | { readonly kind: "own"; readonly record: GenerationRecord }
  /** Made by another tool: its prompt and what else could be understood. */
  | {
      readonly kind: "foreign";
      readonly tool: string;
      readonly prompt: string;
      readonly negative?: string;
      readonly settings: Pick<GenerateRequest, "seed" | "size" | "sampling">;
    }
  | { readonly kind: "nothing" };

export type EngineState =
  | { readonly kind: "off" | "starting" | "ready" | "unresponsive" }
  /** It could not be started, or has failed too often and is not started again before `startEngine` is called. */
  | { readonly kind: "failed"; readonly error: ErrorData };

export interface StudioMethods extends GalleryMethods {
  /** Makes pictures ahead of the queue and answers when they are done: what the command line calls. */
  generate(params: GenerateRequest): GenerateOutcome;
  /** Makes a stored picture again as a new one, with everything as it was. */
  again(params: { readonly id: string }): GenerateOutcome;

  /** Adds to the queue and answers at once. @throws prompt.*, settings.invalid, file.not-found before anything is queued */
  enqueue(params: GenerateRequest): QueuedJob;
  queue(params: Record<string, never>): QueueState;
  /** A running job ends within a step and keeps the pictures that are finished. */
  cancelJob(params: { readonly id: string }): QueueState;
  cancelAllJobs(params: Record<string, never>): QueueState;
  /** Queues a failed or cancelled job once more, for the pictures it lacks. */
  retryJob(params: { readonly id: string }): QueueState;
  /** Puts a waiting job before another one, or last. */
  moveJob(params: { readonly id: string; readonly before?: string }): QueueState;
  pauseQueue(params: { readonly isPaused: boolean }): QueueState;

  /** Newest first. `limit` is from 1 to 500. */
  pictures(params: { readonly before?: string; readonly limit: number }): PicturePage;
  /** The same of those whose prompt has a character of that name; `total` is how many these are. */
  picturesOfCharacter(params: { readonly name: string; readonly before?: string; readonly limit: number }): PicturePage;
  picture(params: { readonly id: string }): GenerationRecord;
  /** Where a picture's PNG lies: absolute, inside the library. For fronts that serve it; absent where there is none. */
  imageFile(params: { readonly id: string }): { readonly file?: string };
  /** The same of a small WebP of it, made when it is first asked for. @throws image.invalid for a damaged picture */
  thumbnailFile(params: { readonly id: string }): { readonly file?: string };
  /** Reads what a PNG tells of itself. @throws image.invalid */
  readPng(params: { readonly bytes: Uint8Array }): PngReading;

  /**
   * Moves pictures to the trash: lists leave them out, everything of them is kept. All or none; `restorePictures` undoes it.
   * @throws library.not-found
   */
  trashPictures(params: { readonly ids: readonly string[] }): TrashChange;
  /** Takes pictures out of the trash again. All or none. @throws library.not-found */
  restorePictures(params: { readonly ids: readonly string[] }): TrashChange;
  /** `limit` is from 1 to 500. @throws library.not-found where `after` is not in the trash */
  trash(params: { readonly after?: string; readonly limit: number }): TrashPage;
  /**
   * Removes for good what is in the trash, or these of it; nothing undoes it.
   * @throws library.not-found for an id that is not in the trash
   */
  emptyTrash(params: { readonly ids?: readonly string[] }): EmptiedTrash;

  /**
   * Takes the PNGs of folders into the library, with what they tell of how they were made; what the library holds already
   * is skipped. Batches that are stored stay, whatever ends the call.
   * @param params.paths absolute: folders with everything below them, or files
   * @throws file.not-found, file.unreadable, image.invalid for what was named; disk.full, library.*
   */
  importPictures(params: { readonly paths: readonly string[] }): ImportReport;
  /** Writes pictures into a folder of this machine. @throws library.not-found, file.*, disk.full, settings.invalid */
  exportPictures(params: ExportRequest): ExportReport;

  diskUse(params: Record<string, never>): DiskUse;
  libraryHealth(params: Record<string, never>): LibraryHealth;
  /** Checks the whole database and copies it. @throws library.corrupt for a damaged one; disk.full, file.* */
  backupLibrary(params: Record<string, never>): BackupFile;
  /** Looks at every file of the library, bit by bit; changes nothing. */
  verifyLibrary(params: Record<string, never>): LibraryReport;

  /** What a query finds, newest first. @throws query.invalid saying where; library.not-found where `before` is no picture */
  search(params: PictureSearch): SearchPage;
  /** What the pictures that a query finds have in common. @throws query.invalid */
  searchFacets(params: { readonly query: string; readonly isTrashed?: boolean }): SearchFacets;
  /** How a query could go on at an offset in it; never fails for a query that is unfinished. */
  completeSearch(params: { readonly text: string; readonly at: number }): SearchCompletion;
  /** Of the pictures that exist; in the order of the ids. */
  pictureMarks(params: { readonly ids: readonly string[] }): { readonly marks: readonly PictureMarks[] };
  starPictures(params: { readonly ids: readonly string[]; readonly isStarred: boolean }): Record<string, never>;
  /** Replaces a picture's note; "" takes it away. @throws library.not-found */
  notePicture(params: { readonly id: string; readonly note: string }): PictureMarks;
  collections(params: Record<string, never>): Collections;
  /** @throws album.exists */
  createAlbum(params: { readonly name: string }): Album;
  /** @throws album.not-found, album.exists */
  renameAlbum(params: { readonly id: string; readonly name: string }): Collections;
  /** Its pictures stay in the library; an album that is gone already is removed. */
  removeAlbum(params: { readonly id: string }): Collections;
  /** Pictures that are in it already stay. @throws album.not-found */
  addToAlbum(params: { readonly id: string; readonly ids: readonly string[] }): Collections;
  /** @throws album.not-found */
  takeFromAlbum(params: { readonly id: string; readonly ids: readonly string[] }): Collections;
  /** Saves under a name; one of that name is replaced. @throws query.invalid */
  saveSearch(params: { readonly name: string; readonly query: string }): SavedSearch;
  removeSearch(params: { readonly id: string }): Collections;

  /** The draft in the editor; absent before the first one. */
  currentDraft(params: Record<string, never>): { readonly draft?: StoredDraft };
  saveCurrentDraft(params: { readonly draft: Draft }): StoredDraft;
  /** Keeps the current draft for later, so that another can take its place. */
  keepDraft(params: Record<string, never>): StoredDraft;
  drafts(params: Record<string, never>): { readonly drafts: readonly StoredDraft[] };
  removeDraft(params: { readonly id: string }): Record<string, never>;
  characters(params: Record<string, never>): { readonly characters: readonly BibleCharacter[] };
  /** Saves under a name; one of that name is replaced. @throws prompt.malformed */
  saveCharacter(params: { readonly name: string; readonly xml: string }): BibleCharacter;
  removeCharacter(params: { readonly id: string }): Record<string, never>;

  settings(params: Record<string, never>): Settings;
  changeSettings(params: { readonly changes: Partial<Settings> }): Settings;

  models(params: Record<string, never>): { readonly models: readonly InstalledModel[] };
  modelShop(params: Record<string, never>): ModelShop;
  /** The whole licence of a model that can be downloaded, as its makers publish it. @throws download.* */
  modelLicence(params: { readonly name: string }): { readonly text: string };
  /** What the usual places of other programs hold. */
  foundModels(params: Record<string, never>): { readonly found: readonly FoundModel[] };
  /** In the order in which they began; those that have ended stay until they are dismissed. */
  modelTasks(params: Record<string, never>): { readonly tasks: readonly ModelTask[] };
  /**
   * Begins a download, goes on with one, or fetches what is damaged; answers at once.
   * @param params.licence what was accepted: must be what `modelShop` tells of this model
   * @param params.as what it is to be called here; its own name where absent
   * @throws licence.not-accepted, model.not-found, models.busy
   */
  downloadModel(params: { readonly name: string; readonly licence: string; readonly as?: string }): ModelTask;
  /** Begins to read every byte of an installed model; answers at once. @throws model.not-found, models.busy */
  verifyModel(params: { readonly name: string }): ModelTask;
  /**
   * Begins to install a model whose files are on this machine, where they are; answers at once.
   * @param params.paths absolute: a model folder, or folders and files that hold the parts of one
   */
  addModel(params: { readonly paths: readonly string[]; readonly name?: string }): ModelTask;
  /** What a download has fetched is kept. */
  cancelModelTask(params: { readonly id: string }): { readonly tasks: readonly ModelTask[] };
  /** Forgets a task that has ended. */
  dismissModelTask(params: { readonly id: string }): { readonly tasks: readonly ModelTask[] };
  /** Moves what was downloaded to a trash folder; other files stay. @throws model.in-use, model.not-found, model.unsupported */
  removeModel(params: { readonly name: string }): RemovedModel;

  loras(params: Record<string, never>): LoraShelf;
  /** Lists a file where it lies. @throws file.not-found; model.unsupported for what cannot be used */
  addLora(params: { readonly file: string }): LoraFile;
  /** Stores a file piece by piece; the last one answers with it. @throws as `addLora`; disk.full */
  sendLora(params: LoraPiece): { readonly receivedBytes: number; readonly lora?: LoraFile };
  /** Takes a file off the list; one in Tachie's own folder goes to a trash folder there. @throws model.in-use, file.* */
  removeLora(params: { readonly file: string }): LoraShelf;
  /** Counts a prompt's tokens by field and character against what the model reads. */
  measurePrompt(params: { readonly text: string; readonly model?: string }): TokenBudget;

  /** Ladders that were measured, newest first; see `tachie bench`. */
  benchmarks(params: Record<string, never>): readonly BenchmarkRecord[];
  engine(params: Record<string, never>): { readonly state: EngineState; readonly health?: EngineHealth };
  /**
   * Starts the engine where it does not run, and forgives what kept it from being started again: for a person who wants
   * another attempt. @throws engine.start-failed, engine.lost
   */
  startEngine(params: Record<string, never>): { readonly state: EngineState };
}

export interface StudioEvents {
  /** The queue has changed in any way. */
  queue: QueueState;
  jobProgress: JobProgress;
  /** A picture was saved, by the queue or by another process that handed its job over. */
  pictureSaved: PictureSummary;
  picturesChanged: PicturesChange;
  /** Stars, notes or albums of these pictures have changed. */
  marksChanged: { readonly marks: readonly PictureMarks[] };
  collections: Collections;
  libraryHealth: LibraryHealth;
  engine: EngineState;
  settings: Settings;
  /** Models have come, gone or changed. */
  models: { readonly models: readonly InstalledModel[] };
  modelTasks: { readonly tasks: readonly ModelTask[] };
  loras: LoraShelf;
}

/** An object, so that the compiler misses every event that is not in it. */
const EVENTS: Readonly<Record<keyof StudioEvents, true>> = {
  queue: true,
  jobProgress: true,
  pictureSaved: true,
  picturesChanged: true,
  marksChanged: true,
  collections: true,
  libraryHealth: true,
  engine: true,
  settings: true,
  models: true,
  modelTasks: true,
  loras: true,
};
export const STUDIO_EVENTS = Object.keys(EVENTS) as readonly (keyof StudioEvents)[];

export interface StudioService {
  readonly methods: StudioMethods;
  readonly progress: {
    readonly generate: GenerateProgress;
    readonly again: GenerateProgress;
    readonly verifyLibrary: UpkeepProgress;
    readonly importPictures: TransferProgress;
    readonly exportPictures: TransferProgress;
  };
  readonly events: StudioEvents;
}

export const STUDIO_METHODS = [
  ...GALLERY_METHODS,
  "generate",
  "again",
  "enqueue",
  "queue",
  "cancelJob",
  "cancelAllJobs",
  "retryJob",
  "moveJob",
  "pauseQueue",
  "pictures",
  "picturesOfCharacter",
  "picture",
  "imageFile",
  "thumbnailFile",
  "readPng",
  "trashPictures",
  "restorePictures",
  "trash",
  "emptyTrash",
  "importPictures",
  "exportPictures",
  "diskUse",
  "libraryHealth",
  "backupLibrary",
  "verifyLibrary",
  "search",
  "searchFacets",
  "completeSearch",
  "pictureMarks",
  "starPictures",
  "notePicture",
  "collections",
  "createAlbum",
  "renameAlbum",
  "removeAlbum",
  "addToAlbum",
  "takeFromAlbum",
  "saveSearch",
  "removeSearch",
  "currentDraft",
  "saveCurrentDraft",
  "keepDraft",
  "drafts",
  "removeDraft",
  "characters",
  "saveCharacter",
  "removeCharacter",
  "settings",
  "changeSettings",
  "models",
  "modelShop",
  "modelLicence",
  "foundModels",
  "modelTasks",
  "downloadModel",
  "verifyModel",
  "addModel",
  "cancelModelTask",
  "dismissModelTask",
  "removeModel",
  "loras",
  "addLora",
  "sendLora",
  "removeLora",
  "measurePrompt",
  "benchmarks",
  "engine",
  "startEngine",
] as const satisfies readonly (keyof StudioMethods)[];

/** What a command asks of the process that holds a library: see `studio/hand-over.ts`. */
export interface HandOverService {
  readonly methods: Pick<StudioMethods, (typeof HAND_OVER_METHODS)[number]>;
  readonly progress: StudioService["progress"];
  readonly events: Record<string, never>;
}

export const HAND_OVER_METHODS = [
  "generate",
  "again",
  "trashPictures",
  "restorePictures",
  "emptyTrash",
  "backupLibrary",
  "importPictures",
] as const satisfies readonly (keyof StudioMethods)[];

/** Paths under which a front serves pictures: `tachie://app/image/ID` in the window, `/image/ID` of the server. */
export const IMAGE_ROUTES = { image: "/image/", thumbnail: "/thumbnail/" } as const;
