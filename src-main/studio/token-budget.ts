/**
 * @file Where the tokens of a prompt go: how many each character and each field takes of what the model's text encoder reads,
 * and what it would not read any more. For the editor and for `tachie prompt check`.
 */

import type { EngineService } from "../contract/engine.ts";
import type { BlockBudget, CutText, PartBudget, TokenBudget, TokenMeasure } from "../contract/tokens.ts";
import type { Client } from "../contract/wire.ts";
import { modelTextParts } from "../prompt/index.ts";
import type { BlockPart, PromptTree, TextPart } from "../prompt/index.ts";

/**
 * @param model absolute path of a model folder
 * @throws model.*, engine.lost
 */
export async function measurePrompt(
  engine: Pick<Client<EngineService>, "measure">,
  model: string,
  tree: PromptTree,
  signal?: AbortSignal,
): Promise<TokenBudget> {
  const { text, blocks } = modelTextParts(tree);
  const places = blocks.flatMap((block) => [block, ...block.fields]).flatMap(({ start, end }) => [start, end]);
  const marks = [...new Set([...places, text.length])].sort((a, b) => a - b);
  const measure = await engine.measure({ model, text, marks }, signal === undefined ? {} : { signal });
  return budgetOf(text, blocks, marks, measure);
}

function budgetOf(
  text: string,
  blocks: readonly BlockPart[],
  marks: readonly number[],
  { before, ...measure }: TokenMeasure,
): TokenBudget {
  const { limit, total, special, system, keptLength, pooled } = measure;
  const counts = new Map(marks.map((mark, index) => [mark, before[index] ?? 0]));
  const countAt = (place: number): number => counts.get(place) ?? 0;
  const own = total - special - system;
  const kept = Math.min(own, Math.max(0, limit - special - system));
  const partOf = ({ id, name, start, end }: TextPart): PartBudget => {
    const [first, last] = [countAt(start), countAt(end)];
    return { id, name, tokens: last - first, cutTokens: Math.max(0, last - Math.max(first, kept)) };
  };
  const parts = blocks.map((block): BlockBudget => ({ ...partOf(block), fields: block.fields.map(partOf) }));
  const inBlocks = parts.reduce((sum, { tokens }) => sum + tokens, 0);
  const cut = own > kept ? { cut: cutOf(text, keptLength, own - kept, parts) } : {};
  return {
    limit,
    total,
    special,
    system,
    blocks: parts,
    other: own - inBlocks,
    ...cut,
    ...(pooled === undefined ? {} : { pooled }),
  };
}

function cutOf(text: string, keptLength: number, tokens: number, blocks: readonly BlockBudget[]): CutText {
  const block = blocks.find(({ cutTokens }) => cutTokens > 0);
  const field = block?.fields.find(({ cutTokens }) => cutTokens > 0);
  const from = block === undefined ? undefined : field === undefined ? block.name : `${block.name}/${field.name}`;
  return { tokens, ...(from === undefined ? {} : { from }), text: text.slice(keptLength) };
}
