/** @file What the shell and the programs it started have to say: to standard error, for whoever started the shell there. */

import { isTachieError } from "../contract/errors.ts";

export interface Log {
  readonly line: (text: string) => void;
  readonly error: (error: unknown) => void;
}

/** @param isVerbose whether the programs' own lines are shown as well */
export function createLog(isVerbose: boolean): Log {
  const write = (text: string): void => void process.stderr.write(`${text}\n`);
  return {
    line: (text) => {
      if (isVerbose) write(text);
    },
    error: (error) => {
      if (isTachieError(error)) write(`tachie: ${error.message} (${error.code})`);
      else write(`tachie: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    },
  };
}
