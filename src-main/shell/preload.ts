/**
 * @file Runs in the page's process before the page, in a sandbox and a world of its own. Gives the page one thing: a way
 * to ask for the ports over which it talks to the studio and to the shell. They arrive as a window message, `tachie:port`.
 */

import { contextBridge, ipcRenderer } from "electron/renderer";
import { PAGE_CHANNELS } from "./page-channels.ts";

ipcRenderer.on(PAGE_CHANNELS.port, ({ ports }) => {
  window.postMessage(PAGE_CHANNELS.port, window.location.origin, [...ports]);
});

contextBridge.exposeInMainWorld("tachie", {
  connect: (): void => ipcRenderer.send(PAGE_CHANNELS.connect),
});
