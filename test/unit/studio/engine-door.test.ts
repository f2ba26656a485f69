import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import type { RelayedEngineService } from "../../../src-main/contract/engine.ts";
import type { EngineState } from "../../../src-main/contract/studio.ts";
import type { Handlers, Port } from "../../../src-main/contract/wire.ts";
import { serve } from "../../../src-main/contract/wire.ts";
import { createEngineChannel } from "../../../src-main/studio/engine-door.ts";
import { PortListeners } from "../../../src-main/process/port-listeners.ts";

function portOf(end: MessagePort): Port {
  const listeners = new PortListeners();
  end.on("message", (message) => listeners.deliver(message));
  end.on("close", () => listeners.closed());
  return {
    post: (message) => end.postMessage(message),
    onMessage: (listener) => listeners.onMessage(listener),
    onClose: (listener) => listeners.onClose(listener),
    close: () => end.close(),
  };
}

/** An owner's end; it answers nothing but `health`. */
function owner(pid: number) {
  const { port1, port2 } = new MessageChannel();
  const health = () => ({ pid, provider: "cpu", runtime: "fake", uptimeMs: 1, memoryBytes: 1, peakMemoryBytes: 1 });
  const handlers = { health } as unknown as Handlers<RelayedEngineService>;
  return {
    port: portOf(port2),
    end: port1,
    serve: () => serve<RelayedEngineService>(portOf(port1), "engine", pid, handlers),
  };
}

const nextState = (door: ReturnType<typeof createEngineChannel>): Promise<EngineState> =>
  new Promise((resolve) => door.on("state", resolve));

test("a connection is waited for until the owner opens the channel, and the owner's word on its state counts", async (t) => {
  const door = createEngineChannel();
  assert.deepEqual(door.state, { kind: "off" });
  const waiting = door.connection();
  const { port, end, serve: serveIt } = owner(1);
  t.after(() => end.close());
  const told = new Promise<void>((resolve) => door.on("state", ({ kind }) => kind === "starting" && resolve()));
  const served = serveIt();
  served.emit("state", { kind: "starting" }); // right behind the hello, before anybody can have heard of that
  door.attach(port);
  assert.equal((await (await waiting).client.health({})).pid, 1);
  await told;
  assert.deepEqual(door.state, { kind: "starting" });
  const off = new Promise<void>((resolve) => door.on("state", ({ kind }) => kind === "off" && resolve()));
  const { client } = await door.connection();
  end.close();
  await off;
  await assert.rejects(client.health({}), { code: "engine.lost" });
});

test("an owner who says nothing has an engine that can be used, and a new channel takes over", async (t) => {
  const door = createEngineChannel();
  const [one, two] = [owner(1), owner(2)];
  t.after(() => [one, two].forEach(({ end }) => end.close()));
  one.serve();
  const first = nextState(door);
  door.attach(one.port);
  assert.deepEqual(await first, { kind: "ready" });
  two.serve();
  door.attach(two.port);
  assert.equal((await (await door.connection()).client.health({})).pid, 2);
});
