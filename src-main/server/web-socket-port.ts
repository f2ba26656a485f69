/**
 * @file The wire over a WebSocket, the server's end: one socket is one port, one binary frame one message.
 *
 * Whoever sends what is no message is told so and cut off, since nothing that follows can be trusted to be understood. For
 * whoever reads slowly nothing piles up: progress is left out, which the next progress makes up for.
 */

import { WebSocket } from "ws";
import type { RawData } from "ws";
import { MESSAGE_LIMITS, decodeMessage, encodeMessage } from "../contract/message-codec.ts";
import { toErrorData } from "../contract/errors.ts";
import type { Port, WireMessage } from "../contract/wire.ts";
import { isWireMessage } from "../contract/wire.ts";
import { PortListeners } from "../process/port-listeners.ts";

/** Bytes that wait to be sent to one page. */
export interface BacklogLimits {
  /** Above this, progress goes without its preview. */
  readonly previewBytes: number;
  /** Above this, progress is left out. */
  readonly progressBytes: number;
  /** Above this, the page counts as gone. */
  readonly totalBytes: number;
}

/** A preview has a few dozen kilobytes; the largest answers have some megabytes. */
export const BACKLOG_LIMITS: BacklogLimits = {
  previewBytes: 1024 * 1024,
  progressBytes: 4 * 1024 * 1024,
  totalBytes: 2 * MESSAGE_LIMITS.frameBytes,
};

/** Codes of RFC 6455, section 7.4.1. */
export const CLOSE_CODES = { goingAway: 1001, unsupported: 1003, invalid: 1007, tooSlow: 1013 } as const;
/** The protocol allows 123 bytes. */
const MAX_REASON_LENGTH = 120;
/** How long the other side may take to answer a close. */
const CLOSE_WAIT_MS = 2000;

export function webSocketPort(socket: WebSocket, limits: BacklogLimits = BACKLOG_LIMITS): Port {
  const listeners = new PortListeners();
  socket.binaryType = "nodebuffer";
  socket.on("error", () => undefined); // a frame against the protocol, or a broken connection: `close` follows
  socket.on("close", () => listeners.closed());
  socket.on("message", (data, isBinary) => {
    if (socket.readyState !== WebSocket.OPEN) return; // what a client that was cut off had sent on
    if (!isBinary) {
      closeSocket(socket, CLOSE_CODES.unsupported, "messages are binary frames");
      return;
    }
    try {
      const message = decodeMessage(asBytes(data));
      if (isWireMessage(message)) listeners.deliver(message);
      else closeSocket(socket, CLOSE_CODES.invalid, "a frame that is no message");
    } catch (error) {
      closeSocket(socket, CLOSE_CODES.invalid, toErrorData(error).message);
    }
  });
  return {
    post(message) {
      if (socket.readyState !== WebSocket.OPEN) return;
      const shortened = forBacklog(message, socket.bufferedAmount, limits);
      if (shortened === undefined) return;
      const frame = encodeMessage(shortened);
      if (socket.bufferedAmount + frame.length > limits.totalBytes) {
        socket.terminate(); // it would not read a reason either
        return;
      }
      socket.send(frame, () => undefined); // the callback takes the error of a connection that broke meanwhile
    },
    onMessage: (listener) => listeners.onMessage(listener),
    onClose: (listener) => listeners.onClose(listener),
    close: () => closeSocket(socket, CLOSE_CODES.goingAway, "Tachie closes the connection"),
  };
}

/** Closes with a reason, and insists where the other side does not answer. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  // Cut by characters of one byte, so that no reason is too long for the protocol.
  const ascii = reason.replace(/[^\x20-\x7e]+/g, " ").slice(0, MAX_REASON_LENGTH);
  socket.close(code, ascii);
  const timer = setTimeout(() => socket.terminate(), CLOSE_WAIT_MS);
  socket.once("close", () => clearTimeout(timer));
}

/**
 * What of a message is still sent to somebody who has not read `backlogBytes` yet; undefined for nothing. Only progress
 * is ever left out: everything else is said once.
 */
export function forBacklog(message: WireMessage, backlogBytes: number, limits: BacklogLimits): WireMessage | undefined {
  if (backlogBytes <= limits.previewBytes) return message;
  const progress = message.kind === "progress" ? message.value : message.kind === "event" ? message.payload : undefined;
  if (!isStep(progress)) return message;
  if (backlogBytes > limits.progressBytes) return undefined;
  const { preview, ...others } = progress;
  if (preview === undefined) return message;
  if (message.kind === "progress") return { ...message, value: others };
  return message.kind === "event" ? { ...message, payload: others } : message;
}

/** Progress by steps, as `GenerationProgress` in whatever wraps it; notices and finished pictures are not. */
function isStep(value: unknown): value is { readonly preview?: unknown } {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "stage") && Object.hasOwn(value, "step");
}

function asBytes(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
