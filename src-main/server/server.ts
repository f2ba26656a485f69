/**
 * @file The studio for a browser: the page and its pictures over HTTP, the wire over a WebSocket. The door to this folder.
 *
 * It knows of the studio only what `ServedStudio` says, and has no state but its connections.
 */

import { randomBytes } from "node:crypto";
import { createServer as createHttpServer } from "node:http";
import type { IncomingMessage, Server } from "node:http";
import { isIPv6 } from "node:net";
import type { AddressInfo } from "node:net";
import os from "node:os";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { WebSocket } from "ws";
import { TachieError } from "../contract/errors.ts";
import { MESSAGE_LIMITS } from "../contract/message-codec.ts";
import type { Handlers, Served, ServiceShape } from "../contract/wire.ts";
import { serve } from "../contract/wire.ts";
import { hasCookie, isOwnHost, isOwnPage } from "./access.ts";
import type { Access } from "./access.ts";
import { answer } from "./answer.ts";
import type { PictureSource } from "./picture-routes.ts";
import { listPage } from "./static-page.ts";
import { CLOSE_CODES, closeSocket, webSocketPort } from "./web-socket-port.ts";

/** Everything that the server needs of a studio. */
export interface ServedStudio<S extends ServiceShape> {
  readonly handlers: Handlers<S>;
  readonly pictures: PictureSource;
  /** Tells of every event, until the function that it returns is called. */
  subscribe(listener: StudioListener<S>): () => void;
}

export type StudioListener<S extends ServiceShape> = <E extends Extract<keyof S["events"], string>>(
  name: E,
  payload: S["events"][E],
) => void;

export interface ServerOptions<S extends ServiceShape> {
  /** The name or number to listen at. */
  readonly host: string;
  /** 0 takes any that is free. */
  readonly port: number;
  readonly studio: ServedStudio<S>;
  /** Where the built page lies. */
  readonly pageFolder: string;
  /** Takes what went wrong in answering a request, which is a fault of ours. */
  readonly onFault: (error: unknown) => void;
}

export interface StudioServer {
  /** What to open in a browser; whoever knows it may use the studio. */
  readonly address: string;
  readonly port: number;
  /** Ends every connection, with which the calls of their pages end, and frees the port. */
  close(): Promise<void>;
}

/** Where the page finds the wire. */
export const SOCKET_ROUTE = "/ws";
const TOKEN_BYTES = 24;
/** Finds out pages that have gone without a word, whose calls would otherwise be answered for ever. */
const PING_MS = 15_000;
const LOOPBACK = /^(localhost|127(\.\d+){3}|::1)$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

/** @throws server.unavailable where host and port cannot be had; file.not-found where the page is not built */
export async function createServer<S extends ServiceShape>(options: ServerOptions<S>): Promise<StudioServer> {
  const { host, studio, pageFolder, onFault } = options;
  const page = listPage(pageFolder);
  const http = createHttpServer();
  const port = await listen(http, host, options.port);
  const access: Access = {
    token: randomBytes(TOKEN_BYTES).toString("base64url"),
    cookieName: `tachie-${port}`,
    hostNames: isLoopback(host) ? [] : [host, os.hostname()].map((name) => name.toLowerCase()),
  };
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MESSAGE_LIMITS.frameBytes,
    perMessageDeflate: false,
  });

  http.on("request", (request, response) => {
    answer(request, response, { access, page, pictures: studio.pictures }).catch((error: unknown) => {
      onFault(error);
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end();
    });
  });
  http.on("clientError", (_error, socket) => refuseUpgrade(socket, "400 Bad Request"));
  http.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => undefined); // a connection that broke; nobody waits for it
    const refusal = upgradeRefusal(request, access);
    if (refusal !== undefined) refuseUpgrade(socket, refusal);
    else sockets.handleUpgrade(request, socket, head, (webSocket) => welcome(webSocket, studio, onFault));
  });

  return {
    address: `http://${nameInAddress(host)}:${port}/?token=${access.token}`,
    port,
    async close() {
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      for (const socket of sockets.clients) closeSocket(socket, CLOSE_CODES.goingAway, "Tachie is ending");
      http.closeAllConnections();
      await closed;
    },
  };
}

function upgradeRefusal(request: IncomingMessage, access: Access): string | undefined {
  if (!isOwnHost(access, request.headers)) return "421 Misdirected Request";
  if (!isOwnPage(request.headers, true)) return "403 Forbidden";
  if (!hasCookie(access, request.headers)) return "401 Unauthorized";
  return request.url === SOCKET_ROUTE ? undefined : "404 Not Found";
}

function refuseUpgrade(socket: Duplex, status: string): void {
  if (socket.writable) socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  else socket.destroy();
}

function welcome<S extends ServiceShape>(
  socket: WebSocket,
  studio: ServedStudio<S>,
  onFault: (error: unknown) => void,
): void {
  const port = webSocketPort(socket);
  const served: Served<S> = serve<S>(port, "studio", process.pid, studio.handlers);
  const unsubscribe = studio.subscribe((name, payload) => {
    try {
      served.emit(name, payload);
    } catch (error) {
      onFault(error); // an event that cannot be sent must not hinder whoever told of it
    }
  });
  let isAnswering = true;
  socket.on("pong", () => (isAnswering = true));
  const pings = setInterval(() => {
    if (!isAnswering) {
      socket.terminate();
      return;
    }
    isAnswering = false;
    socket.ping();
    served.heartbeat();
  }, PING_MS);
  port.onClose(() => {
    clearInterval(pings);
    unsubscribe();
  });
}

/** A server that listens everywhere is named as this machine sees it. */
function nameInAddress(host: string): string {
  const name = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  return isIPv6(name) ? `[${name}]` : name;
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const reason = cause.code === "EADDRINUSE" ? "it is in use" : cause.message;
      reject(
        new TachieError("server.unavailable", `cannot listen at port ${port} of ${host}: ${reason}`, {
          where: `${host}:${port}`,
          cause,
        }),
      );
    });
    server.listen({ host, port }, resolve);
  });
  server.on("error", () => undefined); // a connection that could not be accepted is its caller's to notice
  return (server.address() as AddressInfo).port;
}
