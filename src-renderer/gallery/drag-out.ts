/**
 * @file Pictures dragged to other programs: in the window the shell hands over the files themselves; a browser takes one
 * picture as a download and gives the others their addresses.
 */

import type { AppState } from "../state/app.svelte.ts";

export function dragPictures(event: DragEvent, ids: readonly string[], { desktop, pictures, reports }: AppState): void {
  if (desktop.dragPictures !== undefined) {
    // The shell's own drag takes the place of the page's.
    event.preventDefault();
    void reports.attempt(desktop.dragPictures(ids));
    return;
  }
  const addresses = ids.map((id) => new URL(pictures.image(id), document.baseURI).href);
  const [first] = addresses;
  if (event.dataTransfer === null || first === undefined) return;
  event.dataTransfer.effectAllowed = "copy";
  event.dataTransfer.setData("text/uri-list", addresses.join("\r\n"));
  // Chromium's own: type, name and address of a file that comes into being where it is dropped.
  event.dataTransfer.setData("DownloadURL", `image/png:${ids[0] ?? "picture"}.png:${first}`);
}
