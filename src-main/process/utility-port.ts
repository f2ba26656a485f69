/**
 * @file The child's end of the wire in an Electron utility process. The owner hands over a message port with its first
 * message, since such a port tells of its end and the process's own channel does not.
 *
 * Written against what Electron documents rather than with its types: the programs that use it know nothing of Electron.
 */

import type { Port, WireMessage } from "../contract/wire.ts";
import { PortListeners } from "./port-listeners.ts";

interface ElectronPort {
  on(event: "message", listener: (event: { readonly data: unknown }) => void): void;
  on(event: "close", listener: () => void): void;
  start(): void;
  postMessage(message: unknown): void;
  close(): void;
}

interface ElectronParent {
  once(event: "message", listener: (event: { readonly ports: readonly ElectronPort[] }) => void): void;
}

/** @returns undefined in any other process */
export function utilityParentPort(): Port | undefined {
  const { parentPort } = process as { parentPort?: ElectronParent };
  if (parentPort === undefined) return undefined;
  const listeners = new PortListeners();
  let port: ElectronPort | undefined;
  let early: WireMessage[] = [];
  parentPort.once("message", ({ ports: [given] }) => {
    if (given === undefined || listeners.isClosed) return;
    port = given;
    given.on("message", ({ data }) => listeners.deliver(data));
    given.on("close", () => listeners.closed());
    given.start();
    for (const message of early) given.postMessage(message);
    early = [];
  });
  return {
    post(message) {
      if (listeners.isClosed) return;
      if (port === undefined) early.push(message);
      else port.postMessage(message);
    },
    onMessage: (listener) => listeners.onMessage(listener),
    onClose: (listener) => listeners.onClose(listener),
    close() {
      port?.close();
      listeners.closed();
    },
  };
}
