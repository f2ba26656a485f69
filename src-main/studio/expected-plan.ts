/** @file The picture that the author will most likely ask for next, as far as that decides what is to be loaded. */

import { requestOf } from "../contract/drafts.ts";
import type { Draft } from "../contract/drafts.ts";
import { isTachieError } from "../contract/errors.ts";
import type { GenerateRequest } from "../contract/generation.ts";
import type { Settings } from "../contract/settings.ts";
import type { GenerationPlan } from "./generation-plan.ts";

/** For a prompt that is not written yet, or not whole: as short as the shortest that anybody writes. */
const STAND_IN = "1girl";

/**
 * @param draft what stands in the editor; absent where nothing does yet
 * @throws as `plan` for everything but the texts
 */
export function expectedPlan(
  draft: Draft | undefined,
  { model }: Pick<Settings, "model">,
  plan: (request: GenerateRequest) => GenerationPlan,
): GenerationPlan {
  const drafted: GenerateRequest = draft === undefined ? { prompt: STAND_IN } : requestOf(draft);
  const chosen = drafted.model ?? model;
  const request = { ...drafted, seed: 0, count: 1, ...(chosen === undefined ? {} : { model: chosen }) };
  try {
    return plan(request);
  } catch (error) {
    if (!isTachieError(error, "prompt.malformed") && !isTachieError(error, "prompt.too-large")) throw error;
    return plan({ ...request, prompt: STAND_IN, negative: "" });
  }
}
