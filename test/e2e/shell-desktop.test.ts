/** @file What the shell does for its page, which has no permission of its own: notifications, the clipboard, the zoom. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ElectronBench, NO_ELECTRON, callStudio, connectPage } from "../fixtures/electron-bench.ts";
import type { OpenedWindow } from "../fixtures/electron-bench.ts";

describe("the desktop around the window", { skip: NO_ELECTRON, timeout: 180_000 }, () => {
  const bench = new ElectronBench();
  let opened: OpenedWindow;
  before(async () => {
    opened = await bench.open();
    await connectPage(opened.page);
    // What the shell asks of Electron is written down; the desktop of a test shows no notifications.
    await opened.app.evaluate(({ Notification, BrowserWindow }) => {
      const shown: object[] = [];
      Object.assign(globalThis, { shown });
      Notification.isSupported = () => true;
      Notification.prototype.show = function (this: { title: string; body: string }) {
        shown.push({ title: this.title, body: this.body });
        Object.assign(globalThis, { lastNotification: this });
      };
      const [window] = BrowserWindow.getAllWindows();
      if (window !== undefined) window.isFocused = () => (globalThis as { isLookedAt?: boolean }).isLookedAt === true;
    });
  });
  after(() => bench.close());

  /** Calls the shell from the page over the port that came beside the studio's. */
  const callShell = (method: string, params: object): Promise<{ value?: unknown; error?: { code: string } }> =>
    opened.page.evaluate(`new Promise((resolve) => {
      const seq = Math.floor(Math.random() * 1e9);
      const port = bridge.shellPort;
      port.addEventListener("message", function take({ data }) {
        if (data.seq !== seq) return;
        port.removeEventListener("message", take);
        resolve({ value: data.value, error: data.error });
      });
      port.start();
      port.postMessage({ kind: "call", seq, method: ${JSON.stringify(method)}, params: ${JSON.stringify(params)} });
    })`);
  const shown = (): Promise<unknown> => opened.app.evaluate(() => (globalThis as { shown?: object[] }).shown);

  test("a notification is shown while nobody looks, and a click on it brings the window to the front", async () => {
    const message = { title: "4 pictures are ready", body: "" };
    await opened.app.evaluate(() => void Object.assign(globalThis, { isLookedAt: true }));
    assert.deepEqual((await callShell("notify", message)).value, { isShown: false });
    await opened.app.evaluate(() => void Object.assign(globalThis, { isLookedAt: false }));
    assert.deepEqual((await callShell("notify", message)).value, { isShown: true });
    assert.deepEqual(await shown(), [message]);
    const focused = await opened.app.evaluate(({ BrowserWindow }) => {
      let count = 0;
      const [window] = BrowserWindow.getAllWindows();
      if (window !== undefined) window.focus = () => (count += 1);
      (globalThis as { lastNotification?: { emit(event: string): void } }).lastNotification?.emit("click");
      return count;
    });
    assert.equal(focused, 1);
  });

  test("the queue's end is told by the page itself", async () => {
    const before = ((await shown()) as object[]).length;
    const { value } = await callStudio<{ id: string }>(opened.page, "enqueue", {
      prompt: "1girl",
      size: { width: 64, height: 64 },
      sampling: { steps: 1 },
    });
    assert.ok(value !== undefined);
    for (const until = Date.now() + 60_000; ((await shown()) as object[]).length === before; await sleep(100))
      assert.ok(Date.now() < until, "no notification of the queue's end");
    assert.equal(((await shown()) as object[]).length, before + 1);
  });

  test("the clipboard is written by the shell, and by the page itself it is not", async () => {
    const own = await opened.page.evaluate(
      `navigator.clipboard.writeText("mine").then(() => "written", () => "refused")`,
    );
    assert.equal(own, "refused");
    assert.deepEqual((await callShell("writeClipboard", { text: "1girl, 銀髪" })).value, {});
    assert.equal(await opened.app.evaluate(({ clipboard }) => clipboard.readText()), "1girl, 銀髪");
    assert.equal((await callShell("readClipboard", {})).error?.code, "wire.invalid");
  });

  test("the menu's zoom is the setting of the page", async () => {
    const click = (id: string): Promise<void> =>
      opened.app.evaluate(({ Menu }, item) => {
        Menu.getApplicationMenu()?.getMenuItemById(item)?.click();
      }, id);
    const zoomOf = async (): Promise<unknown> =>
      (await callStudio<{ zoom: number }>(opened.page, "settings")).value?.zoom;
    const becomes = async (zoom: number): Promise<void> => {
      for (const until = Date.now() + 5000; (await zoomOf()) !== zoom && Date.now() < until;) await sleep(30);
      assert.equal(await zoomOf(), zoom);
      await opened.page.waitForFunction(
        `document.documentElement.style.getPropertyValue("--zoom") === ${JSON.stringify(String(zoom))}`,
      );
    };
    await click("zoom-in");
    await becomes(1.1);
    await click("zoom-in");
    await becomes(1.2);
    await callStudio(opened.page, "changeSettings", { changes: { zoom: 0.6 } });
    await becomes(0.6);
    await click("zoom-out");
    await becomes(0.5);
    await click("zoom-reset");
    await becomes(1);
    const factor = await opened.app.evaluate(({ BrowserWindow }) =>
      BrowserWindow.getAllWindows()[0]?.webContents.getZoomFactor(),
    );
    assert.equal(factor, 1, "Chromium's own zoom stays out of it");
  });
});
