import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProgressStream } from "../../../src-main/cli/progress-display.ts";
import { createProgressDisplay, formatSeconds } from "../../../src-main/cli/progress-display.ts";
import type { GenerationProgress } from "../../../src-main/contract/generation.ts";

function recorded(stream: Omit<ProgressStream, "write">) {
  let text = "";
  let now = 0;
  const display = createProgressDisplay({ ...stream, write: (part) => (text += part) }, () => now);
  const step = (changes: Partial<GenerationProgress>, place = { number: 1, count: 1 }): void =>
    display.show({ kind: "step", ...place, stage: "denoise", step: 0, steps: 10, stepMs: 0, ...changes });
  return {
    display,
    step,
    wait: (ms: number) => (now += ms),
    get text() {
      return text;
    },
  };
}

test("a log gets a line now and then, with rate and time left, and the last step", () => {
  const log = recorded({});
  log.step({ stage: "encode" });
  for (let done = 1; done <= 10; done++) {
    log.wait(1500);
    log.step({ step: done, stepMs: 1500 });
  }
  const lines = log.text.trimEnd().split("\n");
  assert.equal(lines[0], "encode");
  assert.ok(lines.includes("denoise 4/10, 1.50 s a step, 9.0 s left"), log.text);
  assert.equal(lines.at(-1), "denoise 10/10, 1.50 s a step, 0.0 s left");
  assert.ok(lines.length < 9, "not every step");
  assert.doesNotMatch(log.text, /[\r\u001b]/);
});

test("time left counts passes where they are known, and the pictures still to come", () => {
  const log = recorded({});
  log.wait(1000);
  // Two passes a step while guided, one later: 5 of 15 passes are done after 4 seconds.
  log.step({ step: 3, stepMs: 1000, passes: 5, passesTotal: 15 }, { number: 1, count: 2 });
  log.wait(4000);
  log.step({ step: 5, stepMs: 500, passes: 5, passesTotal: 15 }, { number: 1, count: 2 });
  // 5 passes in 5 s: 10 s for the rest of this picture, 15 s for the next.
  assert.match(log.text, /\[1\/2\] denoise 5\/10, 1\.3 steps\/s, 25 s left\n$/);
});

test("a terminal gets one line that is rewritten, never wider than itself, and notices between", () => {
  const terminal = recorded({ isTTY: true, columns: 20 });
  terminal.step({ step: 1, stepMs: 100 });
  terminal.display.show({ kind: "notice", text: "its pictures are noise" });
  terminal.wait(100);
  terminal.step({ step: 2, stepMs: 100 });
  terminal.display.end();
  assert.equal(terminal.text.split("\n").length, 2);
  assert.match(terminal.text, /\r\u001b\[2Kits pictures are noise\n/);
  assert.ok(terminal.text.endsWith("\r\u001b[2K"));

  for (const part of terminal.text.split(/\r\u001b\[2K|\n/)) if (part.includes("denoise")) assert.ok(part.length < 20);
});

test("durations are said in at most two units", () => {
  for (const [ms, words] of [
    [49, "0.0 s"],
    [9_900, "9.9 s"],
    [59_400, "59 s"],
    [59_600, "1 min 0 s"],
    [3_700_000, "1 h 1 min"],
  ] as const)
    assert.equal(formatSeconds(ms), words);
});
