/**
 * @file Whether something received is a request at all: every field of the right kind. Requests come from other processes
 * too, and what a process sends is checked where it enters. Ranges are the plan's business.
 */

import type { Draft } from "../contract/drafts.ts";
import type { GenerateRequest } from "../contract/generation.ts";
import { isRecord, listOf, refused, shape } from "./params.ts";
import type { Check } from "./params.ts";
import { PICTURE_ID } from "./png/own-record.ts";

/** UTF-16 units of a path or a model's name. */
const MAX_PATH = 4096;

const isText: Check = (value) => typeof value === "string";
/** What a file system can be asked for. */
export const isPath: Check = (value) => typeof value === "string" && value.length <= MAX_PATH && !value.includes("\0");
const isNumber: Check = (value) => typeof value === "number";

const isSum: Check = (value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value);

const FIELDS: Readonly<Record<keyof GenerateRequest, Check>> = {
  prompt: isText,
  promptName: isText,
  negative: isText,
  system: isText,
  model: isPath,
  loras: listOf(shape({ file: isPath, strength: isNumber, sha256: isSum }, ["file", "strength"])),
  seed: isNumber,
  count: isNumber,
  size: shape({ width: isNumber, height: isNumber }, ["width", "height"]),
  sampling: shape({
    steps: isNumber,
    solver: isText,
    schedule: isText,
    shift: isNumber,
    guidance: isNumber,
    truncate: isNumber,
    renorm: isNumber,
  }),
  preset: isText,
  demanded: listOf(isText),
  toggles: (value) => isRecord(value) && Object.values(value).every(isText),
  provider: isText,
  memory: shape({ manner: isText, limitGb: isNumber }, ["manner"]),
  profile: isPath,
  parentId: (value) => typeof value === "string" && PICTURE_ID.test(value),
};

/** @throws wire.invalid naming the field */
export function requireGenerateRequest(value: unknown): GenerateRequest {
  if (!isRecord(value)) throw refused("the request", "an object");
  for (const [name, field] of Object.entries(value)) {
    if (!Object.hasOwn(FIELDS, name)) throw refused(`the request's field ${name}`, "absent: there is no such field");
    if (field !== undefined && !FIELDS[name as keyof GenerateRequest](field))
      throw refused(`the request's field ${name}`, "of another kind");
  }
  if (value["prompt"] === undefined) throw refused("the request's prompt", "given");
  return value as unknown as GenerateRequest;
}

/** The fields of a draft's settings: a request without its texts. */
const NOT_SETTINGS: readonly string[] = [
  "prompt",
  "negative",
  "promptName",
  "parentId",
  "profile",
  "demanded",
  "memory",
];
const isSettings = shape({
  ...Object.fromEntries(Object.entries(FIELDS).filter(([name]) => !NOT_SETTINGS.includes(name))),
  loras: listOf(
    shape({ file: isPath, strength: isNumber, isOff: (value) => typeof value === "boolean" }, ["file", "strength"]),
  ),
});

/** Whether something is a draft's settings, and such that JSON keeps them. */
export function isDraftSettings(value: unknown): value is Draft["settings"] {
  return isSettings(value) && areNumbersFinite(value);
}

function areNumbersFinite(value: unknown): boolean {
  if (typeof value === "object" && value !== null) return Object.values(value).every(areNumbersFinite);
  return typeof value !== "number" || Number.isFinite(value);
}
