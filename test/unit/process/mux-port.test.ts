import assert from "node:assert/strict";
import test from "node:test";
import { MessageChannel } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";

import type { Port, ServiceShape, WireMessage } from "../../../src-main/contract/wire.ts";
import { connect, serve } from "../../../src-main/contract/wire.ts";
import { TachieError } from "../../../src-main/contract/errors.ts";
import { muxPort } from "../../../src-main/process/mux-port.ts";
import { PortListeners } from "../../../src-main/process/port-listeners.ts";

interface Echo extends ServiceShape {
  readonly methods: { echo(params: { readonly text: string }): string };
  readonly progress: Record<string, never>;
  readonly events: { readonly said: string };
}

/** Two ends that clone what passes, as processes do; `raw` posts anything at all to the second end. */
function portPair(): { a: Port; b: Port; raw: (message: unknown) => void; close: () => void } {
  const { port1, port2 } = new MessageChannel();
  const wrap = (end: MessagePort): Port => {
    const listeners = new PortListeners();
    end.on("message", (message) => listeners.deliver(message));
    end.on("close", () => listeners.closed());
    return {
      post: (message) => end.postMessage(message),
      onMessage: (listener) => listeners.onMessage(listener),
      onClose: (listener) => listeners.onClose(listener),
      close: () => end.close(),
    };
  };
  return { a: wrap(port1), b: wrap(port2), raw: (message) => port1.postMessage(message), close: () => port1.close() };
}

const heartbeat = (at: number): WireMessage => ({ kind: "heartbeat", at });
const closed = (port: Port): Promise<void> => new Promise((resolve) => port.onClose(resolve));
const nextMessage = (port: Port): Promise<unknown> => new Promise((resolve) => port.onMessage(resolve));
const nextChannel = (mux: ReturnType<typeof muxPort>): Promise<[string, Port]> =>
  new Promise((resolve) => mux.onOpen((name, port) => resolve([name, port])));

test("services run both ways over one port, each on its channel, whoever opened it", async (t) => {
  const { a, b, close } = portPair();
  t.after(close);
  const [parent, child] = [muxPort(a), muxPort(b)];
  const lost = (): TachieError => new TachieError("engine.lost", "gone");
  const serveOn = (port: Port, prefix: string) =>
    serve<Echo>(port, "echo", 1, { echo: ({ text }) => `${prefix} ${text}` });

  serveOn(parent.open("engine"), "engine"); // opened by the side that serves, before the other listens
  const clientPort = parent.open("client:1"); // opened by the side that calls
  const opened = new Map<string, Port>();
  child.onOpen((name, port) => opened.set(name, port));
  const client = connect<Echo>(clientPort, "echo", ["echo"], lost);
  while (opened.size < 2) await new Promise(setImmediate);
  const served = serveOn(opened.get("client:1") as Port, "studio");
  const engine = await connect<Echo>(opened.get("engine") as Port, "echo", ["echo"], lost);
  const studio = await client;
  assert.equal(await engine.client.echo({ text: "1" }), "engine 1");
  assert.equal(await studio.client.echo({ text: "2" }), "studio 2");
  const said = new Promise((resolve) => studio.onEvent("said", resolve));
  served.emit("said", "hello");
  assert.equal(await said, "hello");
});

test("messages keep their order, and typed arrays and names their form", async (t) => {
  const { a, b, close } = portPair();
  t.after(close);
  const [left, right] = [muxPort(a), muxPort(b)];
  const [one, two] = [left.open("same"), left.open("same")];
  for (let at = 0; at < 100; at++) (at % 2 === 0 ? one : two).post(heartbeat(at));
  one.post({ kind: "result", seq: 1, value: new Uint8Array([1, 2, 3]) });
  const channels: [string, unknown[]][] = [];
  right.onOpen((name, port) => {
    const received: unknown[] = [];
    channels.push([name, received]);
    port.onMessage((message) => received.push(message));
  });
  while ((channels[0]?.[1].length ?? 0) < 51) await new Promise(setImmediate);
  assert.deepEqual(
    channels.map(([name]) => name),
    ["same", "same"],
  );
  assert.deepEqual(
    channels[0]?.[1].slice(0, 50),
    Array.from({ length: 50 }, (_, i) => heartbeat(2 * i)),
  );
  assert.deepEqual(
    channels[1]?.[1],
    Array.from({ length: 50 }, (_, i) => heartbeat(2 * i + 1)),
  );
  assert.deepEqual((channels[0]?.[1][50] as { value: unknown }).value, new Uint8Array([1, 2, 3]));
});

