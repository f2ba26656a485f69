/**
 * @file `tachie prompt check` and `tachie prompt convert`: what is wrong with a prompt, and a prompt in another dialect.
 * Neither needs a library or a model.
 */

import { Option } from "commander";
import type { Command } from "commander";
import { TachieError, isTachieError } from "../contract/errors.ts";
import { DIALECTS } from "../contract/prompt.ts";
import type { Diagnostic, Dialect } from "../contract/prompt.ts";
import { charactersOf, checkPrompt, convertPrompt, readPrompt, withoutCarriers, writePrompt } from "../prompt/index.ts";
import { addCommonOptions } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { EXIT_CODES, printJson, printLine, sayLine } from "./output.ts";
import { readPromptSource } from "./prompt-source.ts";

interface CheckOptions extends CommonOptions {
  readonly negative?: string;
}

interface ConvertOptions extends CommonOptions {
  readonly to: Dialect;
  readonly bare?: boolean;
}

const FILE = "the prompt: XML, tags or prose; - reads standard input";

export function addPromptCommands(program: Command): void {
  const prompt = program.command("prompt").description("check a prompt, or write it in another dialect");
  addCommonOptions(
    prompt
      .command("check")
      .argument("<file>", FILE)
      .description("name what is wrong with a prompt, with line and column; exit code 1 if there is an error")
      .option("--negative <text>", "the negative prompt that goes with it"),
  ).action(check);
  addCommonOptions(
    prompt
      .command("convert")
      .argument("<file>", FILE)
      .description("write a prompt in another dialect to standard output")
      .addOption(new Option("--to <dialect>", "the dialect").choices(DIALECTS).makeOptionMandatory())
      .option("--bare", "leave out the comments that carry what the dialect has no place for"),
  ).action(convert);
}

async function check(file: string, options: CheckOptions): Promise<void> {
  const { text, name } = await readPromptSource(file);
  const { negative } = options;
  const { tree, dialect, diagnostics } = named(name, () =>
    checkPrompt(text, negative === undefined ? {} : { negative }),
  );
  const characters = charactersOf(tree).length;
  if (options.json === true) printJson({ dialect, characters, diagnostics });
  else {
    for (const found of diagnostics) printLine(lineOf(found, name));
    printLine(`${name}: ${dialect}, ${counted(characters, "character")}: ${summaryOf(diagnostics)}`);
  }
  if (diagnostics.some(({ severity }) => severity === "error")) process.exitCode = EXIT_CODES.failed;
}

async function convert(file: string, options: ConvertOptions): Promise<void> {
  const { text, name } = await readPromptSource(file);
  const { tree, dialect, diagnostics } = named(name, () => readPrompt(text));
  const { tree: converted, notes } = convertPrompt(tree, options.to);
  const isBare = options.bare === true;
  const written = writePrompt(isBare ? { ...converted, nodes: withoutCarriers(converted.nodes) } : converted);
  named(`${name} as ${options.to}`, () => readPrompt(written));
  for (const found of diagnostics) sayLine(lineOf(found, name));
  for (const { severity, code, message } of notes) sayLine(`${name}: ${severity} ${code} ${message}`);
  if (options.json === true) printJson({ from: dialect, to: options.to, text: written, notes, diagnostics });
  // Exactly the prompt: no line end is added, so that a file converted and converted back stays the same.
  else process.stdout.write(written + (process.stdout.isTTY && !written.endsWith("\n") ? "\n" : ""));
}

/** Names the file in what the reader refuses; it knows only lines and columns. */
function named<Value>(name: string, read: () => Value): Value {
  try {
    return read();
  } catch (error) {
    if (!isTachieError(error)) throw error;
    const where = error.where === undefined ? name : `${name}:${error.where}`;
    throw new TachieError(error.code, `${where}: ${error.message}`, { where, cause: error });
  }
}

function lineOf({ line, column, severity, code, message }: Diagnostic, name: string): string {
  return `${name}:${line}:${column} ${severity} ${code} ${message}`;
}

function summaryOf(diagnostics: readonly Diagnostic[]): string {
  if (diagnostics.length === 0) return "nothing to mend";
  const parts = (["error", "warning", "info"] as const).flatMap((severity) => {
    const number = diagnostics.filter((found) => found.severity === severity).length;
    const noun = severity === "info" ? "hint" : severity;
    return number === 0 ? [] : [counted(number, noun)];
  });
  return parts.join(", ");
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
