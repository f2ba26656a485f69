/**
 * @file The words after an option, as values. Strict: a whole number is written in digits alone, because what a script
 * passes by mistake (an empty variable, `abc`, `1e3`) must not become a setting.
 */

import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import type { ImageSize, LoraChoice } from "../contract/generation.ts";

type Reader<T> = (text: string) => T;

/** A whole number from 0 up; whether it is in range is for the setting's owner to say. */
export function wholeNumber(option: string): Reader<number> {
  return (text) => {
    const value = Number(text);
    if (!/^[0-9]+$/.test(text)) throw invalid(option, text, "a whole number, in digits");
    if (!Number.isSafeInteger(value)) throw invalid(option, text, `a whole number up to ${Number.MAX_SAFE_INTEGER}`);
    return value;
  };
}

/** A number such as `4.5` or `1e-3`. */
export function decimalNumber(option: string): Reader<number> {
  return (text) => {
    const value = Number(text);
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) || !Number.isFinite(value))
      throw invalid(option, text, "a number");
    return value;
  };
}

/** `WIDTHxHEIGHT` in pixels. */
export function imageSize(option: string): Reader<ImageSize> {
  return (text) => {
    const [, width, height] = /^([0-9]{1,9})[x×]([0-9]{1,9})$/i.exec(text) ?? [];
    if (width === undefined || height === undefined) throw invalid(option, text, "WIDTHxHEIGHT in pixels");
    return { width: Number(width), height: Number(height) };
  };
}

/** `FILE` or `FILE:STRENGTH`; the option may be given again, each adds one. */
export function loraChoices(option: string): (text: string, previous?: readonly LoraChoice[]) => readonly LoraChoice[] {
  return (text, previous = []) => {
    // What follows the colon of a Windows drive has separators, a strength has none.
    const [, file = text, strength = "1"] = /^(.*):([^:/\\]*)$/s.exec(text) ?? [];
    if (file === "") throw invalid(option, text, "FILE or FILE:STRENGTH");
    return [...previous, { file: path.resolve(file), strength: decimalNumber(option)(strength) }];
  };
}

/** `TOGGLE=VALUE`; the option may be given again, the last one of a toggle wins. */
export function toggleChanges(
  option: string,
): (text: string, previous?: Readonly<Record<string, string>>) => Readonly<Record<string, string>> {
  return (text, previous = {}) => {
    const [, name, value] = /^([^=]+)=(.*)$/.exec(text) ?? [];
    if (name === undefined || value === undefined) throw invalid(option, text, "TOGGLE=VALUE");
    return { ...previous, [name]: value };
  };
}

function invalid(option: string, text: string, wanted: string): TachieError {
  return new TachieError("usage.invalid", `${option} is ${JSON.stringify(text)}, but must be ${wanted}`, {
    where: option,
  });
}
