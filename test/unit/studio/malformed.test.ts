/** @file What no client of ours would ever send, 500 times a method, over a real wire. */

import assert from "node:assert/strict";
import { after, test } from "node:test";
import { inspect } from "node:util";
import { MessageChannel } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { STUDIO_METHODS } from "../../../src-main/contract/studio.ts";
import type { Port, WireMessage } from "../../../src-main/contract/wire.ts";
import { isWireMessage } from "../../../src-main/contract/wire.ts";
import { serveStudio } from "../../../src-main/studio/serve-studio.ts";
import { MESSAGES, ODD, VALID, isSendable, mutations } from "../../fixtures/malformed-messages.ts";
import { tally } from "../../fixtures/loops.ts";
import { StudioStand } from "../../fixtures/studio-stand.ts";

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

test("every method has its valid message here, and it is one", async () => {
  assert.deepEqual(Object.keys(VALID).sort(), [...STUDIO_METHODS].sort());
  for (const method of STUDIO_METHODS) {
    const answer = await call(method, VALID[method]);
    // What is not there, or not made for such a test, but never that the message is not understood.
    if (answer.kind === "error")
      assert.notEqual(answer.error.code, "wire.invalid", `${method}: ${answer.error.message}`);
  }
});

/** Answers of all methods by their code. */
const total = new Map<string, number>();

for (const method of STUDIO_METHODS)
  test(`${MESSAGES} malformed messages to ${method} are refused or understood, and nothing breaks`, async (t) => {
    const messages = mutations(VALID[method]).filter(isSendable);
    assert.ok(messages.length >= MESSAGES, `only ${messages.length}`);
    const codes = new Map<string, number>();
    for (const params of messages) {
      const answer = await call(method, params);
      const code = answer.kind === "error" ? answer.error.code : "answered";
      codes.set(code, (codes.get(code) ?? 0) + 1);
      total.set(code, (total.get(code) ?? 0) + 1);
      if (answer.kind !== "error") continue;
      assert.notEqual(code, "internal.bug", `${answer.error.message} for ${inspect(params).slice(0, 300)}`);
      if (code === "wire.invalid") assert.ok((answer.error.where ?? "") !== "" && answer.error.message.length < 500);
    }
    t.diagnostic(JSON.stringify(Object.fromEntries(codes)));
    assert.ok((codes.get("wire.invalid") ?? 0) > messages.length / 3);
    assert.equal(served.activeCalls, 0);
  });

test("what is no message at all is ignored, and afterwards everything works", async (t) => {
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
  assert.ok(stand.engine.jobs.length < 10 * MESSAGES);
  tally(t, `malformed messages to ${STUDIO_METHODS.length} methods over a port`, Object.fromEntries(total));
});
