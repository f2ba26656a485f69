import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { WebSocket } from "ws";
import { TachieError } from "../../../src-main/contract/errors.ts";
import type { RgbImage } from "../../../src-main/contract/generation.ts";
import { MESSAGE_LIMITS, encodeMessage } from "../../../src-main/contract/message-codec.ts";
import type { Handlers, WireMessage } from "../../../src-main/contract/wire.ts";
import { connect } from "../../../src-main/contract/wire.ts";
import { BACKLOG_LIMITS, forBacklog } from "../../../src-main/server/web-socket-port.ts";
import { ServerBench, cookieFor, lost, openSocket, socketPort } from "../../fixtures/server-bench.ts";

interface Step {
  readonly stage: "denoise";
  readonly step: number;
  readonly preview?: RgbImage;
}

interface ToyService {
  methods: {
    size(params: { bytes: Uint8Array }): { sizeBytes: number; reversed: Uint8Array };
    steps(params: { count: number; previewBytes: number }): string;
    forever(params: Record<string, never>): string;
    fail(params: Record<string, never>): never;
  };
  progress: { steps: Step };
  events: { changed: { id: string } };
}
const METHODS = ["size", "steps", "forever", "fail"] as const;

function toy() {
  const aborted: string[] = [];
  const handlers: Handlers<ToyService> = {
    size: ({ bytes }) => ({ sizeBytes: bytes.length, reversed: bytes.toReversed() }),
    async steps({ count, previewBytes }, { progress, signal }) {
      for (let step = 1; step <= count; step++) {
        signal.throwIfAborted();
        const pixels = new Uint8Array(previewBytes);
        progress({ stage: "denoise", step, preview: { width: 1, height: 1, pixels } });
        await sleep(1);
      }
      return "done";
    },
    forever: (_params, { signal }) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener("abort", () => {
          aborted.push("forever");
          reject(signal.reason as Error);
        }),
      ),
    fail: () => {
      throw new TachieError("disk.full", "no room");
    },
  };
  return { handlers, aborted };
}

async function connected() {
  const bench = new ServerBench<ToyService>();
  const { handlers, aborted } = toy();
  const server = await bench.start(handlers);
  const key = await cookieFor(server);
  const socket = openSocket(server.port, key);
  const connection = await connect<ToyService>(socketPort(socket), "studio", METHODS, lost);
  return { bench, server, key, socket, aborted, ...connection };
}

async function until(condition: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 10_000; !condition(); await sleep(5))
    if (Date.now() > deadline) throw new Error("waited in vain");
}

test("calls, byte arrays, progress, errors and events cross the socket", async () => {
  const { bench: own, client, onEvent, socket } = await connected();
  await using bench = own;
  const bytes = Uint8Array.from({ length: 5_000_000 }, (_unused, index) => index);
  const { sizeBytes, reversed } = await client.size({ bytes });
  assert.equal(sizeBytes, bytes.length);
  assert.deepEqual(reversed, bytes.toReversed());
  const steps: Step[] = [];
  assert.equal(await client.steps({ count: 3, previewBytes: 100 }, { onProgress: (step) => steps.push(step) }), "done");
  assert.deepEqual(
    steps.map(({ step, preview }) => [step, preview?.pixels.length]),
    [
      [1, 100],
      [2, 100],
      [3, 100],
    ],
  );
  await assert.rejects(client.fail({}), { name: "TachieError", code: "disk.full", message: "no room" });
  const told = new Promise((resolve) => onEvent("changed", resolve));
  assert.equal(bench.listeners.size, 1);
  for (const listener of bench.listeners) listener("changed", { id: "x" });
  assert.deepEqual(await told, { id: "x" });
  socket.close();
  await until(() => bench.listeners.size === 0);
  assert.deepEqual(bench.faults, []);
});

test("a page that goes away, and a server that ends, abort the calls", async () => {
  const first = await connected();
  await using bench = first.bench;
  const call = first.client.forever({});
  const rejected = assert.rejects(call, { code: "engine.lost" });
  await sleep(20);
  first.socket.terminate();
  await rejected;
  await until(() => first.aborted.length === 1);

  const socket = openSocket(first.server.port, first.key);
  const { client } = await connect<ToyService>(socketPort(socket), "studio", METHODS, lost);
  const second = assert.rejects(client.forever({}), { code: "engine.lost" });
  await sleep(20);
  const closed = once(socket, "close") as Promise<[number, Buffer]>;
  await first.server.close();
  const [code, reason] = await closed;
  assert.deepEqual([code, reason.toString()], [1001, "Tachie is ending"]);
  await second;
  await until(() => first.aborted.length === 2);
  assert.equal(bench.listeners.size, 0);
});

