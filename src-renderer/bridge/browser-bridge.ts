/** @file The way to the studio in a browser: a WebSocket to the server that the page came from. */

import { decodeMessage, encodeMessage } from "../../src-main/contract/message-codec.ts";
import { IMAGE_ROUTES } from "../../src-main/contract/studio.ts";
import type { Port } from "../../src-main/contract/wire.ts";
import type { Bridge } from "./bridge.ts";
import { browserDesktop } from "./desktop.ts";
import { socketAddress } from "./socket-address.ts";

export function browserBridge(): Bridge {
  return {
    open: () => openSocket(socketAddress(window.location)),
    imageAddress: (id, form) => IMAGE_ROUTES[form] + encodeURIComponent(id),
    desktop: browserDesktop(),
  };
}

function openSocket(address: string): Promise<Port> {
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  const { promise, resolve, reject } = Promise.withResolvers<Port>();
  socket.addEventListener("open", () => resolve(portOverSocket(socket)), { once: true });
  socket.addEventListener("close", () => reject(new Error("the server cannot be reached")), { once: true });
  return promise;
}

function portOverSocket(socket: WebSocket): Port {
  // The first message may come before anybody listens: it is kept until then.
  const early: unknown[] = [];
  let listener: ((message: unknown) => void) | undefined;
  socket.addEventListener("message", (event: MessageEvent<unknown>) => {
    try {
      const message = event.data instanceof ArrayBuffer ? decodeMessage(new Uint8Array(event.data)) : undefined;
      if (listener === undefined) early.push(message);
      else listener(message);
    } catch {
      // A frame that cannot be read means that the other side is not what we took it for.
      socket.close();
    }
  });
  return {
    post: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(encodeMessage(message));
    },
    onMessage: (taken) => {
      listener = taken;
      for (const message of early.splice(0)) taken(message);
    },
    onClose: (taken) => socket.addEventListener("close", () => taken(), { once: true }),
    close: () => socket.close(),
  };
}
