/** @file A studio that remembers nothing and draws nothing, but answers every method as the real one would. */

import { TachieError, toErrorData } from "../../src-main/contract/errors.ts";
import type { GenerationRecord } from "../../src-main/contract/generation.ts";
import type { Lineage, Relative } from "../../src-main/contract/gallery.ts";
import { INITIAL_SETTINGS } from "../../src-main/contract/settings.ts";
import type { Settings } from "../../src-main/contract/settings.ts";
import type { EngineState, PictureSummary, StudioService } from "../../src-main/contract/studio.ts";
import type { Handlers, Served } from "../../src-main/contract/wire.ts";
import { fakeSearch } from "./fake-search.ts";
import { FakeGrids } from "./fake-grids.ts";
import { FakeModels } from "./fake-models.ts";
import { FakeQueue } from "./fake-queue.ts";
import { SAMPLE_BENCHMARKS, SAMPLE_MACHINE, TROUBLED_MACHINE } from "./sample-machine.ts";
import { SAMPLE_DRAFT, sampleRecord } from "./sample-data.ts";
import { EMPTY_DISK_USE, SAMPLE_DISK_USE, SOUND_HEALTH, TROUBLED_HEALTH } from "./sample-health.ts";
import type { Sheet } from "./sample-pictures.ts";

/** Unless the address says `pictures=100000`. */
const LIBRARY_LENGTH = 480;
const TRASH_LENGTH = 9;
const TRASHED = { trashedAt: "2026-11-20T10:00:00.000Z", sizeBytes: 1_400_000 } as const;

export class FakeStudio {
  readonly handlers: Handlers<StudioService>;
  readonly #records: GenerationRecord[];
  readonly #trash: GenerationRecord[];
  /** Records at the beginning. */
  readonly #begun: number;
  readonly #queue: FakeQueue;
  readonly #models: FakeModels;
  readonly #grids: FakeGrids;
  #settings: Settings = INITIAL_SETTINGS;
  #served: Served<StudioService> | undefined;

