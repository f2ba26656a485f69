/**
 * @file Takes fields out of JSON that anyone may have written, one by one, each checked for type, range and length.
 */

import { TachieError } from "../../contract/errors.ts";

export class FieldReader {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #where: string;
  readonly #path: string;

  /**
   * @param where the file, for messages
   * @param path the object's own place, such as `sampling`
   * @throws image.invalid when `value` is not an object
   */
  constructor(value: unknown, where: string, path = "") {
    this.#where = where;
    this.#path = path;
    if (typeof value !== "object" || value === null || Array.isArray(value)) this.fail("", "an object");
    this.#fields = value as Record<string, unknown>;
  }

  has(name: string): boolean {
    return this.raw(name) !== undefined;
  }

  raw(name: string): unknown {
    return Object.hasOwn(this.#fields, name) ? this.#fields[name] : undefined;
  }

  names(): string[] {
    return Object.keys(this.#fields);
  }

  text(name: string, maxLength: number): string {
    const value = this.raw(name);
    if (typeof value !== "string" || value.length > maxLength)
      return this.fail(name, `a text of at most ${maxLength} characters`);
    return value;
  }

  word<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.raw(name);
    if (!(allowed as readonly unknown[]).includes(value)) return this.fail(name, `one of ${allowed.join(", ")}`);
    return value as T;
  }

  number(name: string, min: number, max: number): number {
    const value = this.raw(name);
    if (typeof value !== "number" || !(value >= min && value <= max))
      return this.fail(name, `a number from ${min} to ${max}`);
    return value;
  }

  integer(name: string, min: number, max: number): number {
    const value = this.number(name, min, max);
    return Number.isSafeInteger(value) ? value : this.fail(name, "a whole number");
  }

  list(name: string, maxLength: number): readonly unknown[] {
    const value = this.raw(name);
    if (!Array.isArray(value) || value.length > maxLength)
      return this.fail(name, `a list of at most ${maxLength} entries`);
    return value as readonly unknown[];
  }

  object(name: string): FieldReader {
    return new FieldReader(this.raw(name), this.#where, this.#path === "" ? name : `${this.#path}.${name}`);
  }

  /** @throws image.invalid always */
  fail(name: string, wanted: string): never {
    const field = [this.#path, name].filter((part) => part !== "").join(".") || "the whole";
    const message = `${this.#where}: Tachie's own record in it is damaged: ${field} must be ${wanted}`;
    throw new TachieError("image.invalid", message, { where: this.#where });
  }
}
