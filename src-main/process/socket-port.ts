/**
 * @file The wire over a local socket, for processes of one user that did not start each other.
 *
 * Two locks: the socket lies in a folder that only this user may enter (a named pipe on Windows), and whoever connects must
 * first send a secret token; nothing else is read before that, and little is buffered.
 */

import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { connect as connectNet, createServer } from "node:net";
import type { Socket } from "node:net";
import os from "node:os";
import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import type { Port } from "../contract/wire.ts";
import { MAX_FRAME_BYTES, createFrameReader, encodeFrame } from "./frame-codec.ts";
import { PortListeners } from "./port-listeners.ts";
import { isProcessAlive } from "./process-alive.ts";

/** Where a listener is found, and the secret that opens it. */
export interface SocketAddress {
  readonly path: string;
  readonly token: string;
}

export interface SocketListener {
  readonly address: SocketAddress;
  /** Accepts no further connections; those that are open stay open. */
  stop(): Promise<void>;
}

const TOKEN_BYTES = 32;
const TOKEN_FRAME_LIMIT = 1024;
const TOKEN_WAIT_MS = 5000;
const CONNECT_WAIT_MS = 5000;
/** Waiting for their token; more at once are turned away. */
const MAX_STRANGERS = 64;

/**
 * Listens on a new socket of its own.
 * @param onPort called for everyone who knows the token
 * @throws file.unwritable where no socket can be made
 */
export async function listenSocket(onPort: (port: Port) => void): Promise<SocketListener> {
  const address: SocketAddress = { path: newSocketPath(), token: randomBytes(TOKEN_BYTES).toString("hex") };
  let strangers = 0;
  const server = createServer((socket) => {
    if (strangers >= MAX_STRANGERS) {
      socket.destroy();
      return;
    }
    strangers++;
    welcome(socket, address.token, onPort, () => strangers--);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) =>
      reject(
        new TachieError("file.unwritable", `cannot listen at ${address.path}: ${cause.message}`, {
          where: address.path,
          cause,
        }),
      ),
    );
    server.listen(address.path, resolve);
  });
  server.on("error", () => undefined); // a connection that could not be accepted is the caller's to notice
  if (process.platform !== "win32") chmodSync(address.path, 0o600);
  server.unref();
  return {
    address,
    stop: () =>
      new Promise((resolve) => {
        // The callback waits for the open connections, which may outlive the listener.
        server.close();
        server.unref();
        if (process.platform !== "win32") rmSync(address.path, { force: true });
        resolve();
      }),
  };
}

/**
 * Connects to a listener. That the token was right shows in the hello that follows; a wrong one closes the port.
 * @returns undefined where nobody listens (any more)
 */
export function connectSocket(address: SocketAddress): Promise<Port | undefined> {
  return new Promise((resolve) => {
    const socket = connectNet(address.path);
    const timer = setTimeout(() => socket.destroy(), CONNECT_WAIT_MS);
    socket.once("error", () => undefined);
    socket.once("close", () => {
      clearTimeout(timer);
      resolve(undefined);
    });
    socket.once("connect", () => {
      clearTimeout(timer);
      const port = socketPort(socket);
      socket.write(encodeFrame({ token: address.token }));
      resolve(port);
    });
  });
}

/** Reads the token frame and nothing else; then the socket becomes a port. */
function welcome(socket: Socket, token: string, onPort: (port: Port) => void, onDecided: () => void): void {
  let isKnown = false;
  const decide = (): void => {
    clearTimeout(timer);
    socket.off("close", decide);
    onDecided();
  };
  const timer = setTimeout(() => socket.destroy(), TOKEN_WAIT_MS);
  socket.once("close", decide);
  const port = socketPort(socket, () => (isKnown ? MAX_FRAME_BYTES : TOKEN_FRAME_LIMIT), {
    first(message) {
      const given = (message as { token?: unknown } | null)?.token;
      if (typeof given !== "string" || !isSameToken(given, token)) {
        socket.destroy();
        return;
      }
      isKnown = true;
      decide();
      onPort(port);
    },
  });
}

