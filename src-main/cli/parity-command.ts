/** @file `tachie parity`: whether our networks compute what the published ones do, from files of reference values. */

import path from "node:path";
import { Option } from "commander";
import type { Command } from "commander";
import type { ParityCase } from "../contract/engine.ts";
import { TachieError } from "../contract/errors.ts";
import { PROVIDER_CHOICES } from "../contract/generation.ts";
import type { ProviderChoice } from "../contract/generation.ts";
import { TOGGLES } from "../contract/toggles.ts";
import { cancelledError } from "../contract/wire.ts";
import { addCommonOptions } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { onInterrupt } from "./interrupt.ts";
import { decimalNumber } from "./option-values.ts";
import { createEngine } from "./own-engine.ts";
import { EXIT_CODES, printJson, printLine } from "./output.ts";

const DEFAULT_MAX = 1e-3;

interface ParityOptions extends CommonOptions {
  readonly max: number;
  readonly tokenizer?: string;
  readonly provider?: ProviderChoice;
  readonly precision?: "fp32" | "bf16";
}

export function addParityCommand(program: Command): void {
  addCommonOptions(
    program
      .command("parity")
      .argument(
        "<files...>",
        ".safetensors files of weights, inputs and expected outputs, or .json files of texts and token ids",
      )
      .description("compare the networks with reference values; exit 1 above the limit")
      .option(
        "--max <x>",
        "largest error allowed, relative to the values' root mean square",
        decimalNumber("--max"),
        DEFAULT_MAX,
      )
      .addOption(new Option("--provider <p>", "where to compute (default: cpu)").choices(PROVIDER_CHOICES))
      .addOption(new Option("--precision <p>", "fp32 or, on a GPU, bf16").choices(TOGGLES.precision.values))
      .option("--tokenizer <file>", "the tokenizer.json that .json files are compared with"),
  ).action(compare);
}

async function compare(
  files: readonly string[],
  { max, json, tokenizer, provider, precision }: ParityOptions,
): Promise<void> {
  if (max < 0) throw new TachieError("usage.invalid", `--max is ${max}, but must not be negative`, { where: "--max" });
  const params = {
    ...(tokenizer === undefined ? {} : { tokenizer: path.resolve(tokenizer) }),
    ...(provider === undefined ? {} : { provider }),
    ...(precision === undefined ? {} : { precision }),
  };
  const signal = onInterrupt();
  const engine = createEngine();
  signal.addEventListener("abort", () => void engine.end()); // a comparison is not cancelled in the middle
  const cases: ParityCase[] = [];
  try {
    for (const file of files) {
      const { client } = await engine.connection();
      const report = await client.parity({ file: path.resolve(file), ...params }, { signal });
      cases.push(...report.cases);
      if (json !== true) for (const result of report.cases) printCase(result, max);
    }
  } catch (error) {
    if (signal.aborted) throw cancelledError();
    throw error;
  } finally {
    await engine.end();
  }
  const failed = cases.filter((result) => !isWithin(result, max)).length;
  if (failed > 0 || cases.length === 0) process.exitCode = EXIT_CODES.failed;
  if (json === true) printJson({ cases, max, failed });
  else printLine(`${cases.length - failed} of ${cases.length} cases within ${max.toExponential()}`);
}

function printCase(result: ParityCase, max: number): void {
  printLine(`${isWithin(result, max) ? "ok  " : "FAIL"}  ${formatError(result.error)}  ${result.name}`);
}

/** Written so that NaN fails. */
function isWithin({ error }: ParityCase, max: number): boolean {
  return error <= max;
}

function formatError(error: number): string {
  return Number.isFinite(error) ? error.toExponential(2) : String(error);
}
