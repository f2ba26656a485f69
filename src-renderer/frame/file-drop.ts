/** @file Files that are dropped where nothing waits for them: adapters are taken all the same, and no file replaces the page. */

import { withLoras } from "../generate/draft-loras.ts";
import type { AppState } from "../state/app.svelte.ts";

const ADAPTER = /\.safetensors$/i;

/** Before any part of the page sees the drop: weights are nothing that an editor could read. What was taken is marked so. */
export function takeAdapters(event: DragEvent, app: AppState): void {
  const files = [...(event.dataTransfer?.files ?? [])];
  const isAwaited = event.target instanceof Element && event.target.closest("[data-takes-files]") !== null;
  if (isAwaited || files.length === 0 || !files.every(({ name }) => ADAPTER.test(name))) return;
  event.preventDefault();
  void addToDraft(files, app);
}

async function addToDraft(files: readonly File[], { loras, draft, generate }: AppState): Promise<void> {
  const taken = await loras.send(files);
  if (taken.length === 0) return;
  generate.refusal = undefined;
  draft.changeSettings({
    loras: withLoras(
      draft.settings.loras ?? [],
      taken.map(({ file }) => file),
    ),
  });
}

/** What nobody has taken: a browser would open it in the place of the page. */
export function keepPage(event: DragEvent): void {
  if (event.dataTransfer?.types.includes("Files") === true) event.preventDefault();
}
