/**
 * @file How a command gets its pictures from a library that one process at a time may write to: it becomes the studio
 * where there is none, and hands its job to the running one otherwise. Two that start at once, a writer that leaves just
 * as a job is handed to it, and one that dies in the middle all end in a stored picture, not in an error.
 */

import { TachieError, isTachieError } from "../contract/errors.ts";
import type { GenerateRequest, GeneratedImage } from "../contract/generation.ts";
import { HAND_OVER_METHODS } from "../contract/studio.ts";
import type { GenerateOutcome, GenerateProgress, HandOverService } from "../contract/studio.ts";
import type { CallOptions, Client } from "../contract/wire.ts";
import { cancelledError } from "../contract/wire.ts";
import type { EngineSupervisor } from "../process/engine-process.ts";
import { checkRequest, randomSeed } from "./generation-plan.ts";
import { hostHandOver, isWriterGone, reachWriter } from "./hand-over.ts";
import type { HandOverHost } from "./hand-over.ts";
import type { ModelPlaces } from "./places.ts";
import { createStudio } from "./studio.ts";
import type { Studio } from "./studio.ts";

export type StudioJob =
  { readonly kind: "generate"; readonly request: GenerateRequest } | { readonly kind: "again"; readonly id: string };

export interface LibraryDoorOptions {
  readonly libraryFolder: string;
  readonly places: ModelPlaces;
  /** Called only where this process becomes the studio. */
  readonly createEngine: () => EngineSupervisor;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: GenerateProgress) => void;
  /** How long a locked library may stay without a studio that answers. */
  readonly silenceMs?: number;
}

export interface LibraryVisit<T = GenerateOutcome> {
  readonly outcome: T;
  /** Finishes what others have handed over meanwhile (unless the signal was aborted), then frees the library. */
  finish(): Promise<void>;
}

/** Time for a studio's start or end, with much to spare. */
const SILENCE_MS = 20_000;
/** How often a job may lose the studio that it was handed to. */
const MAX_LOSSES = 8;

/**
 * @throws library.locked where something else keeps the library locked; whatever the job throws. After an error nothing
 * is left to finish.
 */
export async function visitLibrary(job: StudioJob, options: LibraryDoorOptions): Promise<LibraryVisit> {
  if (job.kind === "generate") checkRequest(job.request); // before a library is opened or made for it
  const remaining = trackRemaining(job, options.onProgress);
  return visitWriter((client) => remaining.run(client, options.signal), options);
}

/**
 * Has something done by whoever writes to the library: by the studio that has it open, or else here.
 * @param call may be called again where the studio is lost on the way: what it asks for must bear to be asked twice
 * @throws library.locked where something else keeps the library locked; whatever the call throws. After an error nothing
 * is left to finish.
 */
export async function visitWriter<T>(
  call: (client: StudioCaller) => Promise<T>,
  options: LibraryDoorOptions,
): Promise<LibraryVisit<T>> {
  const { libraryFolder, signal, onProgress, silenceMs = SILENCE_MS } = options;
  let silentSince = performance.now();
  let losses = 0;
  let told: string | undefined;
  const tellOnce = (text: string): void => {
    if (told !== text) onProgress({ kind: "notice", text });
    told = text;
  };
  for (;;) {
    if (signal.aborted) throw cancelledError();
    const studio = tryCreateStudio(options);
    if (!(studio instanceof TachieError)) return visitOwnStudio(studio, call, options);
    const writer = await reachWriter(libraryFolder);
    switch (writer.kind) {
      case "ready":
        tellOnce(`the library is open in another Tachie (process ${writer.pid}), which takes the job`);
        try {
          const outcome = await call(writer.connection.client);
          return { outcome, finish: () => Promise.resolve() };
        } catch (error) {
          if (!isWriterGone(error) || ++losses > MAX_LOSSES) throw error;
          silentSince = performance.now();
        } finally {
          writer.connection.close();
        }
        break;
      case "ending":
        tellOnce("another Tachie finishes its work on the library: waiting for it to end");
        silentSince = performance.now();
        break;
      case "silent":
        if (performance.now() - silentSince > silenceMs) throw studio;
    }
    // Not in step with the others that wait.
    await abortableDelay(50 + Math.random() * 100, signal);
  }
}

