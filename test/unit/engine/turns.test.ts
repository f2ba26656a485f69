import assert from "node:assert/strict";
import { test } from "node:test";
import { createTurns } from "../../../src-main/engine/turns.ts";

/** A lost turn would otherwise wait for ever. */
const TIMEOUT = { timeout: 5000 };

function gate() {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return { promise, open: () => resolve(undefined) };
}

test("work is done one at a time in the order of asking, also after a failure", TIMEOUT, async () => {
  const turns = createTurns();
  const { signal } = new AbortController();
  const [first, log] = [gate(), [] as string[]];
  const a = turns.take(signal, async () => {
    log.push("a");
    await first.promise;
    throw new Error("a failed");
  });
  const b = turns.take(signal, async () => void log.push("b"));
  const c = turns.take(signal, async () => log.push("c"));
  await new Promise(setImmediate);
  assert.deepEqual(log, ["a"]);
  first.open();
  await assert.rejects(a, /a failed/);
  await Promise.all([b, c]);
  assert.deepEqual(log, ["a", "b", "c"]);
  assert.equal(await turns.take(signal, async () => 5), 5);
});

test("a job that waits leaves at once when it is cancelled, and the others keep their order", TIMEOUT, async () => {
  const turns = createTurns();
  const keep = new AbortController().signal;
  const [first, log] = [gate(), [] as string[]];
  const a = turns.take(keep, () => first.promise);
  const abort = new AbortController();
  const b = turns.take(abort.signal, async () => void log.push("b"));
  const c = turns.take(keep, async () => void log.push("c"));
  abort.abort();
  await assert.rejects(b, { code: "job.cancelled" });
  await assert.rejects(
    turns.take(AbortSignal.abort(), async () => void log.push("d")),
    { code: "job.cancelled" },
  );
  first.open();
  await Promise.all([a, c]);
  assert.deepEqual(log, ["c"]);
});
