/**
 * @file Our own chunk, `tachie`: JSON from which the picture can be made again and its row in the library rebuilt.
 *
 * What it is read from is hostile until proven otherwise, so every field is checked. Paths inside the home folder are
 * written with `~`, because pictures are shared and names of accounts need not be.
 */

import { homedir } from "node:os";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { KNOWN_SETTINGS, MAX_SEED, PROVIDERS } from "../../contract/generation.ts";
import type { EngineTimings, GenerationRecord, PictureOrigin } from "../../contract/generation.ts";
import { DIALECTS } from "../../contract/prompt.ts";
import { SAMPLING_LIMITS, SCHEDULES, SOLVERS } from "../../contract/sampling.ts";
import { storedToggles } from "../../contract/toggle-rules.ts";
import type { StepCacheRecord } from "../../contract/step-cache.ts";
import type { Toggles } from "../../contract/toggles.ts";
import { FieldReader } from "./field-reader.ts";

export const OWN_KEYWORD = "tachie";
/** Raised when a field changes its meaning; new fields alone do not raise it. */
export const OWN_SCHEMA = 1;
/** Levels of a prompt tree: far more than the reader of prompts makes, far less than would exhaust a stack. */
export const MAX_TREE_DEPTH = 200;

/** What a record can hold; a request beyond it is refused before anything is computed. */
export const RECORD_LIMITS = { textLength: 4 << 20, loras: 64, strength: 1e6 } as const;

const MAX_TEXT = RECORD_LIMITS.textLength;
const MAX_NAME = 1 << 12;
const MAX_SIDE = 1 << 20;
const MAX_MS = 1e12;
/** `rk4` evaluates four times a step. */
const MAX_EVALUATIONS = 4 * SAMPLING_LIMITS.steps.max;
/** What a picture's id is made of. */
export const PICTURE_ID = /^[0-9a-z]{4,32}$/;

/** A record as far as a PNG can hold it: it does not know where it lies, nor how long its own saving took. */
export type OwnRecord = Omit<GenerationRecord, "file" | "isFileMissing" | "steps" | "timings" | "trashedAt"> & {
  readonly timings: EngineTimings;
};

export function writeOwnRecord(record: OwnRecord, version: string): string {
  return JSON.stringify({
    schema: OWN_SCHEMA,
    app: `tachie ${version}`,
    id: record.id,
    created: record.createdAt,
    parent: record.parentId,
    origin: record.origin,
    prompt: record.prompt,
    dialect: record.dialect,
    tree: record.tree,
    texts: record.texts,
    seed: record.seed,
    width: record.width,
    height: record.height,
    sampling: record.sampling,
    model: { name: record.model, hash: record.modelHash, folder: shortenHome(record.modelFolder) },
    loras: record.loras.map(({ file, ...lora }) => ({ file: shortenHome(file), ...lora })),
    toggles: record.toggles,
    stepCache: record.stepCache,
    provider: record.provider,
    timings: record.timings,
  });
}

/**
 * @param where the file, for messages
 * @throws image.invalid naming the field
 */
export function parseOwnRecord(text: string, where: string): OwnRecord {
  const fields = new FieldReader(parseJson(text, where), where);
  if (fields.integer("schema", 1, Number.MAX_SAFE_INTEGER) > OWN_SCHEMA)
    throw new TachieError("image.invalid", `${where} was made by a newer Tachie`, {
      where,
      remedy: "Update this Tachie.",
    });
  const id = fields.text("id", 32);
  if (!PICTURE_ID.test(id)) fields.fail("id", "an id of digits and small letters");
  const parentId = fields.has("parent") ? fields.text("parent", 32) : undefined;
  if (parentId !== undefined && !PICTURE_ID.test(parentId)) fields.fail("parent", "an id of digits and small letters");
  const [texts, sampling, model] = [fields.object("texts"), fields.object("sampling"), fields.object("model")];
  const limited = (name: Exclude<keyof typeof SAMPLING_LIMITS, "steps">): number =>
    sampling.number(name, SAMPLING_LIMITS[name].min, SAMPLING_LIMITS[name].max);
  return {
    id,
    createdAt: parseTime(fields),
    ...(parentId === undefined ? {} : { parentId }),
    ...(fields.has("origin") ? { origin: parseOrigin(fields.object("origin")) } : {}),
    prompt: fields.text("prompt", MAX_TEXT),
    dialect: fields.word("dialect", DIALECTS),
    tree: parseTree(fields),
    texts: {
      system: texts.text("system", MAX_TEXT),
      positive: texts.text("positive", MAX_TEXT),
      negative: texts.text("negative", MAX_TEXT),
    },
    seed: fields.integer("seed", 0, MAX_SEED),
    width: fields.integer("width", 1, MAX_SIDE),
    height: fields.integer("height", 1, MAX_SIDE),
    sampling: {
      steps: sampling.integer("steps", SAMPLING_LIMITS.steps.min, SAMPLING_LIMITS.steps.max),
      solver: sampling.word("solver", SOLVERS),
      schedule: sampling.word("schedule", SCHEDULES),
      shift: limited("shift"),
      guidance: limited("guidance"),
      truncate: limited("truncate"),
      renorm: limited("renorm"),
    },
    model: model.text("name", MAX_NAME),
    modelHash: model.text("hash", MAX_NAME),
    modelFolder: expandHome(model.text("folder", MAX_NAME)),
    loras: fields.list("loras", RECORD_LIMITS.loras).map((_entry, index) => {
      const lora = new FieldReader(fields.list("loras", RECORD_LIMITS.loras)[index], where, `loras.${index}`);
      return {
        file: expandHome(lora.text("file", MAX_NAME)),
        strength: lora.number("strength", -RECORD_LIMITS.strength, RECORD_LIMITS.strength),
        ...(lora.has("sha256") ? { sha256: parseSum(lora) } : {}),
      };
    }),
    toggles: parseToggles(fields.object("toggles")),
    ...(fields.has("stepCache") ? { stepCache: parseStepCache(fields.object("stepCache")) } : {}),
    provider: fields.word("provider", PROVIDERS),
    timings: parseTimings(fields.object("timings")),
  };
}

