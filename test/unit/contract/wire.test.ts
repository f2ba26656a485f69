import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { TachieError } from "../../../src-main/contract/errors.ts";
import type { Port, WireMessage } from "../../../src-main/contract/wire.ts";
import { connect, serve, WIRE_VERSION } from "../../../src-main/contract/wire.ts";

interface ToyService {
  methods: {
    add(params: { a: number; b: number }): number;
    wait(params: Record<string, never>): string;
    fail(params: { code: "disk.full" }): never;
  };
  progress: { wait: number };
  events: { changed: { id: string } };
}
const TOY_METHODS = ["add", "wait", "fail"] as const;

class PairedPort implements Port {
  peer!: PairedPort;
  private readonly messageListeners: ((message: unknown) => void)[] = [];
  private readonly closeListeners: (() => void)[] = [];
  post(message: WireMessage): void {
    const copy: unknown = structuredClone(message);
    queueMicrotask(() => this.peer.messageListeners.forEach((listener) => listener(copy)));
  }
  deliver(raw: unknown): void {
    this.messageListeners.forEach((listener) => listener(raw));
  }
  onMessage(listener: (message: unknown) => void): void {
    this.messageListeners.push(listener);
  }
  onClose(listener: () => void): void {
    this.closeListeners.push(listener);
  }
  close(): void {
    for (const end of [this, this.peer]) end.closeListeners.splice(0).forEach((listener) => listener());
  }
}

function portPair(): [PairedPort, PairedPort] {
  const [near, far] = [new PairedPort(), new PairedPort()];
  near.peer = far;
  far.peer = near;
  return [near, far];
}

async function toy() {
  const [near, far] = portPair();
  const connecting = connect<ToyService>(
    near,
    "toy",
    TOY_METHODS,
    () => new TachieError("engine.lost", "the toy is gone"),
  );
  const served = serve<ToyService>(far, "toy", 1, {
    add: ({ a, b }) => a + b,
    wait: (_params, { signal, progress }) =>
      new Promise((_resolve, reject) => {
        progress(1);
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      }),
    fail: ({ code }) => {
      throw new TachieError(code, "no room", { where: "/tmp" });
    },
  });
  return { near, far, served, ...(await connecting) };
}

test("a call returns its value, and a typed error keeps its code, place and remedy", async () => {
  const { client } = await toy();
  assert.equal(await client.add({ a: 2, b: 3 }), 5);
  await assert.rejects(client.fail({ code: "disk.full" }), (error: TachieError) => {
    assert.deepEqual([error.code, error.message, error.where], ["disk.full", "no room", "/tmp"]);
    assert.match(error.remedy, /Free some space/);
    return true;
  });
});

test("progress and events arrive, and cancelling rejects with job.cancelled on both sides", async () => {
  const { client, served, onEvent } = await toy();
  const seen: unknown[] = [];
  onEvent("changed", (payload) => seen.push(payload));
  const abort = new AbortController();
  const waiting = client.wait({}, { signal: abort.signal, onProgress: (value) => seen.push(value) });
  served.emit("changed", { id: "x" });
  await turn();
  assert.deepEqual(seen, [{ id: "x" }, 1]);
  assert.equal(served.activeCalls, 1);
  abort.abort();
  await assert.rejects(waiting, { code: "job.cancelled" });
  assert.equal(served.activeCalls, 0);
  await assert.rejects(client.wait({}, { signal: AbortSignal.abort() }), { code: "job.cancelled" });
});

test("when the other side goes away, waiting calls reject and running handlers are aborted", async () => {
  const { client, far, served } = await toy();
  const waiting = client.wait({});
  await turn();
  far.close();
  await assert.rejects(waiting, { code: "engine.lost" });
  await turn();
  assert.equal(served.activeCalls, 0);
  await assert.rejects(client.add({ a: 1, b: 1 }), { code: "engine.lost" });
});

test("another version or another service is refused at the handshake", async () => {
  for (const hello of [
    { kind: "hello", version: WIRE_VERSION + 1, service: "toy", pid: 1 },
    { kind: "hello", version: WIRE_VERSION, service: "other", pid: 1 },
  ]) {
    const [near] = portPair();
    const connecting = connect<ToyService>(near, "toy", TOY_METHODS, () => new TachieError("engine.lost", "gone"));
    near.deliver(hello);
    await assert.rejects(connecting, { code: "wire.version" });
  }
});

test("malformed messages are ignored and unknown methods refused, without harm to later calls", async () => {
  const { near, far, client } = await toy();
  for (const junk of [null, 7, "x", [], {}, { kind: "call" }, { kind: "call", seq: "1", method: "add" }, { kind: "?" }])
    for (const port of [near, far]) port.deliver(junk);
  const unknown = client as unknown as Record<string, (params: unknown) => Promise<unknown>>;
  assert.equal(unknown["toString2"], undefined);
  const replies: unknown[] = [];
  near.onMessage((message) => replies.push(message));
  near.post({ kind: "call", seq: 99, method: "constructor", params: {} });
  await turn();
  assert.equal((replies[0] as { error: { code: string } }).error.code, "wire.invalid");
  assert.equal(await client.add({ a: 1, b: 1 }), 2);
});
