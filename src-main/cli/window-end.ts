/** @file Why Electron ended, in words for people, out of what it said. */

/** @param said the end of its standard error */
export function describeEnd(code: number | null, signal: NodeJS.Signals | null, said: string): string {
  const end = code === null ? `ended by ${signal ?? "a signal"}` : `ended with ${code}`;
  const lines = said.split("\n").map((line) => line.trim());
  // Chromium's own lines come last but are about consequences; what the loader or the display says is the reason.
  const reason = lines.find((line) => /error while loading|cannot open|missing|sandbox|display/i.test(line));
  const words = (reason ?? lines.findLast((line) => line !== ""))?.replace(/[^\x20-\x7e]+/g, " ").replace(/\.$/, "");
  return `Electron ${end}${words === undefined ? "" : ` (${words})`}`;
}
