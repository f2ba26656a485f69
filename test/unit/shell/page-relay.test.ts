import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { TachieError } from "../../../src-main/contract/errors.ts";
import type { Port, WireMessage } from "../../../src-main/contract/wire.ts";
import { connect, serve } from "../../../src-main/contract/wire.ts";
import { PortListeners } from "../../../src-main/process/port-listeners.ts";
import { relay, standIn } from "../../../src-main/shell/page-relay.ts";

/** Two ends of one line. What is posted arrives a moment later, as a copy. */
function line(): [Port, Port] {
  const ends = [new PortListeners(), new PortListeners()] as const;
  const end = (own: PortListeners, other: PortListeners): Port => ({
    post(message) {
      if (!own.isClosed) queueMicrotask(() => other.deliver(structuredClone(message)));
    },
    onMessage: (listener) => own.onMessage(listener),
    onClose: (listener) => own.onClose(listener),
    close: () =>
      queueMicrotask(() => {
        own.closed();
        other.closed();
      }),
  });
  return [end(ends[0], ends[1]), end(ends[1], ends[0])];
}

interface Toy {
  readonly methods: { double(params: { readonly value: number }): number; wait(params: object): string };
  readonly progress: { readonly wait: number };
  readonly events: { readonly news: string };
}

const lost = new TachieError("studio.lost", "the studio process was killed");

function bench() {
  const [page, pageAtShell] = line();
  const [studioAtShell, studio] = line();
  const served = serve<Toy>(studio, "toy", 7, {
    double: ({ value }) => value * 2,
    wait: (_, { signal, progress }) => {
      progress(0.5);
      return new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    },
  });
  relay(pageAtShell, studioAtShell, () => Promise.resolve(lost));
  const never = (): TachieError => new TachieError("internal.bug", "the page's own words");
  return { page, studio, served, connecting: connect<Toy>(page, "toy", ["double", "wait"], never) };
}

test("calls, progress, events and cancelling pass through", async () => {
  const { served, connecting } = bench();
  const { client, onEvent } = await connecting;
  const news: string[] = [];
  onEvent("news", (text) => news.push(text));
  assert.equal(await client.double({ value: 21 }), 42);
  served.emit("news", "hot");
  const abort = new AbortController();
  const onProgress = (value: number): void => {
    assert.equal(value, 0.5);
    abort.abort();
  };
  await assert.rejects(client.wait({}, { signal: abort.signal, onProgress }), { code: "job.cancelled" });
  assert.deepEqual(news, ["hot"]);
});

test("when the studio is lost, waiting calls are told why and the page's port closes", async () => {
  const { page, studio, connecting } = bench();
  const { client } = await connecting;
  let isClosed = false;
  page.onClose(() => (isClosed = true));
  const waiting = client.wait({});
  await turn();
  studio.close();
  await assert.rejects(waiting, { code: "studio.lost", message: lost.message });
  await turn();
  assert.ok(isClosed);
});

test("when the page is gone the studio's running calls are cancelled", async () => {
  const { page, served, connecting } = bench();
  const { client } = await connecting;
  const waiting = client.wait({}).catch((error: unknown) => error);
  await turn();
  assert.equal(served.activeCalls, 1);
  page.close();
  await waiting;
  await turn();
  assert.equal(served.activeCalls, 0);
});

test("whatever a page sends that is not a client's message is dropped", async () => {
  const { page, connecting } = bench();
  const { client } = await connecting;
  const wrong: unknown[] = [
    undefined,
    null,
    7,
    "call",
    [],
    { kind: "hello", version: 1, service: "toy", pid: 1 },
    { kind: "event", name: "mux", payload: { op: "open", id: 1, name: "engine" } },
    { kind: "call", seq: "1", method: "double" },
    { kind: "call", seq: 1.5, method: "double" },
    { kind: "result", seq: 1, value: 1 },
  ];
  for (const message of wrong) page.post(message as WireMessage);
  assert.equal(await client.double({ value: 1 }), 2);
});

test("without a studio every call is told why, until there is one again: then the page connects anew", async () => {
  const [page, pageAtShell] = line();
  let isBack = false;
  standIn(pageAtShell, () => (isBack ? Promise.resolve() : Promise.reject(lost)));
  let isClosed = false;
  page.onClose(() => (isClosed = true));
  const { client } = await connect<Toy>(page, "studio", ["double"], () => new TachieError("studio.lost", "closed"));
  await assert.rejects(client.double({ value: 1 }), { code: "studio.lost", message: lost.message });
  assert.equal(isClosed, false);
  isBack = true;
  await assert.rejects(client.double({ value: 1 }), { message: "closed" });
  assert.equal(isClosed, true);
});
