/**
 * @file The application's menu: the platform's usual entries under its usual shortcuts. What belongs to the page (generate,
 * save a character) has its shortcuts in the page, so that both fronts have them.
 */

import type { MenuItemConstructorOptions } from "electron/main";
import type { MenuLabels } from "./menu-labels.ts";

type Item = MenuItemConstructorOptions;

export interface MenuOptions {
  readonly labels: MenuLabels;
  readonly platform: NodeJS.Platform;
  readonly isDevelopment: boolean;
  readonly showLibrary: () => void;
  /** Steps of the interface's size, or `reset`: the same as the page's own setting, and not the browser's zoom. */
  readonly zoom: (steps: 1 | -1 | "reset") => void;
}

const SEPARATOR: Item = { type: "separator" };

export function menuTemplate({ labels, platform, isDevelopment, showLibrary, zoom }: MenuOptions): Item[] {
  const isMac = platform === "darwin";
  const quit: Item = { role: "quit", label: labels.quit, ...(isMac ? {} : { accelerator: "Ctrl+Q" }) };
  const about: Item = { role: "about", label: labels.about };
  const application: Item = {
    role: "appMenu",
    submenu: [
      about,
      SEPARATOR,
      { role: "services", label: labels.services },
      SEPARATOR,
      { role: "hide", label: labels.hide },
      { role: "hideOthers", label: labels.hideOthers },
      { role: "unhide", label: labels.showAll },
      SEPARATOR,
      quit,
    ],
  };
  const file: Item = {
    id: "file",
    label: labels.file,
    submenu: [
      { id: "show-library", label: labels.showLibrary, accelerator: "CmdOrCtrl+Shift+L", click: showLibrary },
      SEPARATOR,
      { role: "close", label: labels.closeWindow },
      ...(isMac ? [] : [quit]),
    ],
  };
  const help: Item = { id: "help", label: labels.help, submenu: [about] };
  return [
    ...(isMac ? [application] : []),
    file,
    edit(labels),
    view(labels, isDevelopment, zoom),
    window(labels, isMac),
    ...(isMac ? [] : [help]),
  ];
}

function edit(labels: MenuLabels): Item {
  return {
    id: "edit",
    label: labels.edit,
    submenu: [
      { role: "undo", label: labels.undo },
      { role: "redo", label: labels.redo },
      SEPARATOR,
      { role: "cut", label: labels.cut },
      { role: "copy", label: labels.copy },
      { role: "paste", label: labels.paste },
      { role: "pasteAndMatchStyle", label: labels.pastePlain },
      { role: "delete", label: labels.delete },
      SEPARATOR,
      { role: "selectAll", label: labels.selectAll },
    ],
  };
}

function view(labels: MenuLabels, isDevelopment: boolean, zoom: MenuOptions["zoom"]): Item {
  return {
    id: "view",
    label: labels.view,
    submenu: [
      { id: "zoom-reset", label: labels.actualSize, accelerator: "CmdOrCtrl+0", click: () => zoom("reset") },
      { id: "zoom-in", label: labels.zoomIn, accelerator: "CmdOrCtrl+Plus", click: () => zoom(1) },
      // The key without Shift, which is what hands press.
      { label: labels.zoomIn, accelerator: "CmdOrCtrl+=", visible: false, click: () => zoom(1) },
      { id: "zoom-out", label: labels.zoomOut, accelerator: "CmdOrCtrl+-", click: () => zoom(-1) },
      SEPARATOR,
      { role: "togglefullscreen", label: labels.fullScreen },
      ...(isDevelopment
        ? [
            SEPARATOR,
            { role: "reload", label: labels.reload } as const,
            { role: "toggleDevTools", label: labels.developerTools } as const,
          ]
        : []),
    ],
  };
}

function window(labels: MenuLabels, isMac: boolean): Item {
  return {
    role: "windowMenu",
    label: labels.window,
    submenu: [
      { role: "minimize", label: labels.minimize },
      ...(isMac
        ? [
            { role: "zoom", label: labels.zoomWindow } as const,
            SEPARATOR,
            { role: "front", label: labels.bringAllToFront } as const,
          ]
        : []),
    ],
  };
}

/** What a right click in the page offers; nothing where there is nothing to do. */
export function contextTemplate(labels: MenuLabels, isEditable: boolean, hasSelection: boolean): Item[] {
  if (isEditable)
    return [
      { role: "undo", label: labels.undo },
      { role: "redo", label: labels.redo },
      SEPARATOR,
      { role: "cut", label: labels.cut, enabled: hasSelection },
      { role: "copy", label: labels.copy, enabled: hasSelection },
      { role: "paste", label: labels.paste },
      SEPARATOR,
      { role: "selectAll", label: labels.selectAll },
    ];
  return hasSelection ? [{ role: "copy", label: labels.copy }] : [];
}
