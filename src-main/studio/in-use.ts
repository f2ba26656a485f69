/** @file Which models and adapters jobs still need, so that nothing is removed under them. */

import { isTachieError } from "../contract/errors.ts";
import type { GenerateRequest } from "../contract/generation.ts";
import type { QueueState } from "../contract/jobs.ts";
import type { GenerationPlan } from "./generation-plan.ts";

export interface InUse {
  /** Notes what a plan needs while its pictures are made outside the queue. */
  during<T>(plan: GenerationPlan, task: () => Promise<T>): Promise<T>;
  /** @param file a model's folder or an adapter's file, absolute */
  has(file: string): boolean;
}

/** @param modelOf the model that a request means; what it throws says that the request needs none that is there */
export function createInUse(
  queue: () => QueueState,
  modelOf: (request: GenerateRequest) => { readonly folder: string },
): InUse {
  const noted = new Map<string, number>();
  const note = (files: readonly string[], by: 1 | -1): void => {
    for (const file of files) noted.set(file, (noted.get(file) ?? 0) + by);
  };
  function needsOf(request: GenerateRequest): readonly string[] {
    const loras = (request.loras ?? []).map(({ file }) => file);
    try {
      return [modelOf(request).folder, ...loras];
    } catch (error) {
      if (!isTachieError(error)) throw error;
      return loras; // a model that cannot be read is told of when the job's turn comes
    }
  }
  return {
    async during({ model, jobs }, task) {
      const files = [model.folder, ...(jobs[0]?.loras ?? []).map(({ file }) => file)];
      note(files, 1);
      try {
        return await task();
      } finally {
        note(files, -1);
      }
    },
    has(file) {
      if ((noted.get(file) ?? 0) > 0) return true;
      const open = queue().jobs.filter(({ state }) => state === "waiting" || state === "running");
      return open.some(({ request }) => needsOf(request).includes(file));
    },
  };
}
