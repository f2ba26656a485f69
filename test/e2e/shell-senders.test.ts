/** @file Messages to the shell from wherever they may come: only the window's own page is given ports. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { ElectronBench, NO_ELECTRON } from "../fixtures/electron-bench.ts";
import type { OpenedWindow } from "../fixtures/electron-bench.ts";
import { rounds, tally } from "../fixtures/loops.ts";
import { hostileAddresses } from "../fixtures/hostile-addresses.ts";

const SENDERS = rounds({ short: 500, long: 2000 });
const ADDRESSES = rounds({ short: 200, long: 1000 });

describe("who may talk to the shell", { skip: NO_ELECTRON, timeout: 180_000 }, () => {
  const bench = new ElectronBench();
  let opened: OpenedWindow;
  before(async () => {
    opened = await bench.open();
  });
  after(() => bench.close());

  test(`${SENDERS} messages of frames that are not the page get no port`, async (t) => {
    const urls = [
      ...["https://example.org/", "file:///etc/passwd", "about:blank", "data:text/html,x", "", "tachie://evil/"],
      ...["tachie://app.evil/", "tachie://app@evil/", "tachie://app:1/", "tachie://app/image/x", "tachie:app", "\0"],
      ...hostileAddresses(SENDERS, bench.folder).filter(
        (address) => !/^tachie:\/\/app\/(index\.html)?([?#]|$)/i.test(address),
      ),
    ].slice(0, SENDERS);
    const given = await opened.app.evaluate(({ BrowserWindow, ipcMain }, addresses) => {
      const ports: { readonly url: string | undefined; readonly isMain: boolean }[] = [];
      const page = BrowserWindow.getAllWindows()[0]?.webContents;
      const say = (url: string | undefined, isMain: boolean): void => {
        const frame = { url, postMessage: () => ports.push({ url, isMain }) };
        const sender = { mainFrame: isMain ? frame : page?.mainFrame };
        ipcMain.emit("tachie:connect", { sender, senderFrame: url === undefined ? null : frame });
      };
      for (const url of addresses) say(url, true);
      say("tachie://app/", false); // the right address in a frame below the page
      say(undefined, true); // a frame that is gone
      const wrong = [...ports];
      say("tachie://app/", true);
      return { wrong, isPageServed: ports.length === wrong.length + 1 };
    }, urls);
    // Some hostile addresses lead to the page itself once a parser has read them, as tachie://app/./ does.
    const isOwn = (url: string | undefined): boolean =>
      url !== undefined && URL.canParse(url) && /^tachie:\/\/app\/(index\.html)?([?#].*)?$/s.test(new URL(url).href);
    const leaks = given.wrong.filter(({ url, isMain }) => !isMain || !isOwn(url));
    assert.deepEqual(leaks, [], "a frame that is not the page was given ports");
    assert.ok(given.isPageServed, "the page itself is given some");
    tally(t, "wrong senders", { senders: urls.length + 2 - urls.filter(isOwn).length, "given a port": leaks.length });
  });

  test(`${ADDRESSES} hostile addresses, asked by the page itself: no byte from outside`, async (t) => {
    const addresses = hostileAddresses(ADDRESSES, bench.folder);
    const answers = await opened.page.evaluate(
      `Promise.all(${JSON.stringify(addresses)}.map(async (address) => {
        try {
          const response = await fetch(address);
          const body = await response.text();
          const isPage = body.startsWith("<!doctype html>") && body.includes('id="app"');
          return response.ok && !isPage && !/\\/assets\\//.test(response.url) ? address + " " + body.slice(0, 80) : "refused";
        } catch { return "refused"; }
      }))`,
    );
    const leaks = (answers as string[]).filter((answer) => answer !== "refused");
    assert.deepEqual(leaks, []);
    tally(t, "hostile addresses asked by the window's page", { asked: addresses.length, leaks: leaks.length });
  });
});
