/** @file The `tachie` command: puts its commands together, and turns whatever they throw into a message and an exit code. */

import { Command, CommanderError } from "commander";
import { productVersion } from "../studio/png/product-version.ts";
import { addBenchCommand } from "./bench-command.ts";
import { addCalibrateCommand } from "./calibrate-command.ts";
import { addCommonOptionsBelow } from "./common-options.ts";
import { addDoctorCommand } from "./doctor-command.ts";
import { addGenerationCommands } from "./generation-commands.ts";
import { addLibraryCommands } from "./library-commands.ts";
import { addModelsCommands } from "./models-command.ts";
import { EXIT_CODES, reportFailure, tolerateClosedOutput, usageError } from "./output.ts";
import { addParityCommand } from "./parity-command.ts";
import { addPromptCommands } from "./prompt-command.ts";
import { addServeCommands } from "./serve-command.ts";
import { addTransferCommands } from "./transfer-commands.ts";
import { addTrashCommands } from "./trash-commands.ts";
import { addUpkeepCommands } from "./upkeep-commands.ts";

const HELP_END = `
Environment:
  TACHIE_LIBRARY   the library's folder where --library is not given
  TACHIE_DATA      the folder of models and of the default library
  TACHIE_CUDA      the folder of the provider that computes on an NVIDIA GPU
  TACHIE_DEBUG=1   show stacks, and what the inference process says

Exit codes: 0 done, 1 failed, 2 wrong use, 130 cancelled`;

function createProgram(): Command {
  const program = new Command("tachie")
    .description("Anime pictures with several characters, from structured prompts.")
    .version(productVersion())
    .exitOverride()
    // What commander would print about a wrong use is thrown as well, and is reported with everything else.
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError()
    .helpCommand("help [command]", "show the options of a command")
    .addHelpText("after", HELP_END);
  addServeCommands(program);
  addGenerationCommands(program);
  addLibraryCommands(program);
  addTrashCommands(program);
  addTransferCommands(program);
  addUpkeepCommands(program);
  addPromptCommands(program);
  addParityCommand(program);
  addModelsCommands(program);
  addDoctorCommand(program);
  addBenchCommand(program);
  addCalibrateCommand(program);
  addCommonOptionsBelow(program);
  return program;
}

async function main(words: readonly string[]): Promise<void> {
  tolerateClosedOutput();
  // Asked of the words themselves, since a wrong use is found before options are known.
  const end = words.indexOf("--");
  const isJson = words.slice(0, end === -1 ? undefined : end).includes("--json");
  try {
    await createProgram().parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) reportFailure(error, isJson);
    else if (error.exitCode !== EXIT_CODES.done) reportFailure(usageError(wordsOf(error)), isJson);
  }
}

function wordsOf({ code, message }: CommanderError): string {
  // Without a command commander shows the help and throws it as an error without words.
  return code === "commander.help" ? "no command is given" : message.replace(/^error: /, "");
}

await main(process.argv.slice(2));
