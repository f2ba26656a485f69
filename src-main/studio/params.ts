/**
 * @file Checks of what a method is called with. Parameters come from other processes and from pages, so each method says
 * by hand which fields it takes and of what kind; anything else is refused, naming the field.
 */

import { TachieError } from "../contract/errors.ts";
import type { StudioMethods } from "../contract/studio.ts";

export type Check = (value: unknown) => boolean;

/** What a field must be, and how a message says so. */
export interface Field {
  readonly check: Check;
  readonly wanted: string;
  readonly isOptional?: boolean;
}

type ParamsOf<M extends keyof StudioMethods> = Parameters<StudioMethods[M]>[0];
/** A field for every parameter of a method, and for no other. */
type FieldsOf<M extends keyof StudioMethods> = { readonly [K in keyof ParamsOf<M>]-?: Field };

/** @throws wire.invalid naming the method and the field */
export function requireParams<M extends keyof StudioMethods>(
  method: M,
  params: unknown,
  fields: FieldsOf<M>,
): ParamsOf<M> {
  if (!isRecord(params)) throw refused(`${method}: the parameters`, "an object");
  const known: Readonly<Record<string, Field>> = fields;
  for (const [name, value] of Object.entries(params)) {
    const field = Object.hasOwn(known, name) ? known[name] : undefined;
    if (field === undefined) throw refused(`${method}: ${shown(name)}`, "absent: there is no such parameter");
    if (value === undefined && field.isOptional === true) continue;
    if (!field.check(value)) throw refused(`${method}: ${name}`, field.wanted);
  }
  for (const [name, field] of Object.entries(known))
    if (field.isOptional !== true && params[name] === undefined) throw refused(`${method}: ${name}`, field.wanted);
  return params;
}

/** @param maxLength in UTF-16 units */
export function text(maxLength: number): Field {
  return {
    check: (value) => typeof value === "string" && value.length <= maxLength,
    wanted: `a text of at most ${maxLength} characters`,
  };
}

export function optional(field: Field): Field {
  return { ...field, isOptional: true };
}

export function wholeNumber(min: number, max: number): Field {
  return {
    check: (value) => Number.isSafeInteger(value) && (value as number) >= min && (value as number) <= max,
    wanted: `a whole number from ${min} to ${max}`,
  };
}

export const truth: Field = { check: (value) => typeof value === "boolean", wanted: "true or false" };

/** Of a picture, a job, a draft or a character. */
export const anId: Field = text(64);

/** An object with these fields, each of which may be absent unless it is in `needed`; and with no others. */
export function shape(fields: Readonly<Record<string, Check>>, needed: readonly string[] = []): Check {
  return (value) =>
    isRecord(value) &&
    needed.every((name) => value[name] !== undefined) &&
    Object.entries(value).every(
      ([name, field]) => field === undefined || (Object.hasOwn(fields, name) && fields[name]?.(field) === true),
    );
}

/** A list of such entries, without gaps and without anything else on it, which can cross between processes too. */
export function listOf(check: Check): Check {
  return (value) =>
    Array.isArray(value) && Object.keys(value).length === value.length && Array.from<unknown>(value).every(check);
}

/** Whether something is a plain object: no list, no bytes, no map or date, which can cross between processes too. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export function refused(what: string, wanted: string): TachieError {
  return new TachieError("wire.invalid", `${what} must be ${wanted}`, { where: what });
}

const MAX_SHOWN = 60;

/** A name that somebody else chose, short enough for a message. */
function shown(name: string): string {
  return JSON.stringify(name.length > MAX_SHOWN ? `${name.slice(0, MAX_SHOWN)}…` : name);
}
