/** @file A picture's record as text for people. Everything in it came from files, so nothing in it may steer a terminal. */

import type { GenerationRecord } from "../contract/generation.ts";
import { formatSeconds } from "./progress-display.ts";

/** Everything that is known about a picture. */
export function describeRecord(record: GenerationRecord): string {
  const { sampling, texts, timings, toggles, loras, stepCache } = record;
  const lines: [string, string][] = [
    ["id", record.id],
    ["file", record.file + (record.isFileMissing ? " (missing)" : "")],
    ["made", record.createdAt],
    ...(record.parentId === undefined ? [] : ([["made from", record.parentId]] as [string, string][])),
    ["size", `${record.width}x${record.height}`],
    ["seed", String(record.seed)],
    ["model", `${record.model} (${record.modelHash.slice(0, 12)}) in ${record.modelFolder}`],
    ...loras.map(({ file, strength, sha256 }): [string, string] => [
      "lora",
      `${file}${sha256 === undefined ? "" : ` (${sha256.slice(0, 12)})`} at ${strength}`,
    ]),
    [
      "sampling",
      `${sampling.steps} steps of ${sampling.solver}, schedule ${sampling.schedule}, shift ${sampling.shift}`,
    ],
    ["guidance", `${sampling.guidance}, truncate ${sampling.truncate}, renorm ${sampling.renorm}`],
    ["provider", record.provider],
    [
      "toggles",
      Object.entries(toggles)
        .map(([name, value]) => `${name}=${value}`)
        .join(" "),
    ],
    ...(stepCache === undefined
      ? []
      : ([["step cache", `skipped ${stepCache.skipped.length} of ${stepCache.evaluations} evaluations`]] as [
          string,
          string,
        ][])),
    ["timings", describeTimings(timings)],
    ["dialect", record.dialect],
  ];
  const blocks = [
    ["prompt as written", record.prompt],
    ["what the model read", texts.positive],
    ["system prompt", texts.system],
    ["negative", texts.negative],
  ] as const;
  return [
    ...lines.map(([name, value]) => `${name.padEnd(10)} ${printable(value)}`),
    ...blocks.filter(([, text]) => text !== "").map(([title, text]) => `\n${title}:\n${printable(text, true)}`),
  ].join("\n");
}

/** One line a picture: enough to recognise it by. */
export function summariseRecord(record: GenerationRecord): string {
  const { id, createdAt, width, height, seed, sampling, model, texts } = record;
  const start = texts.positive
    .replace(/<[^>]*>/g, " ")
    .replace(/\s+/g, " ")
    .trim()
    .slice(0, SUMMARY_LENGTH);
  const facts = [id, createdAt.slice(0, 19).replace("T", " "), `${width}x${height}`, `seed ${seed}`];
  return printable([...facts, `${sampling.steps} steps`, model, start].join("  "));
}

const SUMMARY_LENGTH = 60;

function describeTimings({
  loadMs,
  encodeMs,
  denoiseMs,
  decodeMs,
  saveMs,
  totalMs,
  stepMs,
}: GenerationRecord["timings"]) {
  const stages = { load: loadMs, encode: encodeMs, denoise: denoiseMs, decode: decodeMs, save: saveMs };
  const parts = Object.entries(stages).map(([stage, durationMs]) => `${stage} ${formatSeconds(durationMs)}`);
  return `${formatSeconds(totalMs)} in all: ${parts.join(", ")} (${stepMs.length} steps)`;
}

/** Control characters, which a terminal obeys, become visible; line breaks stay where `isBlock`. */
function printable(text: string, isBlock = false): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, (sign) =>
      isBlock && (sign === "\n" || sign === "\t") ? sign : `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
}
