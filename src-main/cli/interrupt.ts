/**
 * @file Ctrl+C and its kin: the first asks the running job to end, which keeps what is finished; a second one, later,
 * ends the command at once.
 */

import { cancelledError } from "../contract/wire.ts";
import { EXIT_CODES, sayLine } from "./output.ts";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** A terminal and a launcher may both pass on the same key press. */
const SAME_PRESS_MS = 500;

/**
 * A signal that is aborted when somebody wants this command to end. To be called once.
 * @param words what is said then
 */
export function onInterrupt(words = "cancelling; once more to end at once"): AbortSignal {
  const abort = new AbortController();
  let firstAt: number | undefined;
  const interrupt = (): void => {
    if (firstAt !== undefined && performance.now() - firstAt > SAME_PRESS_MS) process.exit(EXIT_CODES.cancelled);
    if (firstAt !== undefined) return;
    firstAt = performance.now();
    sayLine(words);
    abort.abort(cancelledError());
  };
  for (const signal of SIGNALS) process.on(signal, interrupt);
  // Started by a launcher (see tachie.mjs): when that is gone, nobody waits for us any more.
  process.on("disconnect", interrupt);
  process.channel?.unref(); // listening must not keep a finished command alive
  return abort.signal;
}
