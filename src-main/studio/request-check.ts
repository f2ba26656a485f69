/**
 * @file Whether something received is a request at all: every field of the right kind. Requests come from other processes
 * too, and what a process sends is checked where it enters. Ranges are the plan's business.
 */

import { TachieError } from "../contract/errors.ts";
import type { GenerateRequest } from "../contract/generation.ts";

type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isNumber: Check = (value) => typeof value === "number";
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An object with these fields, each of which may be absent unless it is in `needed`; and with no others. */
function shape(fields: Readonly<Record<string, Check>>, needed: readonly string[] = []): Check {
  return (value) =>
    isRecord(value) &&
    needed.every((name) => value[name] !== undefined) &&
    Object.entries(value).every(
      ([name, field]) => field === undefined || (Object.hasOwn(fields, name) && fields[name]?.(field) === true),
    );
}

const FIELDS: Readonly<Record<keyof GenerateRequest, Check>> = {
  prompt: isText,
  promptName: isText,
  negative: isText,
  system: isText,
  model: isText,
  loras: (value) =>
    Array.isArray(value) && value.every(shape({ file: isText, strength: isNumber }, ["file", "strength"])),
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
  toggles: (value) => isRecord(value) && Object.values(value).every(isText),
  provider: isText,
  profile: isText,
  parentId: isText,
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

/** @throws wire.invalid */
export function requireId(params: unknown): string {
  const id = isRecord(params) ? params["id"] : undefined;
  if (typeof id !== "string") throw refused("the picture's id", "a text");
  return id;
}

function refused(what: string, wanted: string): TachieError {
  return new TachieError("wire.invalid", `${what} must be ${wanted}`, { where: what });
}
