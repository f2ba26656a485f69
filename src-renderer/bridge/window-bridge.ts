/** @file The way to the studio inside Electron: the shell hands over message ports through the window: the studio's and its own. */

import { IMAGE_ROUTES } from "../../src-main/contract/studio.ts";
import type { Bridge } from "./bridge.ts";
import { portOverMessages } from "./message-port.ts";
import { windowDesktop } from "./window-desktop.ts";

/** What the preload script puts into the window. */
interface ShellDoor {
  /** Asks for ports, which then arrive as a window message. */
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
  const desktop = windowDesktop();
  return {
    async open() {
      const { studio, shell } = await receivePorts(door);
      desktop.attach(portOverMessages(shell));
      return portOverMessages(studio);
    },
    imageAddress: (id, form) => IMAGE_ROUTES[form] + encodeURIComponent(id),
    desktop,
  };
}

interface ShellPorts {
  readonly studio: MessagePort;
  readonly shell: MessagePort;
}

function receivePorts(door: ShellDoor): Promise<ShellPorts> {
  const { promise, resolve, reject } = Promise.withResolvers<ShellPorts>();
  const onMessage = (event: MessageEvent): void => {
    const [studio, shell] = event.ports;
    // Only the preload script shares our window object: nothing else may hand us a studio.
    if (event.source !== window || event.data !== PORT_MESSAGE || studio === undefined) return;
    if (shell !== undefined) resolve({ studio, shell });
  };
  window.addEventListener("message", onMessage);
  const timer = setTimeout(() => reject(new Error("the window was given no connection")), PORT_TIMEOUT_MS);
  void Promise.resolve(door.connect()).catch(reject);
  return promise.finally(() => {
    clearTimeout(timer);
    window.removeEventListener("message", onMessage);
  });
}
