/**
 * @file Configuration values of a network: from the checkpoint's own metadata and from the model's manifest.
 *
 * Both use the names of the published config files. What is not given is left to the tensors' shapes; a value of the
 * wrong kind is refused rather than replaced.
 */

import { TachieError } from "../../src-main/contract/errors.ts";
import type { Checkpoint } from "../../src-main/graph/checkpoint.ts";

export class ConfigValues {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #label: string;

  /**
   * @param given values that win over the checkpoint's `__metadata__.config`
   * @throws model.mismatch when the metadata's configuration is not a JSON object
   */
  constructor(
    { label, metadata }: Pick<Checkpoint, "label" | "metadata">,
    given: Readonly<Record<string, unknown>> = {},
  ) {
    this.#label = label;
    this.#values = { ...this.#parse(metadata.get("config")), ...given };
  }

  /** The values with those of an object among them over them; the same values where there is none of that name. */
  inner(name: string): ConfigValues {
    const values = this.record(name);
    return values === undefined ? this : this.#with({ ...this.#values, ...values });
  }

  /** An object among the values, whose values have names of their own. */
  nested(name: string): ConfigValues | undefined {
    const values = this.record(name);
    return values && this.#with(values);
  }

  #with(values: Readonly<Record<string, unknown>>): ConfigValues {
    return new ConfigValues({ label: this.#label, metadata: new Map() }, values);
  }

  record(...names: readonly string[]): Readonly<Record<string, unknown>> | undefined {
    return this.#find(names, "an object", isRecord);
  }

  word(...names: readonly string[]): string | undefined {
    return this.#find(names, "a word", (value): value is string => typeof value === "string");
  }

  /** Whether one of the names is stated at all, be it as null. */
  states(...names: readonly string[]): boolean {
    return names.some((name) => this.#values[name] !== undefined);
  }

  /** The first of the names that has a value. */
  wholeNumber(...names: readonly string[]): number | undefined {
    return this.#find(names, "a whole number from 0 up", isWholeNumber);
  }

  number(...names: readonly string[]): number | undefined {
    return this.#find(
      names,
      "a number",
      (value): value is number => typeof value === "number" && Number.isFinite(value),
    );
  }

  flag(...names: readonly string[]): boolean | undefined {
    return this.#find(names, "true or false", (value): value is boolean => typeof value === "boolean");
  }

  wholeNumbers(...names: readonly string[]): readonly number[] | undefined {
    return this.#find(
      names,
      "a list of whole numbers from 1 up",
      (value): value is number[] =>
        Array.isArray(value) && value.length > 0 && value.every((item) => isWholeNumber(item) && item > 0),
    );
  }

  words(...names: readonly string[]): readonly string[] | undefined {
    return this.#find(
      names,
      "a list of words",
      (value): value is string[] => Array.isArray(value) && value.every((item) => typeof item === "string"),
    );
  }

  /** @throws model.mismatch with the sentence that follows the checkpoint's name */
  fail(message: string): never {
    throw new TachieError("model.mismatch", `${this.#label}: ${message}`, { where: this.#label });
  }

  #find<T>(names: readonly string[], wanted: string, isRight: (value: unknown) => value is T): T | undefined {
    for (const name of names) {
      const value = this.#values[name];
      if (value === undefined || value === null) continue;
      if (!isRight(value)) this.fail(`the configuration's ${name} is ${JSON.stringify(value)}, but must be ${wanted}`);
      return value;
    }
    return undefined;
  }

  #parse(text: string | undefined): Readonly<Record<string, unknown>> {
    if (text === undefined) return {};
    let json: unknown;
    try {
      json = JSON.parse(text);
    } catch {
      return this.fail("the configuration in its metadata is not JSON");
    }
    return isRecord(json) ? json : this.fail("the configuration in its metadata is not an object");
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isWholeNumber(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0;
}

/** How many of `prefix0.`, `prefix1.`, … the checkpoint has tensors for: one more than the highest number met. */
export function countNumbered(checkpoint: Checkpoint, prefix: string): number {
  let count = 0;
  for (const name of checkpoint.names()) {
    if (!name.startsWith(prefix)) continue;
    const number = /^(\d{1,6})\./.exec(name.slice(prefix.length))?.[1];
    if (number !== undefined) count = Math.max(count, Number(number) + 1);
  }
  return count;
}
