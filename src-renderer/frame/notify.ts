/** @file Tells the desktop that a queue has ended, where that is wished and the window is not looked at anyway. */

import type { QueuedJob } from "../../src-main/contract/jobs.ts";
import type { Texts } from "../messages/index.ts";
import { endMessage } from "./end-message.ts";

export function notifyEnd(jobs: readonly QueuedJob[], since: string, isWanted: boolean, texts: Texts): void {
  if (!isWanted || !document.hidden || !("Notification" in window) || Notification.permission !== "granted") return;
  const { title, body } = endMessage(jobs, since, texts);
  const notification = new Notification(title, { body, tag: "tachie-queue" });
  notification.addEventListener("click", () => window.focus());
}
