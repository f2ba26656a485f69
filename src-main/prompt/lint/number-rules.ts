/** @file The numbers of characters: each once, from 1 on; no block inside another, and one root. */

import type { FindingFix } from "../findings.ts";
import { PLACEHOLDER } from "../placeholders.ts";
import { isBlankText, isElement } from "../tree.ts";
import { isRooted } from "../vocabulary.ts";
import { placeOfNode, rawTexts } from "./context.ts";
import type { LintContext, Rule } from "./context.ts";
import { renamingEdits, tagSpan } from "./name-rules.ts";

export const numbersOfCharacters: Rule = (context) => {
  const { reading, characters, add } = context;
  const seen = new Set<number>();
  let free = Math.max(0, ...characters.map(({ number }) => number ?? 0)) + 1;
  let isUnclear = false;
  for (const card of characters) {
    const place = placeOfNode(reading, card);
    if (place === undefined) continue;
    const { number } = card;
    if (number !== undefined && !seen.has(number)) {
      seen.add(number);
      continue;
    }
    isUnclear = true;
    const next = free++;
    const own = rawTexts(
      reading,
      card.children.filter(isElement).flatMap(({ key, children }) => (key === "n" ? children : [])),
    );
    const placeholders = own.flatMap(({ text, start }) =>
      Array.from(text.matchAll(PLACEHOLDER), (match) => ({
        start: start + match.index,
        end: start + match.index + match[0].length,
        text: `$character_${next}$`,
      })),
    );
    add({
      code: number === undefined ? "cast.number-missing" : "cast.number-twice",
      severity: "warning",
      ...tagSpan(place),
      ...(number === undefined ? {} : { values: [String(number)] }),
      message:
        number === undefined
          ? "This character has no number."
          : `There is a <character_${number}> already: this is another.`,
      fix: {
        code: "make",
        values: [`<character_${next}>`],
        edits: [...renamingEdits(place, `character_${next}`), ...placeholders],
        isMeaningKept: true,
      },
    });
  }
  if (!isUnclear) gaps(context);
};

function gaps({ reading, characters, addInSource }: LintContext): void {
  const odd = characters.find(({ number }, index) => number !== index + 1);
  const place = odd && placeOfNode(reading, odd);
  if (odd === undefined || place === undefined) return;
  const { region } = reading;
  addInSource({
    code: "cast.number-gap",
    severity: "info",
    start: region.toSource(place.start),
    end: region.toSource(place.contentStart),
    values: [odd.name, String(characters.indexOf(odd) + 1)],
    message: `Characters are numbered from 1 without gaps; here <${odd.name}> stands in place ${characters.indexOf(odd) + 1}.`,
    fix: renumberingFix(reading, characters),
  });
}

/** Tags, entries of the envelope and placeholders, all at once. */
function renumberingFix(reading: LintContext["reading"], characters: LintContext["characters"]): FindingFix {
  const { region, source, envelope } = reading;
  const numbers = new Map(characters.map(({ number }, index) => [number ?? 0, index + 1]));
  const tags = characters.flatMap((card, index) => {
    const place = placeOfNode(reading, card);
    if (place === undefined || card.number === index + 1) return [];
    return renamingEdits(place, `character_${index + 1}`).map(({ start, end, text }) => ({
      start: region.toSource(start),
      end: region.toSource(end),
      text,
    }));
  });
  const changed = (digits: string | undefined): number | undefined => {
    const number = numbers.get(Number(digits));
    return number === Number(digits) ? undefined : number;
  };
  const placeholders = Array.from(source.matchAll(PLACEHOLDER)).flatMap((match) => {
    const number = changed(match[1]);
    if (number === undefined) return [];
    return [{ start: match.index, end: match.index + match[0].length, text: `$character_${number}$` }];
  });
  const keys = (envelope?.entries ?? []).flatMap(({ key }) => {
    const number = changed(/^character_(\d{1,9})$/.exec(key.text)?.[1]);
    return number === undefined ? [] : [{ start: key.start, end: key.end, text: `character_${number}` }];
  });
  return { code: "renumber", edits: [...tags, ...placeholders, ...keys], isMeaningKept: true };
}

export const nestedBlocks: Rule = ({ reading, characters, general, add }) => {
  for (const outer of [...characters, ...general]) {
    const inner = outer.children.filter(isElement).find(({ key }) => key === "character" || key === "general_tags");
    const place = inner && placeOfNode(reading, inner);
    const outerPlace = placeOfNode(reading, outer);
    if (inner === undefined || place === undefined || outerPlace === undefined) continue;
    const isLast = outer.children.slice(outer.children.indexOf(inner) + 1).every(isBlankText);
    const { endTag } = outerPlace;
    const edits = [
      { start: place.start, end: place.start, text: `</${outer.name}>\n` },
      { start: outerPlace.contentEnd, end: outerPlace.end, text: "" },
    ];
    const areCharacters = outer.key === "character" && inner.key === "character";
    add({
      code: areCharacters ? "cast.nested" : "block.nested",
      severity: "warning",
      ...tagSpan(place),
      values: [inner.name, outer.name],
      message: `<${inner.name}> stands inside <${outer.name}>; the model reads them as one ${areCharacters ? "character" : "block"}.`,
      ...(isLast && endTag !== undefined && place.endTag !== undefined
        ? { fix: { code: "close-before", values: [`<${outer.name}>`], edits, isMeaningKept: true } }
        : {}),
    });
  }
};

/** Characters in another root than the first are seen by no tool. */
export const secondRoot: Rule = ({ reading, nodes, add }) => {
  const roots = nodes.filter(isElement).filter(({ role }) => role === "root");
  if (!isRooted(reading.tree.dialect)) return;
  for (const root of roots.slice(1)) {
    const place = placeOfNode(reading, root);
    if (place === undefined) continue;
    const message = `There is a root <${roots[0]?.name ?? ""}> already: what stands in this one is not seen as blocks.`;
    add({ code: "block.second-root", severity: "warning", ...tagSpan(place), values: [roots[0]?.name ?? ""], message });
  }
};
