/** @file A dropped or pasted file: pictures are read by the studio, everything else as text. */

import { incomingPicture, incomingText } from "../model/incoming.ts";
import type { EditorServices } from "../services.ts";
import type { EditorState } from "../state/editor-state.svelte.ts";

/** What is larger than this, in bytes, is no prompt and no picture that could be read in a message. */
const LARGEST_BYTES = 64 * 1024 * 1024;

export async function receiveFile(file: File, editor: EditorState, services: EditorServices): Promise<void> {
  editor.refusal = undefined;
  const isPicture = file.type === "image/png" || /\.png$/i.test(file.name);
  try {
    if (file.size > LARGEST_BYTES) throw new RangeError("the file is too large");
    if (!isPicture) {
      editor.incoming = incomingText(await file.text());
      return;
    }
    const bytes = new Uint8Array(await file.arrayBuffer());
    editor.incoming = incomingPicture(await services.readPng({ bytes }));
    if (editor.incoming === undefined) editor.refusal = "nothing-in-picture";
  } catch {
    editor.refusal = "unreadable";
  }
}
