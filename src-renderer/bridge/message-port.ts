/** @file A port of the wire over a `MessagePort`: messages travel by structured clone. */

import type { Port } from "../../src-main/contract/wire.ts";

export function portOverMessages(channel: MessagePort): Port {
  return {
    post: (message) => channel.postMessage(message),
    onMessage: (listener) => {
      channel.addEventListener("message", (event) => listener(event.data));
      // What arrived before there was a listener waits in the channel until it is started.
      channel.start();
    },
    onClose: (listener) => channel.addEventListener("close", () => listener(), { once: true }),
    close: () => channel.close(),
  };
}
