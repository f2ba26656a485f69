/** @file Tells the desktop that a queue has ended, where that is wished and the window is not looked at anyway. */

import type { QueuedJob } from "../../src-main/contract/jobs.ts";
import type { Texts } from "../messages/index.ts";

export function notifyEnd(jobs: readonly QueuedJob[], since: string, isWanted: boolean, texts: Texts): void {
  if (!isWanted || !document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
  const { title, body } = endMessage(jobs, since, texts);
  const notification = new Notification(title, { body, tag: "tachie-queue" });
  notification.addEventListener("click", () => window.focus());
}

/** @param since ISO 8601: jobs queued before belong to an earlier queue */
export function endMessage(jobs: readonly QueuedJob[], since: string, texts: Texts): { title: string; body: string } {
  const recent = jobs.filter(({ createdAt }) => createdAt >= since);
  const pictures = recent.reduce((sum, { images }) => sum + images.length, 0);
  const failed = recent.filter(({ state }) => state === "failed").length;
  return { title: texts.queue.ended(pictures), body: failed === 0 ? "" : texts.queue.endedFailed(failed) };
}