function parseSum(fields: FieldReader): string {
  const sum = fields.text("sha256", 64);
  return /^[0-9a-f]{64}$/.test(sum) ? sum : fields.fail("sha256", "64 hex digits");
}

function parseOrigin(fields: FieldReader): PictureOrigin {
  const named = fields.list("known", KNOWN_SETTINGS.length);
  return {
    tool: fields.text("tool", MAX_NAME),
    fileName: fields.text("fileName", MAX_NAME),
    sha256: parseSum(fields),
    known: KNOWN_SETTINGS.filter((setting) => named.includes(setting)),
  };
}

function parseJson(text: string, where: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const message = `${where}: Tachie's own record in it is damaged: ${(cause as Error).message}`;
    throw new TachieError("image.invalid", message, { where, cause });
  }
}

function parseTime(fields: FieldReader): string {
  const text = fields.text("created", 32);
  const time = new Date(text);
  // The years that folder names and ISO 8601 write with four digits.
  if (!(time.getTime() >= 0 && time.getUTCFullYear() <= 9999)) fields.fail("created", "a time in ISO 8601");
  return time.toISOString();
}

function parseTree(fields: FieldReader): unknown {
  const tree = fields.raw("tree");
  if (tree === undefined) fields.fail("tree", "present");
  if (!isShallow(tree)) fields.fail("tree", `at most ${MAX_TREE_DEPTH} levels deep`);
  return tree;
}

/** Whether plain data is at most `MAX_TREE_DEPTH` levels deep. Level by level, since recursion is what it guards against. */
export function isShallow(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_TREE_DEPTH) return false;
    level = level.flatMap((entry) =>
      typeof entry === "object" && entry !== null ? (Object.values(entry) as unknown[]) : [],
    );
  }
  return true;
}

function parseStepCache(fields: FieldReader): StepCacheRecord {
  const evaluations = fields.integer("evaluations", 1, MAX_EVALUATIONS);
  const skipped = fields.list("skipped", MAX_EVALUATIONS) as number[];
  const isAscending = skipped.every(
    (index, place) => Number.isSafeInteger(index) && index > (skipped[place - 1] ?? -1) && index < evaluations,
  );
  if (!isAscending) fields.fail("skipped", "an ascending list of evaluations");
  return { calibration: fields.text("calibration", 64), skipped, evaluations };
}

function parseToggles(fields: FieldReader): Toggles {
  return storedToggles((name, values) => (fields.has(name) ? fields.word(name, values) : undefined));
}

function parseTimings(fields: FieldReader): EngineTimings {
  const steps = fields.list("stepMs", SAMPLING_LIMITS.steps.max);
  if (!steps.every((step) => typeof step === "number" && step >= 0 && step <= MAX_MS))
    fields.fail("stepMs", "a list of milliseconds");
  return {
    loadMs: fields.number("loadMs", 0, MAX_MS),
    encodeMs: fields.number("encodeMs", 0, MAX_MS),
    denoiseMs: fields.number("denoiseMs", 0, MAX_MS),
    decodeMs: fields.number("decodeMs", 0, MAX_MS),
    stepMs: steps as readonly number[],
  };
}

function shortenHome(file: string): string {
  const home = homedir();
  const isInside = path.dirname(home) !== home && (file === home || file.startsWith(home + path.sep));
  return isInside ? `~${file.slice(home.length)}` : file;
}

function expandHome(file: string): string {
  return file === "~" || file.startsWith("~/") || file.startsWith("~\\") ? homedir() + file.slice(1) : file;
}
