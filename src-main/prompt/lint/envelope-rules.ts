/** @file The comfy dialect's envelope: its form, and whether its entries and the characters agree. */

import { entryName } from "../dialects/comfy.ts";
import { printEnvelope } from "../envelope.ts";
import { startOfObject } from "../envelope-reader.ts";
import type { FindingFix } from "../findings.ts";
import { placeOfNode } from "./context.ts";
import type { Rule } from "./context.ts";
import { characterEntry, envelopeObject, WHOLE_PICTURE } from "../envelope.ts";

export const formOfEnvelope: Rule = ({ reading, addInSource }) => {
  const { envelope, source, system } = reading;
  if (envelope === undefined) {
    const brace = startOfObject(source, system.end);
    const head = brace === undefined ? "" : source.slice(brace, brace + 4000);
    if (brace === undefined || !/"(?:image|tags|character_\d{1,9})"\s{0,20}:/.test(head)) return;
    addInSource({
      code: "comfy.malformed",
      severity: "error",
      start: brace,
      end: brace + 1,
      message:
        "This begins like the envelope of the ComfyUI template, but its quotes, commas or brackets do not fit; it is read " +
        "as text with XML in it.",
    });
    return;
  }
  for (const comma of envelope.trailingCommas)
    addInSource({
      code: "comfy.trailing-comma",
      severity: "warning",
      start: comma,
      end: comma + 1,
      message: "No comma belongs behind the last entry.",
      fix: { code: "remove-comma", edits: [{ start: comma, end: comma + 1, text: "" }], isMeaningKept: true },
    });
  for (const quote of envelope.bareQuotes)
    addInSource({
      code: "comfy.bare-quote",
      severity: "info",
      start: quote,
      end: quote + 1,
      message: 'A quote inside a text: `\\"` says so beyond doubt.',
      fix: { code: "write", values: ['`\\"`'], edits: [{ start: quote, end: quote, text: "\\" }], isMeaningKept: true },
    });
  if (envelope.missingClose === "") return;
  const end = source.length;
  addInSource({
    code: "comfy.unclosed",
    severity: "error",
    start: end,
    end,
    values: [envelope.missingClose],
    message: `The envelope ends without \`${envelope.missingClose}\`.`,
    fix: { code: "close-envelope", edits: [{ start: end, end, text: envelope.missingClose }], isMeaningKept: true },
  });
};

export const entriesOfEnvelope: Rule = ({ reading, characters, addInSource }) => {
  const { envelope, region } = reading;
  if (envelope === undefined) return;
  const { entries, imageStart } = envelope;
  const keys = new Set(entries.map(({ key }) => key.text));
  const names = new Set(characters.map(({ number }) => `character_${number ?? 0}`));
  const missing = new Set<string>();
  for (const card of characters) {
    const place = placeOfNode(reading, card);
    const key = `character_${card.number ?? 0}`;
    if (card.number === undefined || place === undefined || keys.has(key) || missing.has(key)) continue;
    missing.add(key);
    const entry = characterEntry(card.number, entryName(card, card.number), WHOLE_PICTURE);
    const root = envelopeObject([{ ...entry, before: "" }]);
    const form = { before: "", after: "", root, isJson: reading.tree.envelope?.isJson === true };
    const text = `${printEnvelope(form, "").slice(1, -1).trim()},\n`;
    const fix: FindingFix = {
      code: "add-entry",
      edits: [{ start: imageStart, end: imageStart, text }],
      isMeaningKept: false,
    };
    addInSource({
      code: "comfy.entry-missing",
      severity: "warning",
      start: region.toSource(place.start),
      end: region.toSource(place.contentStart),
      values: [key],
      message: `The envelope has no entry \`${key}\` for this character.`,
      ...(keys.has("image") ? { fix } : {}),
    });
  }
  for (const [index, { key, start, end }] of entries.entries()) {
    if (!/^character_\d{1,9}$/.test(key.text) || names.has(key.text)) continue;
    const next = entries[index + 1];
    const edits = next === undefined ? undefined : [{ start, end: next.start, text: "" }];
    addInSource({
      code: "comfy.entry-unused",
      severity: "info",
      start,
      end,
      values: [key.text],
      message: `There is no <${key.text}> for this entry.`,
      ...(edits === undefined ? {} : { fix: { code: "remove-entry", edits, isMeaningKept: false } }),
    });
  }
};
