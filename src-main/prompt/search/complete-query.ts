/** @file Where in a query somebody writes, and what may stand there. Values that a library has are its own to add. */

import { SOLVERS } from "../../contract/sampling.ts";
import { isToggle, TOGGLES } from "../../contract/toggles.ts";
import { FURTHER_NAMES, NAMED_NAMES, NUMBER_NAMES, PLACE_BITS, SEARCH_FIELDS } from "./query.ts";
import { asciiSigns, readWord } from "./signs.ts";

export interface CompletionPlace {
  /** Offsets of what is being written: a word, or a value behind its name. */
  readonly from: number;
  readonly to: number;
  /** What was written between `from` and the cursor; quotes left out. */
  readonly written: string;
  /** Before the sign, in lower case; absent for a word alone. */
  readonly name?: string;
  /** What may stand here whatever the library holds, the written beginning considered. */
  readonly options: readonly { readonly text: string; readonly kind: string }[];
}

/** @param at offset of the cursor, in UTF-16 units; what lies behind the word that it is in does not matter */
export function completionPlace(query: string, at: number): CompletionPlace {
  const text = asciiSigns(query);
  const cursor = Math.max(0, Math.min(at, text.length));
  let begin = 0;
  for (;;) {
    while (begin < cursor && /\s/.test(text[begin] ?? "")) begin++;
    if (begin >= text.length || /\s/.test(text[begin] ?? ""))
      return { from: cursor, to: cursor, written: "", options: namesFor("") };
    const word = readWord(text, begin, () => undefined);
    if (word.end < cursor) {
      begin = Math.max(word.end, begin + 1);
      continue;
    }
    const isInValue = word.name !== undefined && cursor >= word.valueStart;
    const from = isInValue ? word.valueStart : word.start;
    const written = text.slice(Math.min(from, cursor), cursor).replace(/^"/, "");
    const name = isInValue ? word.name.toLowerCase() : undefined;
    if (name === undefined)
      return { from, to: Math.max(from, word.end), written, options: text[from] === '"' ? [] : namesFor(written) };
    return { from, to: word.end, written, name, options: valuesFor(name, written) };
  }
}

function namesFor(written: string): CompletionPlace["options"] {
  const names = [...SEARCH_FIELDS, ...FURTHER_NAMES, ...NUMBER_NAMES, ...NAMED_NAMES, ...Object.keys(PLACE_BITS)];
  const lower = written.toLowerCase();
  const fields = names.filter((name) => name.startsWith(lower)).map((name) => ({ text: `${name}:`, kind: "field" }));
  return "star".startsWith(lower) ? [{ text: "star", kind: "star" }, ...fields] : fields;
}

function valuesFor(name: string, written: string): CompletionPlace["options"] {
  const lower = written.toLowerCase();
  const all = name === "solver" ? SOLVERS : name === "toggle" ? toggleValues(lower) : [];
  return all.filter((value) => value.startsWith(lower)).map((text) => ({ text, kind: name }));
}

function toggleValues(written: string): readonly string[] {
  const name = written.split("=")[0] ?? "";
  if (written.includes("=") && isToggle(name)) return TOGGLES[name].values.map((value) => `${name}=${value}`);
  const named = Object.values(TOGGLES).flatMap(({ values }) => values as readonly string[]);
  return [...Object.keys(TOGGLES), ...new Set(named.filter((value) => value !== "on" && value !== "off"))];
}
