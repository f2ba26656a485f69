import assert from "node:assert/strict";
import { test } from "node:test";
import { createByteProgressDisplay } from "../../../../src-main/cli/byte-progress-display.ts";
import { DownloadMeter } from "../../../../src-main/studio/models/download-meter.ts";
import type { DownloadProgress } from "../../../../src-main/studio/models/download-meter.ts";
import { checkSpace, formatBytes } from "../../../../src-main/studio/models/free-space.ts";
import { RateMeter } from "../../../../src-main/studio/models/progress.ts";

test("the rate is that of the last seconds, and the time left follows from it", () => {
  let now = 0;
  const meter = new RateMeter(() => now);
  assert.equal(meter.rate, 0);
  for (let second = 0; second < 20; second++) {
    now += 1000;
    meter.add(second < 10 ? 100 : 1000);
  }
  assert.ok(Math.abs(meter.rate - 1000) < 1, String(meter.rate));
  assert.equal(meter.report("x", 1000, 3000).remainingMs, 2000);
  // Nothing arrives any more: the rate falls instead of standing still.
  now += 20_000;
  assert.ok(meter.rate < 400, String(meter.rate));
});

test("bytes that were there or were lost are no speed", () => {
  const seen: DownloadProgress[] = [];
  const meter = new DownloadMeter([{ sizeBytes: 100 }, { sizeBytes: 50 }], (progress) => seen.push(progress));
  meter.fetched("a", 60);
  meter.fetched("a", 80);
  meter.fetched("a", 0);
  meter.fetched("a", 30);
  meter.checked("b", 50);
  assert.equal(meter.fetchedBytes, 50);
  assert.deepEqual([seen.at(-1)?.doneBytes, seen.at(-1)?.totalBytes, seen.at(-1)?.phase], [80, 150, "check"]);
  meter.forget("b");
  meter.fetched("b", 10);
  assert.equal(meter.fetchedBytes, 50);
});

test("space is asked for with a margin, in words", () => {
  assert.doesNotThrow(() => checkSpace(1000, 1050, "/x"));
  assert.throws(() => checkSpace(1000, 1049, "/x"), {
    code: "disk.full",
    message: /1\.05 kB are needed in \/x, but only 1\.05 kB/,
  });
  assert.deepEqual([0, 999, 1000, 6_973_272_192, 1e15].map(formatBytes), [
    "0 bytes",
    "999 bytes",
    "1.00 kB",
    "6.97 GB",
    "1000 TB",
  ]);
});

test("progress is one line that is rewritten on a terminal, and now and then a line elsewhere", () => {
  let now = 0;
  const show = (isTTY: boolean): string => {
    let text = "";
    const stream = { isTTY, columns: 60, write: (part: string) => void (text += part) };
    const display = createByteProgressDisplay(stream, () => now);
    for (let i = 0; i <= 60; i++, now += 100)
      display.show("fetching", {
        file: "vae/x",
        doneBytes: i * 1e6,
        totalBytes: 60e6,
        bytesPerSecond: 1e7,
        remainingMs: 1500,
      });
    display.say("paused");
    display.end();
    return text;
  };
  assert.match(show(true), /\r\u001b\[2Kfetching 50 % \(30\.0 MB of 60\.0 MB\), 10\.0 MB\/s, 1\.5 s left/);
  const plain = show(false);
  assert.deepEqual(plain.trimEnd().split("\n").length, 2, plain);
  assert.ok(!plain.includes("\u001b"));
});
