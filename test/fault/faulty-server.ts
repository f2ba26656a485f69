/**
 * @file A model server on this machine that misbehaves as told: each request for a file's bytes takes the next fault from a
 * list. Speaks like the Hugging Face Hub: the first host states size and sum and redirects to a second one for the bytes.
 */

import { createHash } from "node:crypto";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export const FAULTS = [
  "drop",
  "refuse",
  "error-500",
  "busy-503",
  "too-many-429",
  "truncated-length",
  "truncated-chunked",
  "wrong-range",
  "no-content-range",
  "whole-instead-of-range",
  "range-416",
  "other-total",
  "changed-etag",
  "changed-etag-206",
  "corrupt",
  "stall",
  "drip",
  "compressed",
  "redirect-loop",
  "redirect-nowhere",
  "overlong",
  "html-200",
] as const;
export type Fault = (typeof FAULTS)[number];

export interface Injected {
  readonly fault: Fault;
  /** Bytes of the body that still arrive before it strikes, where that applies. */
  readonly after: number;
}

interface Served {
  readonly bytes: Buffer;
  /** A small file that the hub keeps in git: it sends the bytes itself, and the tag is git's sum. */
  readonly isInGit: boolean;
  etag: string;
  readonly faults: Injected[];
}

export interface FaultyServerOptions {
  /** Whether the first host states sizes and sums and redirects, as the hub does; a plain server otherwise. */
  readonly isHub?: boolean;
  /** Called before every answer to a GET. */
  readonly onRequest?: (path: string) => void;
  /** Bytes per second, to give a kill time to strike. */
  readonly bytesPerSecond?: number;
}

export const COMMIT = "0123456789abcdef0123456789abcdef01234567";

export class FaultyServer implements AsyncDisposable {
  /** Authorization headers as they came, by host. */
  readonly credentials: { readonly host: "hub" | "storage"; readonly value: string | undefined }[] = [];
  readonly files = new Map<string, Served>();
  /** Body bytes sent in all. */
  sentBytes = 0;
  private readonly options: FaultyServerOptions;
  private readonly hub: Server;
  private readonly storage: Server;

  private constructor(options: FaultyServerOptions) {
    this.options = options;
    this.hub = createServer((request, response) => this.answerHub(request, response));
    this.storage = createServer((request, response) => this.answerStorage(request, response));
  }

  static async start(options: FaultyServerOptions = {}): Promise<FaultyServer> {
    const server = new FaultyServer(options);
    for (const one of [server.hub, server.storage])
      await new Promise<void>((resolve) => void one.listen(0, "127.0.0.1", resolve));
    return server;
  }

  get base(): string {
    return `http://127.0.0.1:${portOf(this.hub)}`;
  }

