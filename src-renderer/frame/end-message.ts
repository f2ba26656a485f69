/** @file What is said when a queue has ended. */

import type { QueuedJob } from "../../src-main/contract/jobs.ts";
import type { Texts } from "../messages/index.ts";

/** @param since ISO 8601: jobs queued before belong to an earlier queue */
export function endMessage(jobs: readonly QueuedJob[], since: string, texts: Texts): { title: string; body: string } {
  const recent = jobs.filter(({ createdAt }) => createdAt >= since);
  const pictures = recent.reduce((sum, { images }) => sum + images.length, 0);
  const failed = recent.filter(({ state }) => state === "failed").length;
  return { title: texts.queue.ended(pictures), body: failed === 0 ? "" : texts.queue.endedFailed(failed) };
}
