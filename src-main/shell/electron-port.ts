/** @file A message port of Electron's main process as a port of ours. */

import type { MessagePortMain } from "electron/main";
import type { Port } from "../contract/wire.ts";
import { PortListeners } from "../process/port-listeners.ts";

export function electronPort(port: MessagePortMain): Port {
  const listeners = new PortListeners();
  port.on("message", ({ data }) => listeners.deliver(data));
  port.on("close", () => listeners.closed());
  port.start();
  return {
    post(message) {
      if (!listeners.isClosed) port.postMessage(message);
    },
    onMessage: (listener) => listeners.onMessage(listener),
    onClose: (listener) => listeners.onClose(listener),
    close() {
      if (listeners.isClosed) return;
      port.close();
      // Electron tells only the other side of an end that was wanted.
      queueMicrotask(() => listeners.closed());
    },
  };
}
