/** @file The strict parser `saxes` as a judge: whether text is well-formed XML inside one root, and what it says. */

import { SaxesParser } from "saxes";

export interface StrictEvent {
  readonly kind: "open" | "close" | "text" | "comment" | "cdata" | "instruction";
  readonly value: string;
}

/** What the strict parser sees in the text with a root put around it; its complaint where it refuses the text. */
export function readStrictly(xml: string): { readonly events: readonly StrictEvent[]; readonly fault?: string } {
  const parser = new SaxesParser();
  const events: StrictEvent[] = [];
  let fault: string | undefined;
  const put = (kind: StrictEvent["kind"], value: string): void => {
    const last = events.at(-1);
    if (kind === "text" && last?.kind === "text") events[events.length - 1] = { kind, value: last.value + value };
    else events.push({ kind, value });
  };
  parser.on("error", (error) => (fault ??= error.message));
  parser.on("opentag", ({ name, attributes }) => put("open", `${name} ${JSON.stringify(Object.entries(attributes))}`));
  parser.on("closetag", ({ name }) => put("close", name));
  parser.on("text", (text) => put("text", text));
  parser.on("comment", (text) => put("comment", text));
  parser.on("cdata", (text) => put("cdata", text));
  parser.on("processinginstruction", ({ target, body }) => put("instruction", `${target} ${body}`));
  parser.write(`<root>${xml}</root>`).close();
  return fault === undefined ? { events: events.slice(1, -1) } : { events, fault };
}
