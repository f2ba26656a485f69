/** @file Writes a query as an author would type it: `parseQuery(printQuery(q))` is q. */

import type { Condition, Match, NumberRange, Query, Scope } from "./query.ts";

export function printQuery({ alternatives }: Query): string {
  return alternatives
    .map((terms) =>
      terms.map(({ isNegated, condition }) => (isNegated ? "-" : "") + printCondition(condition)).join(" "),
    )
    .join(" or ");
}

export function printCondition(condition: Condition): string {
  switch (condition.kind) {
    case "star":
      return "star";
    case "text":
      return printValue(condition.match);
    case "caption":
      return `caption${printMatch(condition.match)}`;
    case "named":
      return condition.name + printMatch(condition.match);
    case "tag":
      return headOf(condition.scope, condition.field) + printMatch(condition.match);
    case "size":
      return `size:${condition.width}x${condition.height}`;
    case "number":
      return condition.name + printRange(condition.range);
    case "toggle": {
      const { name, value } = condition;
      return `toggle:${[name, value].filter((part) => part !== undefined).join("=")}`;
    }
    case "date": {
      const { from = "", to = "" } = condition;
      return `date:${from === to ? from : `${from}..${to}`}`;
    }
  }
}

function headOf(scope: Scope | undefined, field: string | undefined): string {
  if (scope === undefined) return field ?? "tag";
  const who = "place" in scope ? scope.place : `c${scope.character}`;
  return field === undefined ? who : `${who}.${field}`;
}

function printRange({ low, high, isOpen }: NumberRange): string {
  if (low !== undefined && high !== undefined) return low === high ? `:${low}` : `:${low}..${high}`;
  const equals = isOpen === true ? "" : "=";
  return low === undefined ? `<${equals}${high ?? 0}` : `>${equals}${low}`;
}

function printMatch(match: Match): string {
  return `${match.how === "exact" ? "=" : ":"}${printValue(match)}`;
}

/** What needs no quotes: nothing in it could be taken for a sign. */
const PLAIN = /^[\p{L}\p{N}_][\p{L}\p{N}_()'.!?+-]*$/u;
const KEYWORDS = new Set(["or", "star"]);

function printValue({ how, text }: Match): string {
  const isPlain = PLAIN.test(text) && !KEYWORDS.has(text.toLowerCase());
  return (isPlain ? text : `"${text.replace(/["\\]/g, "\\$&")}"`) + (how === "prefix" ? "*" : "");
}
