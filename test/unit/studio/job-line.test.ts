import assert from "node:assert/strict";
import { test } from "node:test";
import { createJobLine } from "../../../src-main/studio/job-line.ts";
import type { Lane } from "../../../src-main/studio/job-line.ts";

/** A line whose jobs end when they are told to, and the order in which they began. */
function lineUnderTest() {
  const line = createJobLine();
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const ask = (name: string, lane: Lane, signal = new AbortController().signal): Promise<string> =>
    line.run(
      signal,
      () => {
        begun.push(name);
        return new Promise((resolve) => ends.set(name, () => resolve(name)));
      },
      lane,
    );
  const end = async (name: string): Promise<void> => {
    ends.get(name)?.();
    await new Promise(setImmediate);
  };
  return { line, begun, ask, end };
}

test("commands go ahead of the queue, in the order of asking, and nothing overtakes what runs", async () => {
  const { line, begun, ask, end } = lineUnderTest();
  const all = [ask("queue 1", "queue"), ask("queue 2", "queue"), ask("command 1", "command"), ask("queue 3", "queue")];
  all.push(ask("command 2", "command"));
  assert.deepEqual([line.length, line.ahead], [5, 3]);
  for (const name of ["queue 1", "command 1", "command 2", "queue 2", "queue 3"]) await end(name);
  await Promise.all(all);
  assert.deepEqual(begun, ["queue 1", "command 1", "command 2", "queue 2", "queue 3"]);
  assert.deepEqual([line.length, line.ahead], [0, 0]);
});

test("one that leaves while it waits is never begun and holds nobody up; one that fails neither", async () => {
  const { line, begun, ask, end } = lineUnderTest();
  const abort = new AbortController();
  const first = ask("1", "command");
  const left = ask("2", "command", abort.signal);
  const third = ask("3", "command");
  abort.abort();
  await assert.rejects(left, { code: "job.cancelled" });
  await end("1");
  await first;
  assert.deepEqual(begun, ["1", "3"]);
  await assert.rejects(ask("4", "command", AbortSignal.abort()), { code: "job.cancelled" });
  const failing = line.run(new AbortController().signal, () => Promise.reject(new Error("as told")));
  const failed = assert.rejects(failing, /as told/);
  await end("3");
  await third;
  await failed;
  const last = ask("5", "queue");
  await end("5");
  assert.equal(await last, "5");
});
