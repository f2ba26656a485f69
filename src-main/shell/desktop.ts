/** @file The desktop's notifications and clipboard, as Electron reaches them. */

import { Notification, clipboard } from "electron/main";
import type { BrowserWindow } from "electron/main";
import type { Desktop } from "./page-service.ts";

/** @param findWindow the one window, where it is open */
export function electronDesktop(findWindow: () => BrowserWindow | undefined): Desktop {
  // Kept, since one that is collected is no longer heard of; and closed by the next, so that they do not pile up.
  let last: Notification | undefined;
  return {
    notify(title, body) {
      if (!Notification.isSupported() || findWindow()?.isFocused() === true) return false;
      last?.close();
      last = new Notification({ title, body });
      last.on("click", () => {
        const window = findWindow();
        if (window?.isMinimized() === true) window.restore();
        window?.focus();
      });
      last.show();
      return true;
    },
    writeClipboard: (text) => clipboard.writeText(text),
  };
}