/** This process's own studio, with its engine. */
interface OwnStudio {
  readonly studio: Studio;
  readonly engine: EngineSupervisor;
}

/** @returns the error where the library is locked */
function tryCreateStudio({ libraryFolder, places, createEngine }: LibraryDoorOptions): OwnStudio | TachieError {
  const engine = createEngine(); // starts with its first call only
  try {
    return { studio: createStudio({ libraryFolder, places, engine, queue: "rest" }), engine };
  } catch (error) {
    if (isTachieError(error, "library.locked")) return error;
    throw error;
  }
}

async function visitOwnStudio<T>(
  { studio, engine }: OwnStudio,
  call: (client: StudioCaller) => Promise<T>,
  { libraryFolder, signal, onProgress }: LibraryDoorOptions,
): Promise<LibraryVisit<T>> {
  let host: HandOverHost | undefined;
  try {
    host = await hostHandOver(libraryFolder, studio.handlers);
  } catch (error) {
    onProgress({ kind: "notice", text: `others cannot hand jobs to this Tachie: ${(error as Error).message}` });
  }
  const finish = async (): Promise<void> => {
    try {
      if (!signal.aborted) await host?.drain();
      await host?.close();
      // Jobs of others that were cut off end within one evaluation, or with the engine.
      if (studio.jobCount > 0) await engine.end();
      while (studio.jobCount > 0) await abortableDelay(10);
      if (!signal.aborted) await studio.lookAfter();
    } finally {
      studio.close();
      await engine.end();
    }
  };
  try {
    return { outcome: await call(callHandlers(studio)), finish };
  } catch (error) {
    await finish();
    throw error;
  }
}

export type StudioCaller = Client<HandOverService>;

/** The same calls without a wire between. */
function callHandlers({ handlers }: Studio): StudioCaller {
  const methods = HAND_OVER_METHODS.map((name) => [
    name,
    (params: never, { signal, onProgress }: CallOptions<never> = {}) => {
      const context = { signal: signal ?? new AbortController().signal, progress: onProgress ?? (() => undefined) };
      const handler = handlers[name] as (params: never, context: unknown) => unknown;
      return new Promise((resolve) => resolve(handler(params, context))); // what it throws at once rejects too
    },
  ]);
  return Object.fromEntries(methods) as StudioCaller;
}

/**
 * Remembers what is finished, so that a job that lost its studio goes on with the next picture instead of beginning again.
 * For that the first seed is drawn here, once.
 */
function trackRemaining(job: StudioJob, onProgress: (progress: GenerateProgress) => void) {
  const done: GeneratedImage[] = [];
  const count = job.kind === "again" ? 1 : (job.request.count ?? 1);
  const firstSeed = job.kind === "again" ? 0 : (job.request.seed ?? randomSeed());
  return {
    async run(client: Pick<StudioCaller, "generate" | "again">, signal: AbortSignal): Promise<GenerateOutcome> {
      const before = done.slice();
      if (before.length === count) return { images: before };
      const options = {
        signal,
        onProgress: (progress: GenerateProgress) => {
          if (progress.kind === "image") done.push(progress.image);
          onProgress(
            progress.kind === "notice" ? progress : { ...progress, number: progress.number + before.length, count },
          );
        },
      };
      const { images, failure } =
        job.kind === "again"
          ? await client.again({ id: job.id }, options)
          : await client.generate(
              { ...job.request, seed: firstSeed + before.length, count: count - before.length },
              options,
            );
      return { images: [...before, ...images], ...(failure === undefined ? {} : { failure }) };
    },
  };
}

function abortableDelay(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener(
      "abort",
      () => {
        clearTimeout(timer);
        resolve();
      },
      { once: true },
    );
  });
}
