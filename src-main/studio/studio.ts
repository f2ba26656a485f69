/**
 * @file The studio: the one process that writes to a library, behind the contract's methods. It plans a request, has the
 * engine make the pictures one after the other, and saves each before it goes on to the next. What somebody waits for
 * goes ahead of the queue.
 *
 * It knows the engine by its wire only, and nothing of who asks: command line, another process, server or window.
 */

import { existsSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import { MODEL_MANIFEST_FILE } from "../contract/model-folder.ts";
import { memoryChoiceOf } from "../contract/settings.ts";
import type { GenerateRequest, GenerationRecord } from "../contract/generation.ts";
import type { GenerateOutcome, GenerateProgress, StudioService } from "../contract/studio.ts";
import type { PicturesChange } from "../contract/trash.ts";
import type { RepairReport } from "../contract/upkeep.ts";
import type { Handlers } from "../contract/wire.ts";
import { BenchmarkStore } from "./benchmarks/benchmark-store.ts";
import { searchHandlers } from "./collections/search-handlers.ts";
import { draftHandlers } from "./drafts/draft-handlers.ts";
import { DraftStore } from "./drafts/draft-store.ts";
import type { EngineDoor } from "./engine-door.ts";
import { engineHandlers } from "./engine-handlers.ts";
import { createEmitter } from "./events.ts";
import type { StudioEmitter } from "./events.ts";
import { expectedPlan } from "./expected-plan.ts";
import { checkRequest, planAgain, planGeneration } from "./generation-plan.ts";
import type { GenerationPlan } from "./generation-plan.ts";
import { createInUse } from "./in-use.ts";
import { createJobLine } from "./job-line.ts";
import { summaryOf } from "./library/generation-row.ts";
import { openLibrary } from "./library/library.ts";
import type { Library } from "./library/library.ts";
import { openOrRepair } from "./library/open-or-repair.ts";
import type { OpenedLibrary } from "./library/open-or-repair.ts";
import { TrashStore } from "./library/trash-store.ts";
import { requireFit } from "./loras/adapter-fit.ts";
import { createAdapterIdentity } from "./loras/adapter-identity.ts";
import { loraHandlers } from "./loras/lora-handlers.ts";
import { Loras } from "./loras/lora-shelf.ts";
import { LoraStore } from "./loras/lora-store.ts";
import { findModelFolder, findStarter, readModel } from "./model-choice.ts";
import type { ChosenModel } from "./model-choice.ts";
import { weightNotices } from "./model-diagnosis.ts";
import { modelHandlers } from "./models/model-handlers.ts";
import { anId, requireParams } from "./params.ts";
import { makePictures } from "./picture-making.ts";
import { PictureFiles } from "./pictures/picture-files.ts";
import { pictureHandlers } from "./pictures/picture-handlers.ts";
import { Thumbnails } from "./pictures/thumbnails.ts";
import { emptyOldTrash, trashHandlers } from "./pictures/trash-handlers.ts";
import { lorasFolder } from "./places.ts";
import type { ModelPlaces } from "./places.ts";
import { JobStore } from "./queue/job-store.ts";
import { galleryHandlers } from "./pictures/gallery-handlers.ts";
import { gridHandlers } from "./grids/grid-handlers.ts";
import { queueHandlers } from "./queue/queue-handlers.ts";
import { Queue } from "./queue/queue.ts";
import { createEstimate } from "./queue/remaining.ts";
import { runQueue } from "./queue/run-queue.ts";
import { requireGenerateRequest } from "./request-check.ts";
import { settingsHandlers } from "./settings/settings-handlers.ts";
import { SettingsStore } from "./settings/settings-store.ts";
import { createTransfers } from "./transfer/transfer-handlers.ts";
import { upkeepHandlers } from "./upkeep/upkeep-handlers.ts";
import { Upkeep } from "./upkeep/upkeep.ts";
import { WarmUp } from "./warm-up.ts";

export interface StudioOptions {
  readonly libraryFolder: string;
  readonly engine: EngineDoor;
  readonly places: ModelPlaces;
  /**
   * Whether the queue's jobs are done here. A command that has its picture made leaves them as they are, for the next
   * studio that stays.
   */
  readonly queue?: "run" | "rest";
  /** How long all must have been quiet before the engine is made ready for the next picture; a second or two where absent. */
  readonly warmUpAfterMs?: number;
  /** Where present, a damaged library is repaired, and why is told first; see `openOrRepair`. Where absent it is refused. */
  readonly onDamage?: (finding: string) => void;
}

export interface Studio {
  readonly handlers: Handlers<StudioService>;
  /** Tells everything that happens; to be passed on to each client. */
  readonly onEvent: StudioEmitter["onEvent"];
  /** What was damaged and repaired when the library was opened. */
  readonly repair: RepairReport | undefined;
  /** Jobs running or waiting for the engine; the queue's own ones only while one is running. */
  readonly jobCount: number;
  /**
   * The absolute path of a picture, for fronts that serve it; undefined for every id that has none, whatever it is.
   * @throws library.*
   */
  findImageFile(id: string): string | undefined;
  /**
   * A WebP of at most 320 pixels a side.
   * @throws library.not-found for an id that has no picture; image.invalid for a damaged one; library.*
   */
  thumbnail(id: string): Promise<Buffer>;
  /**
   * Takes no further job of the queue up, and resolves once its running one has ended, within a step: it waits again then.
   * To be called before `close`. Jobs of commands end when those who asked for them are cut off.
   */
  stop(): Promise<void>;
  /** Makes the backup that may be due: for a process that does not stay, before `close`. */
  lookAfter(): Promise<void>;
  /** Frees the library for other writers. Jobs must have ended; the engine is its owner's to end. */
  close(): void;
}

/** @throws library.locked where another process writes to this library; library.*, file.unwritable, disk.full */
export function createStudio(options: StudioOptions): Studio {
  const { libraryFolder, onDamage } = options;
  const opened: OpenedLibrary =
    onDamage === undefined
      ? { library: openLibrary(libraryFolder, { mode: "write" }), repair: undefined }
      : openOrRepair(libraryFolder, onDamage);
  try {
    return composeStudio(opened, options);
  } catch (error) {
    opened.library.close();
    throw error;
  }
}

function composeStudio(
  { library: stored, repair }: OpenedLibrary,
  { engine, places, queue: mode = "run", warmUpAfterMs }: StudioOptions,
): Studio {
  const events = createEmitter();
  const library: Library = {
    ...stored,
    async save(entry, claim) {
      const record = await stored.save(entry, claim);
      events.emit("pictureSaved", summaryOf(record));
      return record;
    },
  };
  const line = createJobLine({ onAsked: () => warmUp.giveUp(), onRest: () => warmUp.consider() });
  type Report = (progress: GenerateProgress) => void;
  const notify = (report: Report, text: string): void => report({ kind: "notice", text });

  function chooseModel(word: string | undefined): ChosenModel {
    return word === undefined ? findStarter(places) : readModel(findModelFolder(word, places, process.cwd()));
  }

  /** The model that a picture was made with: where it was, or where a model of that name is now. */
  function findRecordedModel(record: { readonly model: string; readonly modelFolder: string }): string {
    if (existsSync(path.join(record.modelFolder, MODEL_MANIFEST_FILE))) return record.modelFolder;
    const moved = places.folders.map((folder) => path.join(folder, record.model));
    const folder = moved.find((candidate) => existsSync(path.join(candidate, MODEL_MANIFEST_FILE)));
    if (folder !== undefined) return folder;
    throw new TachieError(
      "model.not-found",
      `the picture was made with the model ${record.model} in ${record.modelFolder}, which is no longer there`,
      { where: record.modelFolder, remedy: "Put the model back where it was, or install one of that name." },
    );
  }

  function requireOwn({ id, origin }: GenerationRecord): void {
    if (origin === undefined) return;
    throw new TachieError("image.foreign", `the picture ${id} was made by another tool (${origin.tool})`, {
      where: id,
      remedy: "Generate its prompt anew.",
    });
  }

  async function checkWeights(plan: GenerationPlan): Promise<void> {
    if (plan.modelHash === undefined) return;
    const { client } = await engine.connection();
    const { hash } = await client.describe({ model: plan.model.folder });
    if (hash === plan.modelHash) return;
    throw new TachieError(
      "model.mismatch",
      `the weights in ${plan.model.folder} have changed since the picture was made (${plan.modelHash.slice(0, 12)} then, ${hash.slice(0, 12)} now), so it cannot be made again`,
      { where: plan.model.folder, remedy: "Put the former weights back, or generate the prompt anew." },
    );
  }

  function inTurn<T>(signal: AbortSignal, report: Report, task: () => Promise<T>): Promise<T> {
    const { ahead } = line;
    if (ahead > 0) notify(report, `waiting for ${ahead === 1 ? "one job" : `${ahead} jobs`} ahead`);
    return line.run(signal, task);
  }

  const modelOf = ({ model }: GenerateRequest): ChosenModel => chooseModel(model);

  function plan(request: GenerateRequest, report: Report): GenerationPlan {
    const model = modelOf(request);
    const planned = planGeneration({ ...request, memory: request.memory ?? memoryChoiceOf(settings.read()) }, model);
    requireFit(request.loras, model);
    for (const notice of planned.notices) notify(report, notice);
    if (model.manifest.isPlaceholder)
      notify(
        report,
        `the model ${model.manifest.name} has random weights: its pictures are noise (--model chooses another)`,
      );
    for (const notice of weightNotices(model)) notify(report, notice);
    return planned;
  }

  const store = new JobStore(library);
  const queue = new Queue({
    store,
    onChange: (state) => events.emit("queue", state),
    estimate: createEstimate(library, modelOf),
  });
  const settings = new SettingsStore(library, (changed) => {
    events.emit("settings", changed);
    warmUp.consider();
  });
  const inUse = createInUse(() => queue.state(), modelOf);
  const models = modelHandlers({
    places,
    settings,
    inUse,
    emit(name, payload) {
      events.emit(name, payload);
      warmUp.makeWay();
    },
  });
  const loraStore = new LoraStore(library);
  const loras = new Loras(lorasFolder(places), loraStore);
  const benchmarks = new BenchmarkStore(library);
  const identifyAdapters = createAdapterIdentity(loraStore);
  function make(planned: GenerationPlan, signal: AbortSignal, report: Report): Promise<GenerateOutcome> {
    return inUse.during(planned, () => makePictures(planned, { engine, library, identifyAdapters, signal, report }));
  }
  const files = new PictureFiles(library);
  const thumbnails = new Thumbnails(library.folder, files);
  const trash = {
    library,
    trash: new TrashStore(library),
    onChange: (change: PicturesChange) => events.emit("picturesChanged", change),
  };
  const transfers = createTransfers(library, trash.onChange);
  const upkeep = new Upkeep({
    library,
    repair,
    emptyOldTrash: () => void emptyOldTrash(trash, settings),
    onHealth: (health) => events.emit("libraryHealth", health),
  });
  engine.on("state", (state) => events.emit("engine", state));
  const drafts = new DraftStore(library);
  const warmUp = new WarmUp({
    engine,
    inUse,
    isQuiet: () => line.length === 0 && events.isHeard,
    isWorkedOn: (folder) => models.isBusy(path.basename(folder)),
    expected() {
      const chosen = settings.read();
      if (mode === "rest" || chosen.warmUp === "off") return undefined;
      return expectedPlan(drafts.current(), chosen, (request) => plan(request, () => undefined));
    },
    ...(warmUpAfterMs === undefined ? {} : { quietMs: warmUpAfterMs }),
  });
  const handlers: Handlers<StudioService> = {
    generate(params, { signal, progress }) {
      const request = requireGenerateRequest(params);
      checkRequest(request);
      return inTurn(signal, progress, async () => make(plan(request, progress), signal, progress));
    },
    again(params, { signal, progress }) {
      const record = library.find(requireParams("again", params, { id: anId }).id);
      requireOwn(record);
      return inTurn(signal, progress, async () => {
        const planned = planAgain(record, findRecordedModel(record), memoryChoiceOf(settings.read()));
        await checkWeights(planned);
        return make(planned, signal, progress);
      });
    },
    ...queueHandlers(queue, modelOf),
    ...pictureHandlers(library, files, thumbnails),
    ...searchHandlers(library, (name, payload) => events.emit(name, payload)),
    ...trashHandlers(trash),
    ...transfers.handlers,
    ...upkeepHandlers(library, upkeep),
    ...galleryHandlers({ library, places, engine }),
    ...gridHandlers({ library, queue, modelOf, files }),
    ...draftHandlers(library, () => warmUp.consider()),
    ...settingsHandlers(settings),
    ...models.handlers,
    ...loraHandlers(loras, inUse, (shelf) => events.emit("loras", shelf)),
    ...engineHandlers(engine, chooseModel),
    benchmarks(params) {
      requireParams("benchmarks", params, {});
      return benchmarks.list();
    },
  };
  const run =
    mode === "rest"
      ? undefined
      : runQueue({
          queue,
          store,
          line,
          engine,
          library,
          identifyAdapters,
          plan: (request) => plan(request, () => undefined),
          onProgress(progress) {
            queue.progress(progress);
            events.emit("jobProgress", progress);
          },
        });
  if (mode === "run") upkeep.start();

  return {
    handlers,
    repair,
    onEvent(listener) {
      warmUp.consider();
      return events.onEvent(listener);
    },
    get jobCount() {
      return line.length;
    },
    findImageFile: (id) => files.find(id),
    async thumbnail(id) {
      const thumbnail = await thumbnails.get(id);
      if (thumbnail !== undefined) return thumbnail.bytes;
      throw new TachieError("library.not-found", `no picture in ${library.folder} has that id`);
    },
    async stop() {
      warmUp.stop();
      await Promise.all([run?.stop(), models.stop(), transfers.stop(), upkeep.stop()]);
    },
    async lookAfter() {
      if (upkeep.isBackupDue()) await upkeep.look();
    },
    close() {
      warmUp.stop();
      library.close();
    },
  };
}