test("frames that are no messages close the connection with a reason, and harm nobody else", async () => {
  const { bench: own, server, key, client } = await connected();
  await using bench = own;
  const sound = encodeMessage({ kind: "call", seq: 1, method: "size", params: { bytes: Uint8Array.of(1) } });
  const frames: [string, (socket: WebSocket) => void, number][] = [
    ["text", (socket) => socket.send('{"kind":"call"}'), 1003],
    ["nothing", (socket) => socket.send(new Uint8Array(0)), 1007],
    ["noise", (socket) => socket.send(Uint8Array.from({ length: 100 }, (_unused, index) => index * 37)), 1007],
    ["cut off", (socket) => socket.send(sound.subarray(0, -1)), 1007],
    ["too long", (socket) => socket.send(Buffer.concat([sound, Buffer.of(0)])), 1007],
    ["no kind", (socket) => socket.send(encodeMessage({ seq: 1 })), 1007],
    ["no seq", (socket) => socket.send(encodeMessage({ kind: "call", method: "size" })), 1007],
    ["a list", (socket) => socket.send(encodeMessage([])), 1007],
    ["over the limit", (socket) => socket.send(new Uint8Array(MESSAGE_LIMITS.frameBytes + 1)), 1009],
    ["a broken protocol", (socket) => socketOf(socket).write(Buffer.from("ff00ff00ff00", "hex")), 1002],
  ];
  for (const [name, send, expected] of frames) {
    const socket = openSocket(server.port, key);
    await once(socket, "open");
    const closed = once(socket, "close") as Promise<[number, Buffer]>;
    send(socket);
    const [code, reason] = await closed;
    assert.equal(code, expected, name);
    if (code === 1007 || code === 1003) assert.ok(reason.length > 10, name);
  }
  assert.equal((await client.size({ bytes: new Uint8Array(3) })).sizeBytes, 3);
  assert.deepEqual(bench.faults, []);
});

test("messages of a sound form that make no sense are refused one by one, and the connection stays", async () => {
  const { bench: own, socket, client } = await connected();
  await using bench = own;
  const send = (message: unknown): void => socket.send(encodeMessage(message));
  for (const method of ["nothing", "__proto__", "constructor", "toString", "", "x".repeat(10_000)]) {
    send({ kind: "call", seq: 1_000_000, method, params: {} });
    send({ kind: "cancel", seq: -1 });
  }
  send({ kind: "hello", version: 99, service: "engine", pid: -1 });
  send({ kind: "result", seq: 1, value: {} });
  send({ kind: "error", seq: 1, error: {} });
  send({ kind: "event", name: "changed", payload: {} });
  send({ kind: "progress", seq: 1, value: {} });
  send({ kind: "heartbeat", at: 0 });
  assert.equal((await client.size({ bytes: new Uint8Array(3) })).sizeBytes, 3);
  assert.deepEqual(bench.faults, []);
});

test("who does not read is sent no more progress than the limit, and all that is said once", async () => {
  const { bench: own, client, socket } = await connected();
  await using bench = own;
  let received = 0;
  const previewBytes = 512 * 1024;
  const count = 100;
  const call = client.steps({ count, previewBytes }, { onProgress: ({ preview }) => (received += preview ? 1 : 0) });
  await sleep(20);
  const raw = socketOf(socket);
  raw.pause();
  await sleep(1500); // all steps are told meanwhile
  raw.resume();
  assert.equal(await call, "done");
  // What the kernel holds for a socket on the same machine is some megabytes, and ours is a megabyte more.
  assert.ok(received < count / 2, `${received} of ${count} previews`);
  assert.deepEqual(bench.faults, []);
});

test("a backlog leaves out previews first, then steps, and never anything else", () => {
  const step = { stage: "denoise", step: 1, steps: 4 };
  const preview = { width: 1, height: 1, pixels: new Uint8Array(3) };
  const { previewBytes, progressBytes } = BACKLOG_LIMITS;
  const progress = { kind: "progress", seq: 1, value: { ...step, preview } } as const;
  const event = { kind: "event", name: "jobProgress", payload: { id: "a", ...step, preview } } as const;
  for (const message of [progress, event]) {
    assert.equal(forBacklog(message, previewBytes, BACKLOG_LIMITS), message);
    assert.equal(forBacklog(message, progressBytes + 1, BACKLOG_LIMITS), undefined);
  }
  assert.deepEqual(forBacklog(progress, previewBytes + 1, BACKLOG_LIMITS), { kind: "progress", seq: 1, value: step });
  assert.deepEqual(forBacklog(event, previewBytes + 1, BACKLOG_LIMITS), {
    ...event,
    payload: { id: "a", ...step },
  });
  const others: WireMessage[] = [
    { kind: "result", seq: 1, value: { ...step, preview } },
    { kind: "progress", seq: 1, value: { kind: "image", number: 1, count: 1, image: {} } },
    { kind: "progress", seq: 1, value: { kind: "notice", text: "x" } },
    { kind: "event", name: "queue", payload: { jobs: [] } },
    { kind: "event", name: "pictureSaved", payload: null },
    { kind: "error", seq: 1, error: { code: "disk.full", message: "", remedy: "" } },
    { kind: "heartbeat", at: 1 },
  ];
  for (const message of others) assert.equal(forBacklog(message, progressBytes * 9, BACKLOG_LIMITS), message);
});

/** The TCP socket below, which `ws` keeps to itself. */
function socketOf(socket: WebSocket): { write(bytes: Uint8Array): void; pause(): void; resume(): void } {
  return (socket as unknown as { _socket: ReturnType<typeof socketOf> })._socket;
}
