/**
 * @file A picture's rows as its record. A damaged database can hand out anything where SQLite does not look, so every
 * value's type is checked here, once.
 */

import { existsSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import type {
  GeneratedImage,
  GenerationRecord,
  KnownSetting,
  LoraChoice,
  PictureOrigin,
  Provider,
  Timings,
} from "../../contract/generation.ts";
import type { Dialect } from "../../contract/prompt.ts";
import type { Schedule, Solver } from "../../contract/sampling.ts";
import type { StepCacheRecord } from "../../contract/step-cache.ts";
import type { PictureSummary } from "../../contract/studio.ts";
import { storedToggles } from "../../contract/toggle-rules.ts";

const TEXT_COLUMNS = [
  ...(["id", "source", "dialect", "tree", "positive", "negative", "system", "solver", "schedule"] as const),
  ...(["model", "model_folder", "model_hash", "loras", "toggles", "provider", "file"] as const),
] as const;
const NUMBER_COLUMNS = [
  ...(["key", "created_ms", "seed", "width", "height", "steps"] as const),
  ...(["guidance", "truncate", "renorm", "shift"] as const),
] as const;

/** As the tables' types promise it. */
export type GenerationRow = Readonly<Record<(typeof TEXT_COLUMNS)[number], string>> &
  Readonly<Record<(typeof NUMBER_COLUMNS)[number], number>> & {
    readonly parent_id: string | null;
    readonly trashed_ms: number | null;
    readonly origin_tool: string | null;
    readonly origin_file_name: string | null;
    readonly origin_sha256: Uint8Array | null;
    readonly origin_known: string | null;
    /** All three, or none. */
    readonly calibration: string | null;
    readonly evaluations: number | null;
    readonly skipped: string | null;
  };

export type SummaryRow = Pick<GenerationRow, "id" | "created_ms" | "width" | "height" | "seed" | "model" | "file">;

export interface TimingRow {
  readonly stage: string;
  readonly duration_ms: number;
  readonly step_ms: string | null;
}

/** @throws library.corrupt as `recordOf` */
export function summaryOfRow(row: SummaryRow, folder: string, database: string): PictureSummary {
  const damaged = damageOf(database);
  for (const column of ["id", "model", "file"] as const)
    if (typeof row[column] !== "string") damaged(`${column} holds no text`);
  for (const column of ["created_ms", "width", "height", "seed"] as const)
    if (typeof row[column] !== "number") damaged(`${column} holds no number`);
  const { id, width, height, seed, model } = row;
  const isFileMissing = !existsSync(absoluteFile(row.file, folder, damaged));
  return { id, createdAt: isoTime(row.created_ms, damaged), width, height, seed, model, isFileMissing };
}

export function summaryOf(record: GenerationRecord): PictureSummary {
  const { id, createdAt, width, height, seed, model, isFileMissing } = record;
  return { id, createdAt, width, height, seed, model, isFileMissing };
}

/** What a record tells of the picture itself. */
export function generatedImageOf(record: GenerationRecord): GeneratedImage {
  const { id, file, seed, width, height, steps, provider, toggles, timings } = record;
  return { id, file, seed, width, height, steps, provider, toggles, timings };
}

/**
 * @param folder the library's, absolute
 * @param database its file, for messages
 * @throws library.corrupt where a value is not what its column must hold
 */
export function recordOf(
  row: GenerationRow,
  timings: readonly TimingRow[],
  folder: string,
  database: string,
): GenerationRecord {
  const damaged = damageOf(database);
  const json = (column: string, text: unknown): unknown => {
    try {
      if (typeof text === "string") return JSON.parse(text);
    } catch (cause) {
      return damaged(`${column} holds no JSON`, cause);
    }
    return damaged(`${column} holds no JSON`);
  };
  checkTypes(row, damaged);
  const loras = json("loras", row.loras);
  const toggles = json("toggles", row.toggles);
  if (!Array.isArray(loras)) return damaged("loras holds no list");
  if (typeof toggles !== "object" || toggles === null) return damaged("toggles holds no object");
  const file = absoluteFile(row.file, folder, damaged);
  return {
    id: row.id,
    file,
    isFileMissing: !existsSync(file),
    createdAt: isoTime(row.created_ms, damaged),
    prompt: row.source,
    dialect: row.dialect as Dialect,
    tree: json("tree", row.tree),
    texts: { system: row.system, positive: row.positive, negative: row.negative },
    seed: row.seed,
    width: row.width,
    height: row.height,
    steps: row.steps,
    sampling: {
      steps: row.steps,
      solver: row.solver as Solver,
      schedule: row.schedule as Schedule,
      shift: row.shift,
      guidance: row.guidance,
      truncate: row.truncate,
      renorm: row.renorm,
    },
    model: row.model,
    modelFolder: row.model_folder,
    modelHash: row.model_hash,
    loras: loras as LoraChoice[],
    toggles: storedToggles((name) => (toggles as Record<string, string>)[name]),
    provider: row.provider as Provider,
    timings: timingsOf(timings, json, damaged),
    ...(row.calibration === null ? {} : { stepCache: stepCacheOf(row, json, damaged) }),
    ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
    ...(row.origin_tool === null ? {} : { origin: originOf(row, json, damaged) }),
    ...(row.trashed_ms === null ? {} : { trashedAt: isoTime(row.trashed_ms, damaged) }),
  };
}

function originOf(
  row: Readonly<Record<keyof GenerationRow, unknown>>,
  json: (column: string, text: unknown) => unknown,
  damaged: Damaged,
): PictureOrigin {
  const { origin_tool: tool, origin_file_name: fileName, origin_sha256: sum } = row;
  const known = json("known", row.origin_known);
  if (typeof tool !== "string" || typeof fileName !== "string") return damaged("an origin holds no text");
  if (!(sum instanceof Uint8Array)) return damaged("an origin holds no checksum");
  if (!Array.isArray(known)) return damaged("known holds no list");
  return { tool, fileName, sha256: Buffer.from(sum).toString("hex"), known: known as KnownSetting[] };
}

type Damaged = (finding: string, cause?: unknown) => never;

function damageOf(database: string): Damaged {
  return (finding, cause) => {
    throw new TachieError("library.corrupt", `${database} is damaged: ${finding}`, { where: database, cause });
  };
}

function checkTypes(row: Readonly<Record<keyof GenerationRow, unknown>>, damaged: Damaged): void {
  for (const column of TEXT_COLUMNS) if (typeof row[column] !== "string") damaged(`${column} holds no text`);
  for (const column of NUMBER_COLUMNS) if (typeof row[column] !== "number") damaged(`${column} holds no number`);
  if (row.parent_id !== null && typeof row.parent_id !== "string") damaged("parent_id holds no text");
  if (row.trashed_ms !== null && typeof row.trashed_ms !== "number") damaged("trashed_ms holds no number");
}

function absoluteFile(relative: string, folder: string, damaged: Damaged): string {
  const parts = relative.split("/");
  if (parts.includes("..") || relative.includes("\0") || path.isAbsolute(relative))
    damaged(`it names a file outside, ${relative}`);
  return path.join(folder, ...parts);
}

function isoTime(milliseconds: number, damaged: Damaged): string {
  const time = new Date(milliseconds);
  return Number.isNaN(time.getTime()) ? damaged(`${milliseconds} is no time`) : time.toISOString();
}

function stepCacheOf(
  { calibration, evaluations, skipped }: Readonly<Record<"calibration" | "evaluations" | "skipped", unknown>>,
  json: (column: string, text: unknown) => unknown,
  damaged: Damaged,
): StepCacheRecord {
  const indices = json("skipped", skipped);
  const isRight =
    Array.isArray(indices) && indices.every((index) => Number.isSafeInteger(index) && (index as number) >= 0);
  if (typeof calibration !== "string" || typeof evaluations !== "number" || !isRight)
    return damaged("skips hold no evaluations");
  return { calibration, skipped: indices as number[], evaluations };
}

function timingsOf(
  rows: readonly TimingRow[],
  json: (column: string, text: unknown) => unknown,
  damaged: Damaged,
): Timings {
  const durationMs = (stage: string): number => {
    const value: unknown = rows.find((row) => row.stage === stage)?.duration_ms ?? 0;
    return typeof value === "number" ? value : damaged("duration_ms holds no number");
  };
  const steps = json("step_ms", rows.find((row) => row.stage === "denoise")?.step_ms ?? "[]");
  return {
    loadMs: durationMs("load"),
    encodeMs: durationMs("encode"),
    denoiseMs: durationMs("denoise"),
    decodeMs: durationMs("decode"),
    stepMs: Array.isArray(steps) ? (steps as number[]) : damaged("step_ms holds no list"),
    saveMs: durationMs("save"),
    totalMs: durationMs("total"),
  };
}
