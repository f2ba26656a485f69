/** @file Two ends of one connection inside the page. */

import type { Port, WireMessage } from "../../src-main/contract/wire.ts";

export function portPair(): readonly [Port, Port] {
  const listeners: [((message: unknown) => void)[], ((message: unknown) => void)[]] = [[], []];
  const closers: (() => void)[] = [];
  const end = (own: 0 | 1): Port => ({
    post: (message: WireMessage) => {
      // Copied and delivered later, as between two processes.
      const copy = structuredClone(message);
      setTimeout(() => {
        for (const listener of listeners[own === 0 ? 1 : 0]) listener(copy);
      });
    },
    onMessage: (listener) => void listeners[own].push(listener),
    onClose: (listener) => void closers.push(listener),
    close: () => {
      for (const closer of closers.splice(0)) closer();
    },
  });
  return [end(0), end(1)];
}
