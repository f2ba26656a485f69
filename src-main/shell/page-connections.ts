/**
 * @file Hands its ports to the page that asks for them: the studio's and the shell's own. That is the only message the
 * shell takes from a page other than over these.
 */

import type { WebContents } from "electron/main";
import { MessageChannelMain, ipcMain } from "electron/main";
import type { Port } from "../contract/wire.ts";
import { electronPort } from "./electron-port.ts";
import { PAGE_CHANNELS } from "./page-channels.ts";
import { isFromPage } from "./page-sender.ts";

/** A page needs one pair; another that asks on and on closes its own oldest. */
const MOST_CONNECTIONS = 4;

/** @param connect takes the shell's ends of every new connection: of the port to the studio, and of that to the shell */
export function acceptPages(connect: (studio: Port, shell: Port) => void, onRefused: (reason: string) => void): void {
  const connections = new WeakMap<WebContents, readonly (readonly Port[])[]>();
  ipcMain.on(PAGE_CHANNELS.connect, (event) => {
    const { sender, senderFrame } = event;
    const isMainFrame = senderFrame !== null && senderFrame === sender.mainFrame;
    if (!isFromPage({ isMainFrame, url: senderFrame?.url })) {
      onRefused(`a message from ${senderFrame?.url ?? "a frame that is gone"} was refused`);
      return;
    }
    const [studio, shell] = [new MessageChannelMain(), new MessageChannelMain()];
    const ends = [electronPort(studio.port1), electronPort(shell.port1)] as const;
    const all = [...(connections.get(sender) ?? []), ends];
    for (const oldest of all.slice(0, -MOST_CONNECTIONS).flat()) oldest.close();
    connections.set(sender, all.slice(-MOST_CONNECTIONS));
    senderFrame?.postMessage(PAGE_CHANNELS.port, null, [studio.port2, shell.port2]);
    connect(...ends);
  });
}