test("both sides may open channels of one name at once", async (t) => {
  const { a, b, close } = portPair();
  t.after(close);
  const [left, right] = [muxPort(a), muxPort(b)];
  const [fromLeft, fromRight] = [left.open("x"), right.open("x")];
  fromLeft.post(heartbeat(1));
  fromRight.post(heartbeat(2));
  const [[, atLeft], [, atRight]] = await Promise.all([nextChannel(left), nextChannel(right)]);
  assert.deepEqual(await nextMessage(atRight), heartbeat(1));
  assert.deepEqual(await nextMessage(atLeft), heartbeat(2));
  atRight.post(heartbeat(3));
  assert.deepEqual(await nextMessage(fromLeft), heartbeat(3));
});

test("closing a channel is told to both ends and leaves the others open", async (t) => {
  const { a, b, close } = portPair();
  t.after(close);
  const [left, right] = [muxPort(a), muxPort(b)];
  const opened: Port[] = [];
  right.onOpen((_name, port) => opened.push(port));
  const [first, second] = [left.open("1"), left.open("2")];
  while (opened.length < 2) await new Promise(setImmediate);
  const [theirFirst, theirSecond] = opened as [Port, Port];
  const ends = [closed(first), closed(theirFirst)];
  theirFirst.close();
  await Promise.all(ends);
  first.post(heartbeat(1)); // nobody is there any more: no error
  first.close();
  second.post(heartbeat(2));
  assert.deepEqual(await nextMessage(theirSecond), heartbeat(2));
});

test("the end of the port is the end of every channel, also of one opened later", async () => {
  const { a, b, close } = portPair();
  const [left, right] = [muxPort(a), muxPort(b)];
  const ours = left.open("1");
  const [, theirs] = await nextChannel(right);
  const ends = [closed(ours), closed(theirs)];
  close();
  await Promise.all(ends);
  await closed(right.open("late"));
});

test("what is no envelope is ignored, and a forged id reaches nobody", async (t) => {
  const { a, b, raw, close } = portPair();
  t.after(close);
  muxPort(a);
  const right = muxPort(b);
  const opened: string[] = [];
  const port = new Promise<Port>((resolve) =>
    right.onOpen((name, channel) => {
      opened.push(name);
      if (name === "good") resolve(channel);
    }),
  );
  const mux = (payload: unknown) => ({ kind: "event", name: "mux", payload });
  const noise: unknown[] = [null, 7, "x", [], {}, heartbeat(1), { kind: "event", name: "mux" }, mux(null), mux([])];
  for (const id of [undefined, null, "1", 1.5, NaN, {}])
    for (const op of ["open", "message", "close", "no", 3]) noise.push(mux({ op, id, name: "bad", isOpener: true }));
  noise.push(
    mux({ op: "open", id: 3 }),
    mux({ op: "open", id: 3, name: 4 }),
    mux({ op: "message", id: 99, isOpener: true, message: 1 }),
  );
  noise.push(
    mux({ op: "close", id: 99, isOpener: false }),
    mux({ op: "message", id: 1, message: 1 }),
    mux({ op: "close", id: 1 }),
  );
  for (const message of noise) raw(message);
  raw(mux({ op: "open", id: 1, name: "good" }));
  raw(mux({ op: "open", id: 1, name: "again" }));
  raw(mux({ op: "message", id: 1, isOpener: true, message: heartbeat(5) }));
  assert.deepEqual(await nextMessage(await port), heartbeat(5));
  assert.deepEqual(opened, ["good"]);
});