function isSameToken(given: string, token: string): boolean {
  const [a, b] = [given, token].map((text) => createHash("sha256").update(text).digest());
  return a !== undefined && b !== undefined && timingSafeEqual(a, b);
}

/** @param options `first` takes the first message instead of the listeners */
function socketPort(socket: Socket, limit?: () => number, options: { first?: (message: unknown) => void } = {}): Port {
  const listeners = new PortListeners();
  const reader = createFrameReader(limit);
  let { first } = options;
  socket.setNoDelay(true);
  socket.on("error", () => undefined); // `close` follows
  socket.on("close", () => listeners.closed());
  socket.on("data", (bytes) => {
    try {
      for (const message of reader.read(bytes)) {
        const take = first ?? ((other: unknown) => listeners.deliver(other));
        first = undefined;
        take(message);
        if (socket.destroyed) return;
      }
    } catch {
      socket.destroy(); // not our protocol: nothing that follows can be understood
    }
  });
  return {
    post(message) {
      const frame = encodeFrame(message);
      if (socket.writable) socket.write(frame);
    },
    onMessage: (listener) => listeners.onMessage(listener),
    onClose: (listener) => listeners.onClose(listener),
    close() {
      socket.end();
      socket.destroySoon();
    },
  };
}

/** Whether a socket's path is one that `listenSocket` of this user could have made: nobody else may lie in wait there. */
export function isOwnSocket(socketPath: string): boolean {
  if (process.platform === "win32") return /^\\\\\.\\pipe\\tachie-[0-9a-f-]+$/.test(socketPath);
  const folder = path.dirname(socketPath);
  return path.isAbsolute(socketPath) && isPrivate(folder, process.getuid?.() ?? 0);
}

/** Unix socket paths are limited to about 104 bytes, so sockets do not lie in the library's folder but in a short one. */
function newSocketPath(): string {
  const name = `${process.pid}-${randomBytes(6).toString("hex")}`;
  if (process.platform === "win32") return `\\\\.\\pipe\\tachie-${name}`;
  const folder = privateSocketFolder();
  sweepSockets(folder);
  return path.join(folder, `${name}.sock`);
}

function privateSocketFolder(): string {
  const uid = process.getuid?.() ?? 0;
  const runtime = process.env["XDG_RUNTIME_DIR"];
  const candidates = [
    ...(runtime === undefined || runtime === "" ? [] : [path.join(runtime, "tachie")]),
    path.join(os.tmpdir(), `tachie-${uid}`),
    `/tmp/tachie-${uid}`,
  ];
  for (const folder of candidates)
    if (folder.length <= MAX_FOLDER_LENGTH && isPrivateFolder(folder, uid)) return folder;
  throw new TachieError("file.unwritable", `no folder for a socket: tried ${candidates.join(", ")}`, {
    remedy: "Set XDG_RUNTIME_DIR to a folder that only you may enter.",
  });
}

/** Removes the sockets of processes that were killed; a living one's name begins with its process id. */
function sweepSockets(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid] = /^(\d+)-[0-9a-f]+\.sock$/.exec(name) ?? [];
    if (pid !== undefined && !isProcessAlive(Number(pid))) rmSync(path.join(folder, name), { force: true });
  }
}

const MAX_FOLDER_LENGTH = 70;

/** Makes the folder where it is missing. One that belongs to somebody else, or that others may enter, is not used. */
function isPrivateFolder(folder: string, uid: number): boolean {
  try {
    mkdirSync(folder, { mode: 0o700 }); // the folder above is the system's to make
  } catch (error) {
    // The next candidate is tried; when none is left, all are named.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") return false;
  }
  return isPrivate(folder, uid);
}

function isPrivate(folder: string, uid: number): boolean {
  const stat = lstatSync(folder, { throwIfNoEntry: false });
  return stat !== undefined && stat.isDirectory() && stat.uid === uid && (stat.mode & 0o077) === 0;
}
