/** @file The desktop's notifications, clipboard, drags and dialogs, as Electron reaches them. */

import { writeFile } from "node:fs/promises";
import { nativeImage } from "electron/common";
import { Notification, clipboard, dialog } from "electron/main";
import type { BrowserWindow } from "electron/main";
import { TachieError } from "../contract/errors.ts";
import type { Desktop } from "./page-service.ts";

/** Pixels of the small picture at the pointer. */
const DRAG_ICON = 96;

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
    dragFiles(files) {
      const [file] = files;
      if (file === undefined) return;
      const icon = nativeImage.createFromPath(file).resize({ width: DRAG_ICON });
      findWindow()?.webContents.startDrag({ file, files: [...files], icon });
    },
    async saveFile(name, bytes) {
      const window = findWindow();
      if (window === undefined) return undefined;
      const { canceled, filePath } = await dialog.showSaveDialog(window, { defaultPath: name });
      if (canceled || filePath === "") return undefined;
      try {
        await writeFile(filePath, bytes);
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        throw new TachieError(code === "ENOSPC" ? "disk.full" : "file.unwritable", message, {
          where: filePath,
          cause: error,
        });
      }
      return filePath;
    },
  };
}
