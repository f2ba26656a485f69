/**
 * @file Hands a port to the page that asks for one: the only message the shell takes from a page.
 */

import type { WebContents } from "electron/main";
import { MessageChannelMain, ipcMain } from "electron/main";
import type { Port } from "../contract/wire.ts";
import { electronPort } from "./electron-port.ts";
import { PAGE_CHANNELS } from "./page-channels.ts";
import { isFromPage } from "./page-sender.ts";

/** A page needs one; another that asks on and on closes its own oldest. */
const MOST_CONNECTIONS = 4;

/** @param connect takes the shell's end of every new connection */
export function acceptPages(connect: (page: Port) => void, onRefused: (reason: string) => void): void {
  const connections = new WeakMap<WebContents, readonly Port[]>();
  ipcMain.on(PAGE_CHANNELS.connect, (event) => {
    const { sender, senderFrame } = event;
    const isMainFrame = senderFrame !== null && senderFrame === sender.mainFrame;
    if (!isFromPage({ isMainFrame, url: senderFrame?.url })) {
      onRefused(`a message from ${senderFrame?.url ?? "a frame that is gone"} was refused`);
      return;
    }
    const { port1, port2 } = new MessageChannelMain();
    const page = electronPort(port1);
    const all = [...(connections.get(sender) ?? []), page];
    for (const oldest of all.slice(0, -MOST_CONNECTIONS)) oldest.close();
    connections.set(sender, all.slice(-MOST_CONNECTIONS));
    senderFrame?.postMessage(PAGE_CHANNELS.port, null, [port2]);
    connect(page);
  });
}
