/**
 * @file `tachie prompt check` and `tachie prompt convert`: what is wrong with a prompt, and a prompt in another dialect.
 * Neither needs a library; a model is needed only where tokens are to be counted.
 *
 * With --json, check prints {"dialect","characters","diagnostics":[…]} and, with --model, "budget" and "negativeBudget" (with
 * --negative): {limit,total,special,system,blocks:[{id,name,tokens,cutTokens,fields:[…]}],other,cut:{tokens,from,text},pooled}.
 */

import { Option } from "commander";
import type { Command } from "commander";
import { TachieError, isTachieError } from "../contract/errors.ts";
import { DIALECTS } from "../contract/prompt.ts";
import type { Diagnostic, Dialect } from "../contract/prompt.ts";
import { charactersOf, checkPrompt, convertPrompt, readPrompt, withoutCarriers, writePrompt } from "../prompt/index.ts";
import { cancelledError } from "../contract/wire.ts";
import type { PromptTree } from "../prompt/index.ts";
import { findModelFolder } from "../studio/model-choice.ts";
import { modelPlaces } from "../studio/places.ts";
import { measurePrompt } from "../studio/token-budget.ts";
import type { TokenBudget } from "../contract/tokens.ts";
import { addCommonOptions } from "./common-options.ts";
import type { CommonOptions } from "./common-options.ts";
import { onInterrupt } from "./interrupt.ts";
import { createEngine } from "./own-engine.ts";
import { budgetWarnings, describeBudget } from "./token-budget-view.ts";
import { EXIT_CODES, printJson, printLine, sayLine } from "./output.ts";
import { readPromptSource } from "./prompt-source.ts";

interface CheckOptions extends CommonOptions {
  readonly negative?: string;
  readonly model?: string;
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
      .option("--negative <text>", "the negative prompt that goes with it")
      .option("--model <name|dir>", "count the tokens of each field and character against what this model reads"),
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
  const trees = [
    tree,
    ...(negative === undefined ? [] : [named("the negative prompt", () => readPrompt(negative)).tree]),
  ];
  const [budget, negativeBudget] = options.model === undefined ? [] : await measure(options.model, trees);
  const budgets = { ...(budget ? { budget } : {}), ...(negativeBudget ? { negativeBudget } : {}) };
  if (options.json === true) printJson({ dialect, characters, diagnostics, ...budgets });
  else {
    for (const found of diagnostics) printLine(lineOf(found, name));
    const measured = [budget, negativeBudget].flatMap((found, index) =>
      found === undefined ? [] : [{ found, of: index === 0 ? name : "the negative prompt" }],
    );
    const warnings = measured.flatMap(({ found, of }) => budgetWarnings(found, of));
    for (const line of warnings) printLine(line);
    for (const { found, of } of measured) for (const line of describeBudget(found, of)) printLine(line);
    const summary = summaryOf(diagnostics, warnings.length);
    printLine(`${name}: ${dialect}, ${counted(characters, "character")}: ${summary}`);
  }
  if (diagnostics.some(({ severity }) => severity === "error")) process.exitCode = EXIT_CODES.failed;
}

/** @throws model.*, engine.lost, job.cancelled */
async function measure(model: string, trees: readonly PromptTree[]): Promise<TokenBudget[]> {
  const folder = findModelFolder(model, modelPlaces(), process.cwd());
  const signal = onInterrupt();
  const engine = createEngine();
  signal.addEventListener("abort", () => void engine.end()); // counting is not cancelled in the middle
  try {
    const budgets: TokenBudget[] = [];
    const { client } = await engine.connection();
    for (const tree of trees) budgets.push(await measurePrompt(client, folder, tree, signal));
    return budgets;
  } catch (error) {
    if (signal.aborted) throw cancelledError();
    throw error;
  } finally {
    await engine.end();
  }
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

function summaryOf(diagnostics: readonly Diagnostic[], moreWarnings: number): string {
  if (diagnostics.length + moreWarnings === 0) return "nothing to mend";
  const parts = (["error", "warning", "info"] as const).flatMap((severity) => {
    const found = diagnostics.filter((one) => one.severity === severity).length;
    const number = severity === "warning" ? found + moreWarnings : found;
    const noun = severity === "info" ? "hint" : severity;
    return number === 0 ? [] : [counted(number, noun)];
  });
  return parts.join(", ");
}

function counted(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
