import assert from "node:assert/strict";
import { test } from "node:test";
import type { JobProgress, QueuedJob } from "../../../src-main/contract/jobs.ts";
import type { PictureSummary } from "../../../src-main/contract/studio.ts";
import { SAMPLE_TIMINGS, sampleRecord } from "../../../src-renderer/demo/sample-data.ts";
import { endMessage } from "../../../src-renderer/frame/end-message.ts";
import { commandOf } from "../../../src-renderer/frame/shortcuts.ts";
import { en } from "../../../src-renderer/messages/en.ts";
import { en as modelsInEnglish } from "../../../src-renderer/models/messages/en.ts";
import { ja as modelsInJapanese } from "../../../src-renderer/models/messages/ja.ts";
import { zhCn as modelsInChinese } from "../../../src-renderer/models/messages/zh-cn.ts";
import { TEXTS } from "../../../src-renderer/messages/index.ts";
import { timingParts } from "../../../src-renderer/stage/timing-parts.ts";
import { formatBytes, formatDuration } from "../../../src-renderer/state/format.ts";
import { EMPTY_LIST, appendPage, prependPicture } from "../../../src-renderer/state/picture-list.ts";
import { countDownMs, pictureLeftMs, pictureShare } from "../../../src-renderer/state/time-left.ts";
import { rgbaFromRgb } from "../../../src-renderer/ui/rgba.ts";

const picture = (id: string): PictureSummary => sampleRecord(Number(id));

test("pages join without gaps or doubles, also where a picture was saved in between", () => {
  const first = appendPage(EMPTY_LIST, { pictures: [1, 2].map((n) => summary(n)), total: 4, next: "sample-2" });
  const saved = prependPicture(first, summary(0));
  assert.equal(saved.total, 5);
  assert.equal(prependPicture(saved, summary(0)), saved);
  const all = appendPage(saved, { pictures: [2, 3, 4].map((n) => summary(n)), total: 5 });
  assert.deepEqual(
    all.pictures.map(({ id }) => id),
    ["sample-0", "sample-1", "sample-2", "sample-3", "sample-4"],
  );
  assert.equal(all.next, undefined);
});

function summary(number: number): PictureSummary {
  return picture(String(number));
}

const PROGRESS: JobProgress = {
  id: "a",
  number: 1,
  count: 1,
  stage: "denoise",
  step: 5,
  steps: 20,
  stepMs: 100,
};

test("time left counts passes where they are told, and goes down with the clock", () => {
  assert.equal(pictureLeftMs(PROGRESS), 1500);
  assert.equal(pictureLeftMs({ ...PROGRESS, passes: 10, passesTotal: 25 }), 750);
  assert.equal(pictureLeftMs({ ...PROGRESS, step: 0 }), undefined);
  assert.equal(pictureLeftMs({ ...PROGRESS, stage: "decode" }), undefined);
  assert.equal(countDownMs({ remainingMs: 5000, at: 1000 }, 3000), 3000);
  assert.equal(countDownMs({ remainingMs: 5000, at: 1000 }, 9000), 0);
  assert.equal(pictureShare({ ...PROGRESS, passes: 10, passesTotal: 25 }), 0.4);
  assert.equal(pictureShare({ ...PROGRESS, stage: "save" }), 1);
});

test("the time by stage leaves out what took none, and adds up", () => {
  const parts = timingParts({ ...SAMPLE_TIMINGS, loadMs: 0 });
  assert.deepEqual(
    parts.map(({ stage }) => stage),
    ["encode", "denoise", "decode", "save"],
  );
  assert.ok(Math.abs(parts.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
});

test("numbers are written as each language writes them", () => {
  assert.equal(formatDuration("en", 92), "0.09s");
  assert.equal(formatDuration("en", 7220), "7.2s");
  assert.equal(formatDuration("en", 59_700), "1m 0s");
  assert.equal(formatDuration("en", 3_725_000), "1h 2m");
  assert.match(formatDuration("zh-CN", 12_000), /12\s?秒/);
  assert.equal(formatBytes("en", 15_900_000_000), "15.9 GB");
  assert.equal(formatBytes("en", 0), "0 byte");
});

test("every language has words of its own for everything but names", () => {
  const allowed = new Set(["product", "loras", "dpmpp_2m", "languages", "diffusers", "flash", "cudnn"]);
  const walk = (ours: object, theirs: object, path: string[]): void => {
    for (const [key, value] of Object.entries(ours)) {
      const other: unknown = (theirs as Record<string, unknown>)[key];
      if (allowed.has(key)) continue;
      if (typeof value === "string")
        assert.ok(other !== "" && (value === "" || other !== value), [...path, key].join("."));
      else if (typeof value === "object" && value !== null) walk(value as object, other as object, [...path, key]);
    }
  };
  for (const language of ["zh-CN", "ja"] as const) walk(en, TEXTS[language], [language]);
  for (const [language, texts] of Object.entries({ "zh-CN": modelsInChinese, ja: modelsInJapanese }))
    walk(modelsInEnglish, texts, [language, "models"]);
});

test("keys are commands with Ctrl or the command key only", () => {
  const keys = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  assert.equal(commandOf({ ...keys, key: "Enter" }), undefined);
  assert.deepEqual(commandOf({ ...keys, key: "Enter", ctrlKey: true }), { kind: "generate" });
  assert.deepEqual(commandOf({ ...keys, key: "2", metaKey: true }), { kind: "view", place: 1 });
  assert.equal(commandOf({ ...keys, key: "2", ctrlKey: true, altKey: true }), undefined);
  assert.deepEqual(commandOf({ ...keys, key: "F6", shiftKey: true }), { kind: "previousPane" });
});

test("a queue's end tells of its own jobs only", () => {
  const job = (createdAt: string, state: QueuedJob["state"], images: number): QueuedJob => ({
    id: createdAt,
    state,
    createdAt,
    request: { prompt: "" },
    images: Array.from({ length: images }, () => sampleRecord(0)),
  });
  const jobs = [job("2026-01-01", "done", 9), job("2026-01-02", "done", 2), job("2026-01-03", "failed", 0)];
  assert.deepEqual(endMessage(jobs, "2026-01-02", en), { title: "Tachie: 2 pictures are ready", body: "1 failed" });
});

test("pixels of three bytes become opaque pixels of four", () => {
  assert.deepEqual([...rgbaFromRgb(new Uint8Array([1, 2, 3, 4, 5, 6]), 2)], [1, 2, 3, 255, 4, 5, 6, 255]);
  assert.deepEqual([...rgbaFromRgb(new Uint8Array([1, 2]), 1)], [1, 2, 0, 255]);
});
