/**
 * @file What can be said about files that are, or should be, part of a model: a closed table of findings, each with what to
 * do about it. A finding of severity `error` is the reason why something cannot be used.
 */

import { TachieError } from "../../contract/errors.ts";
import type { ErrorCode } from "../../contract/errors.ts";
import type { Severity } from "../../contract/prompt.ts";

interface FindingKind {
  readonly severity: Severity;
  /** The code of the error that it becomes when it stops a command. */
  readonly error: ErrorCode;
  readonly remedy: string;
}

const FETCH_AGAIN = "Fetch the file again and compare its size with the published one.";

/** Every finding by its code. */
export const FINDING_KINDS = {
  "file.unreadable": { severity: "error", error: "file.unreadable", remedy: "Check that the file may be read." },
  "file.damaged": { severity: "error", error: "safetensors.invalid", remedy: FETCH_AGAIN },
  "file.not-weights": { severity: "error", error: "safetensors.invalid", remedy: FETCH_AGAIN },
  "file.pickle": {
    severity: "warning",
    error: "model.unsupported",
    remedy: "Get the .safetensors version: files of this kind can run programs, so Tachie does not open them.",
  },
  "file.partial": {
    severity: "error",
    error: "model.incomplete",
    remedy: "Let the program that is downloading this file finish; a file of that name is never used.",
  },
  "network.unknown": {
    severity: "warning",
    error: "model.unsupported",
    remedy: "Use the weights of NewBie-image-Exp0.1; these belong to something that Tachie does not know.",
  },
  "network.other": {
    severity: "warning",
    error: "model.unsupported",
    remedy: "Use the weights of NewBie-image-Exp0.1; other models cannot take its place.",
  },
  "network.renamed": {
    severity: "error",
    error: "model.mismatch",
    remedy: "Get the published file: a converter has changed the names of its tensors.",
  },
  "network.incomplete": {
    severity: "error",
    error: "model.incomplete",
    remedy: "Get the whole file, or put its other parts into the same folder.",
  },
  "network.misshapen": {
    severity: "error",
    error: "model.mismatch",
    remedy: "Get the published file: the named tensors come from another network or another version.",
  },
  "network.other-size": {
    severity: "info",
    error: "model.mismatch",
    remedy: "Fine for a small or experimental model; all its networks must be of matching sizes.",
  },
  "network.extra": {
    severity: "info",
    error: "model.mismatch",
    remedy: "The named tensors are not used.",
  },
  "network.look-alike": {
    severity: "warning",
    error: "model.mismatch",
    remedy: "Use the file that was published with NewBie-image-Exp0.1.",
  },
  "type.quantised": {
    severity: "error",
    error: "model.unsupported",
    remedy: "Get the bf16 version of these weights; quantised ones are not read.",
  },
  "type.float8": {
    severity: "error",
    error: "model.unsupported",
    remedy: "Get the bf16 version of these weights; 8-bit ones are not read.",
  },
  "type.float16": {
    severity: "warning",
    error: "model.mismatch",
    remedy:
      "Get the bf16 version: this network was made for bf16, and in float16 its values can overflow to black pictures.",
  },
  "type.float32": {
    severity: "info",
    error: "model.mismatch",
    remedy: "The bf16 version is half the size and as good: it is what was trained.",
  },
  "type.mixed": {
    severity: "info",
    error: "model.mismatch",
    remedy: "Nothing needs to be done.",
  },
  "type.unsupported": {
    severity: "error",
    error: "model.unsupported",
    remedy: "Get the bf16 version of these weights.",
  },
  "values.non-finite": {
    severity: "error",
    error: "model.non-finite",
    remedy: "The weights are damaged: fetch the file again.",
  },
  "tokenizer.damaged": { severity: "error", error: "model.incomplete", remedy: FETCH_AGAIN },
  "tokenizer.foreign": {
    severity: "error",
    error: "model.mismatch",
    remedy: "Put the tokenizer.json that belongs to this text encoder beside its weights.",
  },
  "tokenizer.smaller": {
    severity: "warning",
    error: "model.mismatch",
    remedy: "Check that this tokenizer.json was published with this text encoder.",
  },
  "tokenizer.passed-over": {
    severity: "warning",
    error: "model.mismatch",
    remedy: "Check that the tokenizer that was taken belongs to these weights, or put the right one beside them.",
  },
  "parts.missing": {
    severity: "error",
    error: "model.incomplete",
    remedy: "Name the folders that hold the missing parts too, or run `tachie models download newbie-exp0.1`.",
  },
  "parts.mismatch": {
    severity: "error",
    error: "model.mismatch",
    remedy: "Use parts that were published together.",
  },
  "parts.alternative": {
    severity: "info",
    error: "model.mismatch",
    remedy: "Name a narrower folder to choose another one.",
  },
  "lora.alone": {
    severity: "info",
    error: "model.unsupported",
    remedy: "Give it to `tachie generate --lora FILE`; it is not a model of its own.",
  },
  "scan.bounded": {
    severity: "warning",
    error: "model.incomplete",
    remedy: "Name a narrower folder.",
  },
  "sum.differs": {
    severity: "error",
    error: "model.damaged",
    remedy: "Fetch the file again; `tachie models download NAME` replaces damaged files of a downloaded model.",
  },
  "sum.missing-file": {
    severity: "error",
    error: "model.damaged",
    remedy: "Put the file back, or fetch it again.",
  },
  "sum.list-damaged": {
    severity: "error",
    error: "model.damaged",
    remedy: "Fetch the model again: its list of sums has changed.",
  },
  "sum.first-time": {
    severity: "warning",
    error: "model.damaged",
    remedy:
      "Compare with the publisher's sums where that matters: later runs of `verify` compare with what is there now.",
  },
  "sum.unpinned": {
    severity: "warning",
    error: "download.unverifiable",
    remedy: "Compare the printed SHA-256 with the publisher's.",
  },
} as const satisfies Record<string, FindingKind>;

