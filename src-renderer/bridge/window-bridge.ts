/** @file The way to the studio inside Electron: the shell hands over a message port through the window. */

import { IMAGE_ROUTES } from "../../src-main/contract/studio.ts";
import type { Port } from "../../src-main/contract/wire.ts";
import type { Bridge } from "./bridge.ts";
import { portOverMessages } from "./message-port.ts";

/** What the preload script puts into the window. */
interface ShellDoor {
  /** Asks for a port, which then arrives as a window message. */
  connect(): unknown;
}

declare global {
  interface Window {
    readonly tachie?: ShellDoor;
  }
}

const PORT_MESSAGE = "tachie:port";
const PORT_TIMEOUT_MS = 10_000;

export function windowBridge(door: ShellDoor): Bridge {
  return { open: () => receivePort(door), imageAddress: (id, form) => IMAGE_ROUTES[form] + encodeURIComponent(id) };
}

function receivePort(door: ShellDoor): Promise<Port> {
  const { promise, resolve, reject } = Promise.withResolvers<Port>();
  const onMessage = (event: MessageEvent): void => {
    const [channel] = event.ports;
    // Only the preload script shares our window object: nothing else may hand us a studio.
    if (event.source !== window || event.data !== PORT_MESSAGE || channel === undefined) return;
    resolve(portOverMessages(channel));
  };
  window.addEventListener("message", onMessage);
  const timer = setTimeout(() => reject(new Error("the window was given no connection")), PORT_TIMEOUT_MS);
  void Promise.resolve(door.connect()).catch(reject);
  return promise.finally(() => {
    clearTimeout(timer);
    window.removeEventListener("message", onMessage);
  });
}
