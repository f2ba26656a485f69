/**
 * @file Several connections over one port: a child process has a single channel to its owner, but serves several clients
 * over it and is a client itself. Either side opens a channel by name; each channel is a `Port` of its own.
 *
 * An envelope travels as an event, so that it has the form of a message on every transport. Ids are counted by the side
 * that opened a channel, hence every envelope says whose count its id belongs to.
 */

import type { Port, WireMessage } from "../contract/wire.ts";
import { PortListeners } from "./port-listeners.ts";

/** Channels between the studio and whoever started it. */
export const STUDIO_CHANNELS = {
  /** Opened by the owner, who serves the engine on it. */
  engine: "engine",
  /** Opened by the owner, once for each window: this and a name that is unique. The studio serves itself on it. */
  clientPrefix: "client:",
} as const;

export interface MuxPort {
  /** Opens a channel; the other side's `onOpen` is told its name. Messages posted before it listens wait. */
  open(name: string): Port;
  /** Called for every channel that the other side opens, those of before included. A port that is not wanted is to be closed. */
  onOpen(listener: (name: string, port: Port) => void): void;
}

type Envelope =
  | { readonly op: "open"; readonly id: number; readonly name: string }
  /** `isOpener`: the sender of this envelope opened the channel. */
  | { readonly op: "message"; readonly id: number; readonly isOpener: boolean; readonly message: WireMessage }
  | { readonly op: "close"; readonly id: number; readonly isOpener: boolean };

const ENVELOPE = "mux";

/** Both ends of `port` must be given to this; nothing else may listen on it. */
export function muxPort(port: Port): MuxPort {
  /** By id: those that this side opened, and those that the other side opened. */
  const own = new Map<number, PortListeners>();
  const theirs = new Map<number, PortListeners>();
  const unseen: (readonly [string, Port])[] = [];
  let opened: ((name: string, port: Port) => void) | undefined;
  let nextId = 1;
  let isClosed = false;

  const post = (payload: Envelope): void => {
    if (!isClosed) port.post({ kind: "event", name: ENVELOPE, payload });
  };

  function channel(id: number, isOpener: boolean): Port {
    const channels = isOpener ? own : theirs;
    const listeners = new PortListeners();
    if (isClosed) queueMicrotask(() => listeners.closed());
    else channels.set(id, listeners);
    return {
      post(message) {
        if (channels.get(id) === listeners) post({ op: "message", id, isOpener, message });
      },
      onMessage: (listener) => listeners.onMessage(listener),
      onClose: (listener) => listeners.onClose(listener),
      close() {
        if (channels.get(id) !== listeners) return;
        channels.delete(id);
        post({ op: "close", id, isOpener });
        queueMicrotask(() => listeners.closed());
      },
    };
  }

  function take(envelope: Envelope): void {
    if (envelope.op === "open") {
      if (theirs.has(envelope.id)) return;
      const taken = channel(envelope.id, false);
      if (opened === undefined) unseen.push([envelope.name, taken]);
      else opened(envelope.name, taken);
      return;
    }
    const channels = envelope.isOpener ? theirs : own;
    const listeners = channels.get(envelope.id);
    // A channel that this side has just closed: the other side does not know yet.
    if (listeners === undefined) return;
    if (envelope.op === "message") {
      listeners.deliver(envelope.message);
      return;
    }
    channels.delete(envelope.id);
    listeners.closed();
  }

  port.onMessage((message) => {
    const envelope = readEnvelope(message);
    if (envelope !== undefined) take(envelope);
  });
  port.onClose(() => {
    isClosed = true;
    for (const channels of [own, theirs]) {
      const ending = [...channels.values()];
      channels.clear();
      for (const listeners of ending) listeners.closed();
    }
  });
  return {
    open(name) {
      const id = nextId++;
      post({ op: "open", id, name });
      return channel(id, true);
    },
    onOpen(listener) {
      opened = listener;
      for (const [name, waiting] of unseen.splice(0)) listener(name, waiting);
    },
  };
}

/** @returns undefined for anything that is no envelope; what is inside a message is for the channel's listener to check */
function readEnvelope(message: unknown): Envelope | undefined {
  if (!isRecord(message) || message["kind"] !== "event" || message["name"] !== ENVELOPE) return undefined;
  const payload = message["payload"];
  if (!isRecord(payload) || !Number.isSafeInteger(payload["id"])) return undefined;
  const hasSide = typeof payload["isOpener"] === "boolean";
  switch (payload["op"]) {
    case "open":
      return typeof payload["name"] === "string" ? (payload as unknown as Envelope) : undefined;
    case "message":
      return hasSide && "message" in payload ? (payload as unknown as Envelope) : undefined;
    case "close":
      return hasSide ? (payload as unknown as Envelope) : undefined;
    default:
      return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
