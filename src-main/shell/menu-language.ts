/** @file Shows the menu in the interface's language, which is a setting of the studio and may change at any time. */

import { Menu, app } from "electron/main";
import type { BrowserWindow } from "electron/main";
import type { Settings } from "../contract/settings.ts";
import { INITIAL_SETTINGS } from "../contract/settings.ts";
import { MENU_LABELS, chooseLanguage } from "./menu-labels.ts";
import { contextTemplate, menuTemplate } from "./menu.ts";

export interface AppMenu {
  /** To be told of every setting that has changed. */
  follow(settings: Pick<Settings, "language">): void;
  /** Gives a window its menu for right clicks. */
  addTo(window: BrowserWindow): void;
}

export function createAppMenu(options: { readonly isDevelopment: boolean; readonly showLibrary: () => void }): AppMenu {
  let language = chooseLanguage(INITIAL_SETTINGS.language, app.getPreferredSystemLanguages());
  const build = (): void => {
    const template = menuTemplate({ ...options, labels: MENU_LABELS[language], platform: process.platform });
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  };
  build();
  return {
    follow(settings) {
      const next = chooseLanguage(settings.language, app.getPreferredSystemLanguages());
      if (next === language) return;
      language = next;
      build();
    },
    addTo(window) {
      window.webContents.on("context-menu", (_, { isEditable, selectionText }) => {
        const template = contextTemplate(MENU_LABELS[language], isEditable, selectionText !== "");
        if (template.length > 0) Menu.buildFromTemplate(template).popup({ window });
      });
    },
  };
}
