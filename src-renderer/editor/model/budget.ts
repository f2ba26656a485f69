/** @file A token budget as the form shows it: by character and field, and what would be cut. */

import type { BlockBudget, TokenBudget } from "../../../src-main/contract/tokens.ts";

/** One stretch of the ribbon. */
export interface BudgetPart {
  readonly name: string;
  readonly tokens: number;
  readonly cutTokens: number;
}

/**
 * The budget's block of the n-th block with a name. Ids are of the tree that studio read, not of ours; names and their
 * order are the same in both.
 */
export function blockBudget(budget: TokenBudget | undefined, name: string, occurrence = 0): BlockBudget | undefined {
  return budget?.blocks.filter((block) => block.name === name)[occurrence];
}

export function fieldBudget(block: BlockBudget | undefined, name: string): BudgetPart | undefined {
  return block?.fields.find((field) => field.name === name);
}

/** The ribbon's stretches in the order of the text: what comes first is kept longest. */
export function budgetParts(budget: TokenBudget): readonly BudgetPart[] {
  const fixed = budget.special + budget.system;
  const parts: BudgetPart[] = fixed > 0 ? [{ name: "system", tokens: fixed, cutTokens: 0 }] : [];
  for (const { name, tokens, cutTokens } of budget.blocks) parts.push({ name, tokens, cutTokens });
  const cutOfBlocks = budget.blocks.reduce((sum, { cutTokens }) => sum + cutTokens, 0);
  const cutOther = Math.max(0, (budget.cut?.tokens ?? 0) - cutOfBlocks);
  if (budget.other > 0)
    parts.push({ name: "other", tokens: budget.other, cutTokens: Math.min(cutOther, budget.other) });
  return parts;
}
