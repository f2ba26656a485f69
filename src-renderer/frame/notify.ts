/** @file Tells the desktop that a queue has ended, where that is wished; the desktop knows whether anybody looks anyway. */

import type { QueuedJob } from "../../src-main/contract/jobs.ts";
import type { Texts } from "../messages/index.ts";
import type { AppState } from "../state/app.svelte.ts";
import { endMessage } from "./end-message.ts";

export function notifyEnd(app: AppState, jobs: readonly QueuedJob[], since: string, texts: Texts): void {
  if (!app.settings.value.isNotificationWanted) return;
  void app.reports.attempt(app.desktop.notify(endMessage(jobs, since, texts)));
}
