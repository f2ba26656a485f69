/** @file Shows the menu in the interface's language, which is a setting of the studio and may change at any time. */

import { Menu, app } from "electron/main";
import type { BrowserWindow } from "electron/main";
import type { Settings } from "../contract/settings.ts";
import { INITIAL_SETTINGS, zoomBy } from "../contract/settings.ts";
import { MENU_LABELS, chooseLanguage } from "./menu-labels.ts";
import { contextTemplate, menuTemplate } from "./menu.ts";

export interface AppMenu {
  /** To be told of every setting that has changed. */
  follow(settings: Pick<Settings, "language" | "zoom">): void;
  /** Gives a window its menu for right clicks, and its wheel with Ctrl what the menu's zoom does. */
  addTo(window: BrowserWindow): void;
}

export interface AppMenuOptions {
  readonly isDevelopment: boolean;
  readonly showLibrary: () => void;
  readonly changeZoom: (zoom: number) => void;
}

export function createAppMenu(options: AppMenuOptions): AppMenu {
  let size = INITIAL_SETTINGS.zoom;
  const zoom = (steps: 1 | -1 | "reset"): void =>
    options.changeZoom(steps === "reset" ? INITIAL_SETTINGS.zoom : zoomBy(size, steps));
  let language = chooseLanguage(INITIAL_SETTINGS.language, app.getPreferredSystemLanguages());
  const build = (): void => {
    const template = menuTemplate({ ...options, zoom, labels: MENU_LABELS[language], platform: process.platform });
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  };
  build();
  return {
    follow(settings) {
      size = settings.zoom;
      const next = chooseLanguage(settings.language, app.getPreferredSystemLanguages());
      if (next === language) return;
      language = next;
      build();
    },
    addTo(window) {
      window.webContents.on("zoom-changed", (_, direction) => zoom(direction === "in" ? 1 : -1));
      window.webContents.on("context-menu", (_, { isEditable, selectionText }) => {
        const template = contextTemplate(MENU_LABELS[language], isEditable, selectionText !== "");
        if (template.length > 0) Menu.buildFromTemplate(template).popup({ window });
      });
    },
  };
}
