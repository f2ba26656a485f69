/** @file The one window: made where it was, shown when it has something to show, its place kept. */

import path from "node:path";
import { fileURLToPath } from "node:url";
import { BrowserWindow, nativeTheme, screen } from "electron/main";
import type { WebPreferences } from "electron/main";
import { packageRoot } from "../process/package-root.ts";
import { createRestartBudget } from "../process/restart-budget.ts";
import { PAGE_ADDRESS } from "./address.ts";
import { forbidDeveloperTools } from "./page-confinement.ts";
import { SMALLEST, placeWindow } from "./window-state.ts";
import type { WindowStateFile } from "./window-state-file.ts";

export interface WindowOptions {
  readonly state: WindowStateFile;
  readonly isDevelopment: boolean;
  readonly onError: (error: unknown) => void;
}

/** Long enough for a drag to end. */
const SAVE_AFTER_MS = 500;

const PREFERENCES: WebPreferences = {
  preload: fileURLToPath(new URL("./preload.cjs", import.meta.url)),
  sandbox: true,
  contextIsolation: true,
  nodeIntegration: false,
  nodeIntegrationInWorker: false,
  nodeIntegrationInSubFrames: false,
  webviewTag: false,
  webSecurity: true,
  allowRunningInsecureContent: false,
  navigateOnDragDrop: false,
  // Its dictionaries would be downloaded.
  spellcheck: false,
};

export function openWindow({ state, isDevelopment, onError }: WindowOptions): BrowserWindow {
  const main = screen.getPrimaryDisplay();
  const others = screen.getAllDisplays().filter(({ id }) => id !== main.id);
  const place = placeWindow(
    state.read(),
    [main, ...others].map(({ workArea }) => workArea),
  );
  const window = new BrowserWindow({
    ...place.bounds,
    minWidth: SMALLEST.width,
    minHeight: SMALLEST.height,
    title: "Tachie",
    // Elsewhere the system takes it from the application.
    ...(process.platform === "linux" ? { icon: path.join(packageRoot(), "assets/icons/256x256.png") } : {}),
    show: false,
    backgroundColor: nativeTheme.shouldUseDarkColors ? "#17161a" : "#faf9fb",
    webPreferences: { ...PREFERENCES, devTools: isDevelopment },
  });
  if (place.isMaximized) window.maximize();
  window.once("ready-to-show", () => window.show());
  if (!isDevelopment) forbidDeveloperTools(window.webContents);
  keepState(window, state);
  recoverPage(window, onError);
  // A page may be asked to stay by its own `beforeunload`; whatever it must keep it keeps in that moment.
  window.webContents.on("will-prevent-unload", (event) => event.preventDefault());
  window.loadURL(PAGE_ADDRESS).catch(onError);
  return window;
}

function keepState(window: BrowserWindow, state: WindowStateFile): void {
  let timer: NodeJS.Timeout | undefined;
  const save = (): void => {
    clearTimeout(timer);
    state.write({ bounds: window.getNormalBounds(), isMaximized: window.isMaximized() });
  };
  const saveSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER_MS);
  };
  window.on("resize", saveSoon);
  window.on("move", saveSoon);
  window.on("maximize", saveSoon);
  window.on("unmaximize", saveSoon);
  window.on("close", save);
}

/** A page whose process has died is loaded again, unless it dies again and again. */
function recoverPage(window: BrowserWindow, onError: (error: unknown) => void): void {
  const budget = createRestartBudget();
  window.webContents.on("render-process-gone", (_, { reason, exitCode }) => {
    if (reason === "clean-exit") return;
    onError(new Error(`the page's process ended: ${reason} (${exitCode})`));
    budget.recordFailure();
    if (!budget.isSpent()) window.loadURL(PAGE_ADDRESS).catch(onError);
  });
}
