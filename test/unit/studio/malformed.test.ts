/** @file What no client of ours would ever send, 500 times a method, over a real wire. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { inspect } from "node:util";
import { MessageChannel } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { STUDIO_METHODS } from "../../../src-main/contract/studio.ts";
import type { StudioMethods } from "../../../src-main/contract/studio.ts";
import type { Port, WireMessage } from "../../../src-main/contract/wire.ts";
import { isWireMessage } from "../../../src-main/contract/wire.ts";
import { serveStudio } from "../../../src-main/studio/serve-studio.ts";
import { StudioStand } from "../../fixtures/studio-stand.ts";

const MESSAGES = 500;

/** A valid message of each method, with every field that it can have. */
const request = {
  prompt: "1girl",
  promptName: "p",
  negative: "n",
  system: "s",
  model: "fake-model",
  loras: [{ file: "/l", strength: 1 }],
  seed: 1,
  count: 1,
  size: { width: 64, height: 48 },
  sampling: { steps: 2, solver: "euler", schedule: "shift", shift: 6, guidance: 4, truncate: 1, renorm: 0 },
  toggles: { graph_optimisation: "on" },
  provider: "cpu",
  profile: "/p",
  parentId: "0000",
};
const { seed, count, size, sampling, loras, provider, model, system, toggles } = request;
const draftSettings = { seed, count, size, sampling, loras, provider, model, system, toggles };
const VALID: Readonly<Record<keyof StudioMethods, object>> = {
  generate: request,
  again: { id: "0000" },
  enqueue: request,
  queue: {},
  cancelJob: { id: "a" },
  cancelAllJobs: {},
  retryJob: { id: "a" },
  moveJob: { id: "a", before: "b" },
  pauseQueue: { isPaused: false },
  pictures: { before: "0000", limit: 3 },
  picture: { id: "0000" },
  imageFile: { id: "0000" },
  thumbnailFile: { id: "0000" },
  readPng: { bytes: new Uint8Array(3) },
  currentDraft: {},
  saveCurrentDraft: { draft: { text: "t", negative: "n", dialect: "readme", settings: draftSettings } },
  keepDraft: {},
  drafts: {},
  removeDraft: { id: "a" },
  characters: {},
  saveCharacter: { name: "n", xml: "<character_1></character_1>" },
  removeCharacter: { id: "a" },
  settings: {},
  changeSettings: { changes: { language: "ja", theme: "dark", zoom: 2, isNotificationWanted: false, model: "m" } },
  models: {},
  measurePrompt: { text: "t", model: "fake-model" },
  engine: {},
};

const ODD: readonly unknown[] = [
  ...[null, undefined, NaN, Infinity, -1.5, 2 ** 60, "", "x", true, [], [1], {}, { x: 1 }, [[]], new Date(0)],
  ...["\0", "\ud800", "../../etc/passwd", "x".repeat(300_000), new Map(), new Set([1]), 10n, new Uint8Array(2), /x/],
  ...["__proto__", { length: 5 }, [null], new Error("x"), new ArrayBuffer(2), { toString: 1 }, -0, "1", "null"],
];

/** Places in a message, such as `["size", "width"]`. */
function placesIn(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return [at];
  return [at, ...Object.entries(value).flatMap(([name, field]) => placesIn(field, [...at, name]))];
}

type Change = (object: Record<string, unknown>, name: string) => void;

function changed(value: object, place: readonly string[], change: Change): unknown {
  const root = { whole: structuredClone(value) as unknown };
  const path = ["whole", ...place];
  let parent: Record<string, unknown> = root;
  for (const name of path.slice(0, -1)) parent = parent[name] as Record<string, unknown>;
  change(parent, path.at(-1) ?? "");
  return root.whole;
}

