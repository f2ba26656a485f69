/**
 * @file The text that other tools show and paste: the `parameters` form of A1111, which most readers of prompts know.
 *
 * Layout: the prompt; `Negative prompt: …` unless it is empty; a last line of `Key: value` pairs. A reader of this form
 * strips every line, drops leading empty lines and takes the rest from a line that begins with `Negative prompt:` for the
 * negative. So indentation does not survive it, nor does a prompt with such a line; nothing in the form can escape that.
 * Our own chunk holds the prompt exactly, whatever it contains.
 */

import type { GenerationRecord } from "../../contract/generation.ts";

export const PARAMETERS_KEYWORD = "parameters";
/** A1111 shows this many hexadecimal digits of a model's hash. */
const MODEL_HASH_DIGITS = 10;

export type ParametersSource = Pick<
  GenerationRecord,
  "prompt" | "texts" | "sampling" | "seed" | "width" | "height" | "model" | "modelHash" | "loras"
>;

export function writeParameters(source: ParametersSource, version: string): string {
  const { prompt, texts, sampling, seed, width, height } = source;
  const pairs: readonly (readonly [string, string | number])[] = [
    ["Steps", sampling.steps],
    ["Sampler", sampling.solver],
    ["Schedule type", sampling.schedule],
    ["CFG scale", sampling.guidance],
    ["Seed", seed],
    ["Size", `${width}x${height}`],
    ["Model hash", source.modelHash.slice(0, MODEL_HASH_DIGITS)],
    ["Model", source.model],
    ["Shift", sampling.shift],
    ["Guidance truncate", sampling.truncate],
    ["Guidance renorm", sampling.renorm],
    ["Loras", source.loras.map(({ file, strength }) => `${baseName(file)}: ${strength}`).join(", ")],
    ["Version", `tachie ${version}`],
  ];
  const lines = [
    lineFeeds(prompt),
    ...(texts.negative === "" ? [] : [`Negative prompt: ${lineFeeds(texts.negative)}`]),
    pairs
      .filter(([, value]) => value !== "") // readers stumble over an empty value
      .map(([key, value]) => `${key}: ${quoteValue(String(value))}`)
      .join(", "),
  ];
  return lines.join("\n");
}

/** As JSON where the value would otherwise end early, or come back changed. */
function quoteValue(value: string): string {
  return /[,:\n\r]|^\s|\s$|^"/.test(value) ? JSON.stringify(value) : value;
}

/** PNG texts end lines with LF alone. */
function lineFeeds(text: string): string {
  return text.replace(/\r\n?/g, "\n");
}

/** The file's name alone: a picture is shared, the author's folders are not. */
function baseName(file: string): string {
  return file.replace(/^.*[/\\]/, "");
}