  constructor(sheet: Sheet, wishes: URLSearchParams) {
    const isEmpty = wishes.has("empty");
    const length = isEmpty ? 0 : Number(wishes.get("pictures") ?? LIBRARY_LENGTH);
    this.#records = isEmpty ? [] : Array.from({ length: length + TRASH_LENGTH }, (_, index) => sampleRecord(index));
    this.#trash = isEmpty ? [] : this.#records.splice(-TRASH_LENGTH);
    this.#begun = length;
    this.#queue = new FakeQueue(sheet, {
      changed: (queue) => this.#served?.emit("queue", queue),
      progress: (progress) => this.#served?.emit("jobProgress", progress),
      made: (record) => {
        this.#records.unshift(record);
        this.#served?.emit("pictureSaved", summaryOf(record));
      },
    });
    if (wishes.has("busy")) this.#queue.fill();
    this.#grids = new FakeGrids(this.#queue, isEmpty);
    this.#models = new FakeModels(wishes, (name, payload) => this.#served?.emit(name, payload));
    const engine: EngineState = wishes.has("trouble")
      ? { kind: "failed", error: toErrorData(new TachieError("engine.out-of-memory", "the device has no memory left")) }
      : { kind: "ready" };
    this.handlers = this.#handlers(isEmpty, engine, wishes.has("trouble"));
  }

  attach(served: Served<StudioService>): void {
    this.#served = served;
  }

  /** Which drawing stands for a picture. */
  sampleOf(id: string): number {
    return Number(/\d+/.exec(id)?.[0] ?? 0);
  }

  #move(ids: readonly string[], from: GenerationRecord[], to: GenerationRecord[]): string[] {
    const moved = from.filter(({ id }) => ids.includes(id));
    for (const record of moved) from.splice(from.indexOf(record), 1);
    to.push(...moved);
    to.sort((a, b) => b.createdAt.localeCompare(a.createdAt));
    const isGone = from === this.#records;
    this.#served?.emit("picturesChanged", {
      added: isGone ? [] : moved.map(summaryOf),
      gone: isGone ? moved.map(({ id }) => id) : [],
    });
    return moved.map(({ id }) => id);
  }

  /** Where a picture is in the list: sample records stand where their number says, behind those that were made since. */
  #placeOf(id: string): number | undefined {
    const guess = this.sampleOf(id);
    const made = this.#records.length - this.#begun;
    if (this.#records[guess + made]?.id === id) return guess + made;
    const place = this.#records.findIndex((record) => record.id === id);
    return place === -1 ? undefined : place;
  }

  #find(id: string): GenerationRecord {
    const record = this.#records.find((candidate) => candidate.id === id);
    if (record === undefined) throw new TachieError("library.not-found", `there is no picture ${id}`);
    return record;
  }

  #handlers(isEmpty: boolean, engine: EngineState, isRefusing: boolean): Handlers<StudioService> {
    const queue = this.#queue;
    const unheard = (): never => {
      throw new TachieError("internal.bug", "the demonstration does not do this");
    };
    return {
      generate: unheard,
      again: unheard,
      enqueue: (request) => {
        if (isRefusing) throw new TachieError("disk.full", "the disk of the library is full");
        return queue.add(request);
      },
      queue: () => queue.state,
      cancelJob: ({ id }) => queue.end(id, "cancelled"),
      cancelAllJobs: () => queue.endAll(),
      retryJob: ({ id }) => queue.retry(id),
      moveJob: ({ id, before }) => queue.move(id, before),
      pauseQueue: ({ isPaused }) => queue.pause(isPaused),
      pictures: ({ before, limit }) => {
        const start = before === undefined ? 0 : (this.#placeOf(before) ?? -1) + 1;
        const page = this.#records.slice(start, start + limit);
        const last = page.at(-1);
        const isMore = start + limit < this.#records.length && last !== undefined;
        return { pictures: page.map(summaryOf), total: this.#records.length, ...(isMore ? { next: last.id } : {}) };
      },
      picturesOfCharacter: () => {
        const [record] = this.#records;
        return { pictures: record === undefined ? [] : [summaryOf(record)], total: 1 };
      },
      picture: ({ id }) => this.#find(id),
      lineage: ({ id }) => lineageOf(this.#records, id),
      timedPictures: ({ limit }) => ({ pictures: this.#records.slice(0, limit).map(withVariedTimes) }),
      doctor: () => (isRefusing ? TROUBLED_MACHINE : SAMPLE_MACHINE),
      ...this.#grids.handlers,
      imageFile: () => ({}),
      thumbnailFile: () => ({}),
      readPng: () => ({ kind: "nothing" }),
      ...fakeSearch(() => this.#records, summaryOf),
      trashPictures: ({ ids }) => ({ ids: this.#move(ids, this.#records, this.#trash) }),
      restorePictures: ({ ids }) => ({ ids: this.#move(ids, this.#trash, this.#records) }),
      trash: ({ limit }) => ({
        pictures: this.#trash.slice(0, limit).map((record) => ({ ...summaryOf(record), ...TRASHED })),
        total: this.#trash.length,
        sizeBytes: this.#trash.length * TRASHED.sizeBytes,
      }),
      emptyTrash: () => {
        const removed = this.#trash.splice(0).map(({ id }) => id);
        return { removed, freedBytes: removed.length * TRASHED.sizeBytes, failures: [] };
      },
      importPictures: unheard,
      exportPictures: unheard,
      diskUse: () => (isEmpty ? EMPTY_DISK_USE : SAMPLE_DISK_USE),
      libraryHealth: () => (isEmpty ? { backups: [] } : isRefusing ? TROUBLED_HEALTH : SOUND_HEALTH),
      backupLibrary: unheard,
      verifyLibrary: unheard,
      currentDraft: () => (isEmpty ? {} : { draft: { ...SAMPLE_DRAFT, id: "draft-1", savedAt: now() } }),
      saveCurrentDraft: ({ draft }) => ({ ...draft, id: "draft-1", savedAt: now() }),
      keepDraft: () => ({ ...SAMPLE_DRAFT, id: "draft-2", savedAt: now() }),
      drafts: () => ({ drafts: [] }),
      removeDraft: () => ({}),
      characters: () => ({ characters: [] }),
      saveCharacter: ({ name, xml }) => ({ id: name, name, xml, savedAt: now() }),
      removeCharacter: () => ({}),
      settings: () => this.#settings,
      changeSettings: ({ changes }) => (this.#settings = { ...this.#settings, ...changes }),
      ...this.#models.handlers,
      measurePrompt: () => ({ limit: 256, total: 96, special: 2, system: 0, blocks: [], other: 94 }),
      startEngine: () => ({ state: { kind: "ready" } }),
      benchmarks: () => (isEmpty ? [] : SAMPLE_BENCHMARKS),
      engine: () => ({
        state: engine,
        health: {
          pid: 4711,
          provider: "cpu",
          runtime: "ONNX Runtime 1.29.0",
          uptimeMs: 812_000,
          memoryBytes: 812_000_000,
          peakMemoryBytes: 1_310_000_000,
        },
      }),
    };
  }
}

function summaryOf(record: GenerationRecord): PictureSummary {
  const { id, createdAt, width, height, seed, model, isFileMissing } = record;
  return { id, createdAt, width, height, seed, model, isFileMissing };
}

/** Every fourth picture is the one before it made again, those between are variations. */
function lineageOf(records: readonly GenerationRecord[], id: string): Lineage {
  const place = records.findIndex((record) => record.id === id);
  const relative = (at: number): Relative[] => {
    const record = records[at];
    return record === undefined ? [] : [{ ...summaryOf(record), isRepeat: at % 4 === 0 }];
  };
  return {
    ancestors: relative(place + 1),
    isParentGone: false,
    children: [...relative(place - 1), ...relative(place - 2)],
  };
}

/** Some pictures take longer than others. */
function withVariedTimes(record: GenerationRecord, place: number): GenerationRecord {
  const factor = 0.85 + 0.15 * Math.abs(Math.sin(place * 1.7)) + place / 600;
  const { timings } = record;
  const more = timings.denoiseMs * (factor - 1);
  const varied = { ...timings, denoiseMs: timings.denoiseMs + more, totalMs: timings.totalMs + more };
  return { ...record, timings: varied };
}

function now(): string {
  return new Date().toISOString();
}