  /** @param path as in `owner/name/resolve/main/file` */
  add(path: string, bytes: Buffer, faults: readonly Injected[] = [], isInGit = false): string {
    const git = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
    const tag = isInGit ? git : createHash("md5").update(bytes).digest("hex");
    this.files.set(path, { bytes, etag: `"${tag}"`, faults: [...faults], isInGit });
    return `${this.base}/${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of [this.hub, this.storage]) {
      one.closeAllConnections();
      await new Promise((resolve) => one.close(resolve));
    }
  }

  private answerHub(request: IncomingMessage, response: ServerResponse): void {
    this.credentials.push({ host: "hub", value: request.headers.authorization });
    if (this.options.isHub === false) return this.answerStorage(request, response);
    const file = this.find(request);
    if (file === undefined) return void response.writeHead(404).end();
    if (request.method === "GET" && this.takeFault(file, ["error-500", "busy-503", "too-many-429"], response)) return;
    if (file.isInGit) {
      response.setHeader("x-repo-commit", COMMIT);
      return this.answerStorage(request, response);
    }
    const sha256 = createHash("sha256").update(file.bytes).digest("hex");
    response.writeHead(302, {
      location: `http://localhost:${portOf(this.storage)}${request.url ?? ""}`,
      "x-linked-size": file.bytes.length,
      "x-linked-etag": `"${sha256}"`,
      "x-repo-commit": COMMIT,
    });
    response.end("Found. Redirecting");
  }

  private answerStorage(request: IncomingMessage, response: ServerResponse): void {
    this.credentials.push({ host: "storage", value: request.headers.authorization });
    const file = this.find(request);
    if (file === undefined) return void response.writeHead(404).end();
    if (request.method === "HEAD")
      return void response.writeHead(200, { "content-length": file.bytes.length, etag: file.etag }).end();
    if (request.url?.endsWith("?loop") === true) return void response.writeHead(302, { location: request.url }).end();
    this.options.onRequest?.(decodeURIComponent(request.url ?? "").slice(1));
    const injected = file.faults.shift();
    if (injected) return this.misbehave(injected, file, request, response);
    this.answerWell(file, request, response);
  }

  private answerWell(file: Served, request: IncomingMessage, response: ServerResponse): void {
    const start = rangeStart(request, file);
    const rest = file.bytes.subarray(start);
    const range = { "content-range": `bytes ${start}-${file.bytes.length - 1}/${file.bytes.length}` };
    response.writeHead(start > 0 ? 206 : 200, {
      "content-length": rest.length,
      "accept-ranges": "bytes",
      etag: file.etag,
      ...(start > 0 ? range : {}),
    });
    void this.send(response, rest).then(() => response.end());
  }

  private misbehave(injected: Injected, file: Served, request: IncomingMessage, response: ServerResponse): void {
    const { fault, after } = injected;
    const { bytes, etag } = file;
    const start = rangeStart(request, file);
    const rest = bytes.subarray(start);
    const part = rest.subarray(0, Math.min(after, Math.max(0, rest.length - 1)));
    const total = bytes.length;
    const partial = { "content-range": `bytes ${start}-${total - 1}/${total}`, etag };
    const status = start > 0 ? 206 : 200;
    const headers = { "content-length": rest.length, ...(start > 0 ? partial : { etag }) };
    const sendThen = (then: () => void): void => void this.send(response, part).then(then);
    switch (fault) {
      case "refuse":
        return void response.destroy();
      case "error-500":
      case "busy-503":
      case "too-many-429":
        return void this.refuse(fault, response);
      case "drop":
      case "truncated-length":
        response.writeHead(status, headers);
        return sendThen(() => (fault === "drop" ? response.destroy() : response.socket?.end()));
      case "truncated-chunked":
        // Well-formed, only shorter than the file.
        response.writeHead(status, start > 0 ? partial : { etag });
        return sendThen(() => void response.end());
      case "wrong-range": {
        const wrong = Math.max(0, start - 100) + (start === 0 ? 100 : 0);
        const shifted = bytes.subarray(wrong);
        response.writeHead(206, {
          "content-range": `bytes ${wrong}-${total - 1}/${total}`,
          "content-length": shifted.length,
          etag,
        });
        return void this.send(response, shifted).then(() => response.end());
      }
      case "no-content-range":
        response.writeHead(206, { "content-length": rest.length, etag });
        return void this.send(response, rest).then(() => response.end());
      case "whole-instead-of-range":
        response.writeHead(200, { "content-length": total, etag });
        return void this.send(response, bytes.subarray(0, after)).then(() => response.destroy());
      case "range-416":
        return void response.writeHead(416, { "content-range": `bytes */${total}` }).end();
      case "other-total":
        response.writeHead(206, {
          "content-range": `bytes ${start}-${total}/${total + 1}`,
          "content-length": rest.length,
        });
        return void this.send(response, rest).then(() => response.end());
      case "changed-etag":
        file.etag = `"changed-${Math.random()}"`;
        response.writeHead(status, headers);
        return sendThen(() => response.destroy());
      case "changed-etag-206":
        // Ignores If-Range, as a careless cache does.
        file.etag = `"changed-${Math.random()}"`;
        response.writeHead(status, { ...headers, etag: file.etag });
        return void this.send(response, rest).then(() => response.end());
      case "corrupt": {
        const bad = Buffer.from(rest);
        const place = Math.min(after, bad.length - 1);
        bad[place] = (bad[place] ?? 0) ^ 1;
        response.writeHead(status, headers);
        return void this.send(response, bad).then(() => response.end());
      }
      case "stall":
        response.writeHead(status, headers);
        return sendThen(() => undefined);
      case "drip": {
        response.writeHead(status, headers);
        let position = 0;
        const timer = setInterval(() => {
          if (response.destroyed || position >= rest.length) return clearInterval(timer);
          response.write(rest.subarray(position, ++position));
        }, 5);
        return;
      }
      case "compressed":
        response.writeHead(status, { ...headers, "content-encoding": "gzip" });
        return void this.send(response, rest).then(() => response.end());
      case "redirect-loop":
        return void response.writeHead(302, { location: `${request.url ?? "/"}?loop` }).end();
      case "redirect-nowhere":
        return void response.writeHead(302, { location: "file:///etc/passwd" }).end();
      case "overlong":
        response.writeHead(status, { ...headers, "content-length": rest.length + 5000 });
        return void this.send(response, Buffer.concat([rest, Buffer.alloc(5000, 7)])).then(() => response.end());
      case "html-200":
        response.writeHead(200, { "content-type": "text/html" });
        return void response.end("<!doctype html><title>Please sign in</title>");
    }
  }

  private takeFault(file: Served, kinds: readonly Fault[], response: ServerResponse): boolean {
    const [next] = file.faults;
    if (next === undefined || !kinds.includes(next.fault)) return false;
    file.faults.shift();
    return this.refuse(next.fault, response);
  }

  private refuse(fault: Fault, response: ServerResponse): boolean {
    if (fault === "error-500") response.writeHead(500).end("broken");
    else if (fault === "busy-503") response.writeHead(503, { "retry-after": "0" }).end();
    else response.writeHead(429, { "retry-after": new Date(Date.now() - 1000).toUTCString() }).end();
    return true;
  }

  private async send(response: ServerResponse, bytes: Buffer): Promise<void> {
    const step = this.options.bytesPerSecond === undefined ? 1 << 20 : 4096;
    for (let position = 0; position < bytes.length && !response.destroyed; position += step) {
      const piece = bytes.subarray(position, position + step);
      this.sentBytes += piece.length;
      const { bytesPerSecond } = this.options;
      if (bytesPerSecond !== undefined)
        await new Promise((resolve) => setTimeout(resolve, (1000 * step) / bytesPerSecond));
      if (!response.write(piece)) await drained(response);
    }
    // So that the bytes leave before a fault destroys the connection.
    await new Promise((resolve) => setTimeout(resolve, 1));
  }

  private find(request: IncomingMessage): Served | undefined {
    const path = decodeURIComponent((request.url ?? "").split("?")[0] ?? "").slice(1);
    return this.files.get(path) ?? this.files.get(path.replace(COMMIT, "main"));
  }
}

/** Resolves when more can be written, or nothing can any more. */
function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done).off("close", done);
      resolve();
    };
    response.on("drain", done).on("close", done);
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

/** Where an honest answer begins: the start of the range that is asked for, 0 where the file is another than the client's. */
function rangeStart(request: IncomingMessage, { etag, bytes }: Served): number {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
  const condition = request.headers["if-range"];
  const isSame = condition === undefined || condition === etag;
  return isSame && start < bytes.length ? start : 0;
}