export type FindingCode = keyof typeof FINDING_KINDS;

/** One thing found out about a file or a model. Plain data: it appears in `--json` output as it is. */
export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** A sentence that names what it is about. */
  readonly message: string;
  /** The file, with the tensor where one is meant. */
  readonly where?: string;
  readonly remedy: string;
}

export function finding(
  code: FindingCode,
  message: string,
  options: { readonly where?: string | undefined; readonly remedy?: string | undefined } = {},
): Finding {
  const { severity, remedy } = FINDING_KINDS[code];
  const where = options.where === undefined ? {} : { where: options.where };
  return { code, severity, message, ...where, remedy: options.remedy ?? remedy };
}

export function isError(finding: Finding): boolean {
  return finding.severity === "error";
}

/** What is no fault by itself, but tells why something is missing: another model's file lies where it should be. */
const EXPLANATIONS: ReadonlySet<FindingCode> = new Set([
  "network.other",
  "network.unknown",
  "lora.alone",
  "file.pickle",
  "tokenizer.passed-over",
]);
/** Folders of other programs hold any number of files that have nothing to do with the matter. */
const MOST_EXPLANATIONS = 6;
const MOST_REMEDIES = 3;

/**
 * Errors among findings as one exception whose message names all of them, and what may explain them. It goes by the one that
 * says most: why a file cannot be used rather than that a part is missing for it.
 */
export function toError(findings: readonly Finding[], summary: string): TachieError {
  const errors = findings.filter(isError);
  const faults = errors.filter(({ code }) => code !== "parts.missing");
  const isToldByFault = faults.length <= MOST_EXPLANATIONS;
  const [first = finding("parts.missing", summary)] = isToldByFault ? [...faults, ...errors] : errors;
  const explanations = errors.length === faults.length ? [] : findings.filter(({ code }) => EXPLANATIONS.has(code));
  const shown = explanations.slice(0, MOST_EXPLANATIONS);
  const details = [...errors, ...shown].map(({ message }) => `\n  ${message}`);
  const rest = explanations.length - shown.length;
  if (rest > 0) details.push(`\n  and ${rest} more files that are no part of it`);
  const advising = explanations.length <= MOST_EXPLANATIONS ? [first, ...errors, ...shown] : [first, ...errors];
  const remedies = [...new Set(advising.map(({ remedy }) => remedy))].slice(0, MOST_REMEDIES);
  return new TachieError(FINDING_KINDS[first.code].error, `${summary}${details.join("")}`, {
    remedy: remedies.join(" "),
    ...(first.where === undefined ? {} : { where: first.where }),
  });
}

/** Several names for a message: the first few, and how many more there are. */
export function listNames(names: readonly string[], shown = 4): string {
  const few = names.slice(0, shown).join(", ");
  return names.length > shown ? `${few} and ${names.length - shown} more` : few;
}
