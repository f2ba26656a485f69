/**
 * @file A duet written by hand, generated with the starter model, and everything found again after a restart: in the real
 * window, and in a browser over `tachie serve`. TACHIE_SHOTS=FOLDER keeps a picture of every step.
 */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { chromium } from "playwright-core";
import type { Page } from "playwright-core";
import { DUET_SEED, camera, generateIt, look, writeDuet } from "../fixtures/duet-by-hand.ts";
import type { Seen } from "../fixtures/duet-by-hand.ts";
import { ElectronBench, NO_ELECTRON } from "../fixtures/electron-bench.ts";
import { ServeBench } from "../fixtures/serve-bench.ts";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((file) => existsSync(file));
const NO_CHROMIUM = executablePath === undefined ? "there is no chromium: apt-get install chromium" : false;

async function make(page: Page, prefix: string): Promise<Seen> {
  const shoot = camera(page, prefix);
  await page.locator(".cm-content").waitFor();
  await shoot("1-opened");
  await writeDuet(page);
  await shoot("2-written");
  await generateIt(page, () => shoot("3-drawing"));
  await shoot("4-made");
  const seen = await look(page);
  for (const part of ["blonde hair, blue eyes, long hair", "red dress", "white shirt", "2girls", "beach, day"])
    assert.ok(seen.xml.includes(part), `${part} is not in\n${seen.xml}`);
  assert.equal(seen.seed, String(DUET_SEED));
  await page.getByRole("button", { name: "Gallery", exact: true }).click();
  await shoot("5-gallery");
  await page.getByRole("button", { name: "Studio", exact: true }).click();
  return seen;
}

async function find(page: Page, prefix: string, before: Seen): Promise<void> {
  assert.deepEqual(await look(page), before);
  await camera(page, prefix)("6-restarted");
}

test("in the real window", { skip: NO_ELECTRON, timeout: 300_000 }, async () => {
  const bench = new ElectronBench();
  try {
    const first = await bench.open();
    const seen = await make(first.page, "window");
    await first.app.close();
    const second = await bench.open();
    await find(second.page, "window", seen);
  } finally {
    await bench.close();
  }
});

test("in a browser", { skip: NO_CHROMIUM, timeout: 300_000 }, async () => {
  using bench = new ServeBench();
  const browser = await chromium.launch({ executablePath: executablePath ?? "", args: ["--no-sandbox"] });
  try {
    const open = async (): Promise<{ page: Page; end: () => Promise<void> }> => {
      const { command, address } = await bench.serve();
      const page = await browser.newPage({ viewport: { width: 1360, height: 860 }, locale: "en" });
      await page.goto(address);
      const end = async (): Promise<void> => {
        await page.close();
        command.child.kill("SIGINT");
        assert.equal((await command.result).code, 0);
      };
      return { page, end };
    };
    const first = await open();
    const seen = await make(first.page, "browser");
    await first.end();
    const second = await open();
    await find(second.page, "browser", seen);
    await second.end();
  } finally {
    await browser.close();
  }
});