function mutations(value: object): unknown[] {
  const places = placesIn(value);
  const all: unknown[] = [];
  for (const place of places) {
    for (const odd of ODD) all.push(changed(value, place, (parent, name) => (parent[name] = odd)));
    all.push(changed(value, place, (parent, name) => Reflect.deleteProperty(parent, name)));
    for (const name of ["extra", "__proto__", "constructor", "toString", "then", "", "id2"])
      all.push(
        changed(value, place, (parent, last) => {
          const target = parent[last];
          if (typeof target !== "object" || target === null) parent[last] = { [name]: 1 };
          else Object.defineProperty(target, name, { value: 1, enumerable: true, configurable: true });
        }),
      );
  }
  // Small messages have few places: more of the same, with several odd fields at once.
  for (let round = 0; all.length < MESSAGES; round++) {
    const names = Array.from({ length: 1 + (round % 5) }, (_, index) => `field${round}_${index}`);
    all.push({
      ...value,
      ...Object.fromEntries(names.map((name, index) => [name, ODD[(round + index) % ODD.length]])),
    });
  }
  return all;
}

const stand = new StudioStand(undefined, "rest");
after(() => stand[Symbol.asyncDispose]());
const { port1, port2 } = new MessageChannel();
after(() => port1.close());
const served = serveStudio(stand.studio, portOf(port2));

function portOf(end: MessagePort): Port {
  return {
    post: (message) => end.postMessage(message),
    onMessage: (listener) => void end.on("message", listener),
    onClose: (listener) => void end.once("close", listener),
    close: () => end.close(),
  };
}

const answers = new Map<number, (message: WireMessage) => void>();
port1.on("message", (message: unknown) => {
  if (isWireMessage(message) && (message.kind === "result" || message.kind === "error"))
    answers.get(message.seq)?.(message);
});
let nextSeq = 1;

function call(method: string, params: unknown): Promise<WireMessage> {
  const seq = nextSeq++;
  return new Promise((resolve) => {
    answers.set(seq, resolve);
    port1.postMessage({ kind: "call", seq, method, params });
  });
}

/** Data that no process can send does not arrive either. */
function isSendable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}

test("every method has its valid message here, and it is one", async () => {
  assert.deepEqual(Object.keys(VALID).sort(), [...STUDIO_METHODS].sort());
  for (const method of STUDIO_METHODS) {
    const answer = await call(method, VALID[method]);
    // What is not there, or not made for such a test, but never that the message is not understood.
    if (answer.kind === "error")
      assert.notEqual(answer.error.code, "wire.invalid", `${method}: ${answer.error.message}`);
  }
});

for (const method of STUDIO_METHODS)
  test(`${MESSAGES} malformed messages to ${method} are refused or understood, and nothing breaks`, async (t) => {
    const messages = mutations(VALID[method]).filter(isSendable);
    assert.ok(messages.length >= MESSAGES, `only ${messages.length}`);
    const codes = new Map<string, number>();
    for (const params of messages) {
      const answer = await call(method, params);
      const code = answer.kind === "error" ? answer.error.code : "answered";
      codes.set(code, (codes.get(code) ?? 0) + 1);
      if (answer.kind !== "error") continue;
      assert.notEqual(code, "internal.bug", `${answer.error.message} for ${inspect(params).slice(0, 300)}`);
      if (code === "wire.invalid") assert.ok((answer.error.where ?? "") !== "" && answer.error.message.length < 500);
    }
    t.diagnostic(JSON.stringify(Object.fromEntries(codes)));
    assert.ok((codes.get("wire.invalid") ?? 0) > messages.length / 3);
    assert.equal(served.activeCalls, 0);
  });

test("what is no message at all is ignored, and afterwards everything works", async () => {
  for (const noise of [
    ...ODD,
    { kind: "call" },
    { kind: "call", seq: "1", method: 3 },
    { kind: "cancel", seq: 10 ** 9 },
  ])
    port1.postMessage(isSendable(noise) ? noise : null);
  for (const method of ["constructor", "__proto__", "toString", "", "x".repeat(10_000)]) {
    const answer = await call(method, {});
    assert.equal(answer.kind === "error" && answer.error.code, "wire.invalid");
  }
  await stand.client.cancelAllJobs({});
  const { images } = await stand.client.generate({ prompt: "1girl", model: "fake-model" });
  assert.equal(images.length, 1);
  assert.ok(stand.engine.jobs.length < 5000);
});
