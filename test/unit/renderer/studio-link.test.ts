import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestContext } from "node:test";
import { WIRE_VERSION } from "../../../src-main/contract/wire.ts";
import type { Port, WireMessage } from "../../../src-main/contract/wire.ts";
import { backoffMs } from "../../../src-renderer/bridge/backoff.ts";
import { socketAddress } from "../../../src-renderer/bridge/socket-address.ts";
import { StudioLink } from "../../../src-renderer/bridge/studio-link.ts";

/** The far end of a connection, worked by hand. */
class FarEnd implements Port {
  readonly posted: WireMessage[] = [];
  #listeners: ((message: unknown) => void)[] = [];
  #closers: (() => void)[] = [];
  post(message: WireMessage): void {
    this.posted.push(message);
  }
  onMessage(listener: (message: unknown) => void): void {
    this.#listeners.push(listener);
  }
  onClose(listener: () => void): void {
    this.#closers.push(listener);
  }
  close(): void {
    for (const closer of this.#closers.splice(0)) closer();
  }
  say(message: WireMessage): void {
    for (const listener of this.#listeners) listener(message);
  }
  hello(version = WIRE_VERSION): void {
    this.say({ kind: "hello", version, service: "studio", pid: 1 });
  }
}

function openLink(t: TestContext) {
  t.mock.timers.enable({ apis: ["setTimeout", "Date"] });
  const ends: FarEnd[] = [];
  const doors = { isReachable: true };
  const link = new StudioLink({
    open: () => {
      if (!doors.isReachable) return Promise.reject(new Error("nobody there"));
      const end = new FarEnd();
      ends.push(end);
      return Promise.resolve(end);
    },
  });
  const states: string[] = [];
  link.onState(({ kind }) => states.push(kind));
  link.start();
  return { link, ends, states, doors };
}

const settle = (): Promise<void> => new Promise(setImmediate);

test("calls go through once the studio has said hello, and are refused before", async (t) => {
  const { link, ends, states } = openLink(t);
  await assert.rejects(link.client.queue({}), { code: "studio.lost" });
  await settle();
  ends[0]?.hello();
  await settle();
  assert.deepEqual(states, ["connecting", "ready"]);
  const answer = link.client.queue({});
  const [call] = ends[0]?.posted ?? [];
  assert.equal(call?.kind === "call" && call.method, "queue");
  ends[0]?.say({ kind: "result", seq: 1, value: { isPaused: false, jobs: [] } });
  assert.deepEqual(await answer, { isPaused: false, jobs: [] });
});

test("a lost connection rejects what was asked and is opened again; listeners go on hearing", async (t) => {
  const { link, ends, states } = openLink(t);
  const heard: string[] = [];
  link.onEvent("pictureSaved", ({ id }) => heard.push(id));
  await settle();
  ends[0]?.hello();
  await settle();
  const asked = link.client.settings({});
  ends[0]?.close();
  await assert.rejects(asked, { code: "studio.lost" });
  t.mock.timers.tick(backoffMs(0));
  await settle();
  ends[1]?.hello();
  await settle();
  assert.deepEqual(states, ["connecting", "ready", "lost", "connecting", "ready"]);
  ends[1]?.say({ kind: "event", name: "pictureSaved", payload: { id: "p1" } });
  assert.deepEqual(heard, ["p1"]);
});

test("an unreachable studio is tried again with growing waits, and at once when asked", async (t) => {
  const { link, ends, states, doors } = openLink(t);
  await settle();
  doors.isReachable = false;
  ends[0]?.hello();
  await settle();
  ends[0]?.close();
  for (const attempt of [0, 1, 2]) {
    t.mock.timers.tick(backoffMs(attempt) - 1);
    await settle();
    assert.equal(states.at(-1), "lost");
    t.mock.timers.tick(1);
    await settle();
  }
  assert.equal(states.filter((state) => state === "lost").length, 4);
  doors.isReachable = true;
  link.start();
  await settle();
  assert.equal(ends.length, 2);
});

test("a studio of another version is not asked again", async (t) => {
  const { ends, states } = openLink(t);
  await settle();
  ends[0]?.hello(WIRE_VERSION + 1);
  await settle();
  assert.equal(states.at(-1), "refused");
  t.mock.timers.tick(60_000);
  await settle();
  assert.equal(ends.length, 1);
});

test("waits grow up to ten seconds; the socket is on the page's own server, with its token", () => {
  assert.deepEqual([0, 1, 2, 30, 1e9].map(backoffMs), [250, 500, 1000, 10_000, 10_000]);
  const page = { host: "127.0.0.1:7000", search: "?token=a" };
  assert.equal(socketAddress({ protocol: "http:", ...page }), "ws://127.0.0.1:7000/ws?token=a");
  assert.equal(socketAddress({ protocol: "https:", ...page }), "wss://127.0.0.1:7000/ws?token=a");
});
