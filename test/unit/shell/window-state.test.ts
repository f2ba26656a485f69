import assert from "node:assert/strict";
import { test } from "node:test";
import { SMALLEST, parseWindowState, placeWindow } from "../../../src-main/shell/window-state.ts";
import type { WindowState } from "../../../src-main/shell/window-state.ts";

const left = { x: 0, y: 24, width: 1920, height: 1056 };
const right = { x: 1920, y: 0, width: 3840, height: 2160 };
const small = { x: 0, y: 0, width: 640, height: 480 };
const state = (x: number, y: number, width = 1000, height = 700): WindowState => ({
  bounds: { x, y, width, height },
  isMaximized: false,
});

test("a window comes back where it was, on any screen", () => {
  for (const kept of [state(100, 100), state(2500, 300, 3000, 1800), state(-800, 200), state(1800, 1000)])
    assert.deepEqual(placeWindow(kept, [left, right]), kept);
});

test("a window whose screen is gone, or whose top cannot be reached, comes to the middle of the first one", () => {
  const middle = { x: 460, y: 202, width: 1000, height: 700 };
  for (const kept of [state(2500, 300), state(100, -700), state(100, 1079), state(-950, 100), state(90_000, 0)])
    assert.deepEqual(placeWindow(kept, [left]).bounds, middle);
});

test("a window is never larger than its screen, nor smaller than the interface needs", () => {
  assert.deepEqual(placeWindow(state(0, 24, 9000, 9000), [left]).bounds, { ...left });
  assert.deepEqual(placeWindow(state(10, 30, 300, 200), [left]).bounds, { x: 10, y: 30, ...SMALLEST });
  const { width, height } = placeWindow(undefined, [small]).bounds;
  assert.deepEqual({ width, height }, { ...SMALLEST });
});

test("the first window fits, also where the system names no screen; that it was maximised is kept", () => {
  const { bounds } = placeWindow(undefined, [left, right]);
  assert.ok(bounds.width <= left.width && bounds.height <= left.height && bounds.x > 0 && bounds.y > left.y);
  assert.ok(placeWindow(undefined, []).bounds.width > 0);
  assert.equal(placeWindow({ ...state(5000, 5000), isMaximized: true }, [left]).isMaximized, true);
});

test("what was kept is read back, and what was not kept by us is nothing", () => {
  const kept = { ...state(-5, 3), isMaximized: true };
  assert.deepEqual(parseWindowState(JSON.stringify(kept)), kept);
  const wrong = [
    "",
    "{",
    "null",
    "[]",
    "{}",
    '{"bounds":null,"isMaximized":true}',
    '{"bounds":{"x":0,"y":0,"width":1000},"isMaximized":false}',
    '{"bounds":{"x":0,"y":0,"width":"1000","height":1},"isMaximized":false}',
    '{"bounds":{"x":1e99,"y":0,"width":1000,"height":700},"isMaximized":false}',
    '{"bounds":{"x":0.5,"y":0,"width":1000,"height":700},"isMaximized":false}',
    '{"bounds":{"x":0,"y":0,"width":1000,"height":700},"isMaximized":1}',
  ];
  for (const text of wrong) assert.equal(parseWindowState(text), undefined, text);
});
