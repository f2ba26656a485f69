/** @file What a page wants of the desktop around it: in the window the shell does it, in a browser the browser. */

import type { StudioHealth } from "../../src-main/contract/shell.ts";

export interface Desktop {
  /** Says something while nobody looks at the page. @returns whether it could be shown */
  notify(message: { readonly title: string; readonly body: string }): Promise<boolean>;
  /** Whether notifications may be shown; `ask` where the reader has not been asked. */
  readonly leave: "given" | "ask" | "refused";
  askLeave(): Promise<void>;
  /** Rejects where the clipboard may not be written to. */
  writeClipboard(text: string): Promise<void>;
  /** Goes on with a drag as one of the pictures' files; only a window can. */
  readonly dragPictures?: (ids: readonly string[]) => Promise<void>;
  /** Saves what the page has made where the reader wants it. */
  saveFile(name: string, bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** Starts a studio that has failed too often; only a window can. */
  readonly startStudio?: () => Promise<void>;
  /** Tells whether there is a studio to connect to, where anybody knows. */
  onStudio(listener: (health: StudioHealth) => void): void;
}

/** The browser's own ways. */
export function browserDesktop(): Desktop {
  return {
    notify({ title, body }) {
      if (!document.hidden || !("Notification" in window) || Notification.permission !== "granted")
        return Promise.resolve(false);
      const notification = new Notification(title, { body, tag: "tachie-queue" });
      notification.addEventListener("click", () => window.focus());
      return Promise.resolve(true);
    },
    get leave() {
      if (!("Notification" in window) || Notification.permission === "denied") return "refused";
      return Notification.permission === "granted" ? "given" : "ask";
    },
    async askLeave() {
      await Notification.requestPermission();
    },
    // Absent where the page came over an unencrypted network.
    writeClipboard: (text) =>
      (navigator.clipboard as Clipboard | undefined)?.writeText(text) ??
      Promise.reject(new Error("this page has no clipboard")),
    saveFile(name, bytes) {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([bytes]));
      link.download = name;
      link.click();
      // The download has begun with the click, or waits for the reader's leave with the bytes in hand.
      setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
      return Promise.resolve();
    },
    onStudio: () => undefined,
  };
}
