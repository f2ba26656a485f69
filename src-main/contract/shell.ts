/**
 * @file What the window's shell does for its page, which is denied every permission: a narrow service on a port of its own
 * beside the studio's. In a browser the page has the browser's own ways.
 */

import type { ErrorData } from "./errors.ts";

/** UTF-16 units. */
export const SHELL_LIMITS = { title: 200, body: 500, clipboard: 1 << 20, id: 64, fileName: 200 } as const;
/** Files dragged at once. */
export const MOST_DRAGGED = 200;
/** Bytes of a file to be saved. */
export const MOST_SAVED_BYTES = 512 << 20;

export interface ShellMethods {
  /** Shows a notification of the desktop unless the window is being looked at; a click brings the window to the front. */
  notify(params: { readonly title: string; readonly body: string }): { readonly isShown: boolean };
  /** Puts a plain text on the clipboard. */
  writeClipboard(params: { readonly text: string }): Record<string, never>;
  /**
   * Goes on with a drag of the page's as one of files: those of stored pictures. To be called while the button is held.
   * @throws library.not-found where none of them has a file
   */
  dragPictures(params: { readonly ids: readonly string[] }): Record<string, never>;
  /**
   * Asks where to, and writes what the page has made.
   * @param params.name a file's name, which the reader may change
   * @returns where it was saved; nothing where the reader thought better of it
   * @throws file.unwritable, disk.full
   */
  saveFile(params: { readonly name: string; readonly bytes: Uint8Array }): { readonly file?: string };
  /** Starts the studio although it has failed too often. @throws studio.start-failed, studio.lost */
  startStudio(params: Record<string, never>): Record<string, never>;
}

/** Whether there is a studio. It is started by itself until it has failed too often. */
export type StudioHealth = { readonly kind: "fine" } | { readonly kind: "failed"; readonly error: ErrorData };

export interface ShellService {
  readonly methods: ShellMethods;
  readonly progress: Record<string, never>;
  /** Told at the beginning too. */
  readonly events: { readonly studio: StudioHealth };
}

export const SHELL_METHODS = [
  "notify",
  "writeClipboard",
  "dragPictures",
  "saveFile",
  "startStudio",
] as const satisfies readonly (keyof ShellMethods)[];
