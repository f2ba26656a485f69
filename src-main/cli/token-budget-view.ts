/** @file A token budget as lines of text. */

import type { BlockBudget, PartBudget, TokenBudget } from "../contract/tokens.ts";

/** How much of what is cut is shown. */
const SHOWN_CHARACTERS = 120;

/**
 * A line for each way in which part of the prompt is not read.
 * @param name the prompt's source
 */
export function budgetWarnings({ cut, pooled }: TokenBudget, name: string): string[] {
  return [
    ...(cut === undefined ? [] : [`${name}: warning budget.cut ${describeCut(cut)}`]),
    ...(pooled !== undefined && pooled.total > pooled.limit
      ? [`${name}: warning budget.pooled-cut The second text encoder reads ${pooled.limit} of ${pooled.total} tokens.`]
      : []),
  ];
}

/** @param name the prompt's source */
export function describeBudget(budget: TokenBudget, name: string): string[] {
  const { limit, total, special, system, blocks, other, cut } = budget;
  const parts = [
    ...(system > 0 ? [`${system} of the system prompt`] : []),
    ...(special > 0 ? [`${special} special`] : []),
    ...(blocks.length > 0 && other > 0 ? [`${other} between the blocks`] : []),
  ];
  const share = parts.length === 0 ? "" : ` (with ${parts.join(", ")})`;
  return [
    `${name}: ${total} of ${limit} tokens${share}${cut === undefined ? `, ${limit - total} left` : ""}`,
    ...blocks.map(describeBlock),
  ];
}

function describeCut({ tokens, from, text }: NonNullable<TokenBudget["cut"]>): string {
  const place = from === undefined ? "" : `, from ${from} on`;
  const start = Array.from(text.replace(/\s+/g, " ").trim());
  const shown = start.slice(0, SHOWN_CHARACTERS).join("");
  return `The model does not read the last ${tokens} tokens${place}: ${shown}${start.length > SHOWN_CHARACTERS ? "…" : ""}`;
}

function describeBlock(block: BlockBudget): string {
  const fields = block.fields.map(describePart).join(", ");
  return `  ${describePart(block)}${fields === "" ? "" : `: ${fields}`}`;
}

function describePart({ name, tokens, cutTokens }: PartBudget): string {
  return `${name} ${tokens}${cutTokens === 0 ? "" : ` (${cutTokens} cut)`}`;
}
