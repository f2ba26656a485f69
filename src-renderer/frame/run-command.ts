/** @file What the keys of `shortcuts.ts` do. */

import { VIEWS } from "../state/app.svelte.ts";
import type { AppState } from "../state/app.svelte.ts";
import type { Command } from "./shortcuts.ts";

export function runCommand(command: Command, app: AppState): void {
  switch (command.kind) {
    case "generate":
      void app.generate.generate();
      return;
    case "cancel":
      if (app.queue.running !== undefined) void app.queue.cancel(app.queue.running.id);
      return;
    case "zoom":
      app.settings.zoomBy(command.steps);
      return;
    case "zoomReset":
      void app.settings.change({ zoom: 1 });
      return;
    case "view":
      app.view = VIEWS[command.place] ?? app.view;
      return;
    case "nextPane":
      focusPane(1);
      return;
    case "previousPane":
      focusPane(-1);
      return;
  }
}

/** Panes are marked in the document; hidden ones are passed over. */
function focusPane(by: 1 | -1): void {
  const panes = [...document.querySelectorAll<HTMLElement>("[data-pane]")].filter((pane) => pane.checkVisibility());
  const present = panes.findIndex((pane) => pane.contains(document.activeElement));
  const next = present < 0 ? 0 : (present + by + panes.length) % panes.length;
  panes[next]?.focus();
}
