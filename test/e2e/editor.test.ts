/** @file The editor in a real browser: Debian's chromium over the development page; skipped where there is none. */

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { build, preview } from "vite";
import type { PreviewServer } from "vite";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((file) => existsSync(file));
const skip = executablePath === undefined ? "no chromium" : false;

const root = path.resolve(import.meta.dirname, "../..");
const configFile = path.join(root, "vite.config.ts");
const input = path.join(root, "src-renderer/dev/editor.html");

describe("the editor in a browser", { skip }, () => {
  let server: PreviewServer;
  let browser: Browser;
  let address = "";
  const outDir = mkdtempSync(path.join(tmpdir(), "tachie-editor-"));
  const errors: string[] = [];

  before(async () => {
    // Built as the product is: a development build takes several times as long for a key.
    await build({ configFile, logLevel: "error", build: { outDir, rolldownOptions: { input } } });
    server = await preview({ configFile, logLevel: "error", build: { outDir }, preview: { port: 0 } });
    address = server.resolvedUrls?.local[0] ?? "";
    browser = await chromium.launch({ executablePath: executablePath!, args: ["--no-sandbox"] });
  });
  after(async () => {
    await browser?.close();
    await server?.close();
    rmSync(outDir, { recursive: true, force: true });
  });

  async function open(query: string): Promise<Page> {
    const page = await browser.newPage({ viewport: { width: 1300, height: 900 } });
    page.on("pageerror", (error) => errors.push(error.message));
    await page.goto(`${address}dev/editor.html?${query}`);
    await page.locator(".cm-content").waitFor();
    return page;
  }
  async function textOf(page: Page): Promise<string> {
    return (await page.locator(".cm-line").allTextContents()).join("\n");
  }
  async function expectText(page: Page, expected: RegExp): Promise<void> {
    const started = Date.now();
    let text = await textOf(page);
    while (!expected.test(text) && Date.now() - started < 10_000) {
      await page.waitForTimeout(50);
      text = await textOf(page);
    }
    assert.match(text, expected);
  }

  test("form and text are one document with one history", async () => {
    const page = await open("sample=duet");
    const original = await textOf(page);
    const card = page.locator("article").first();
    const input = card.getByRole("combobox", { name: "Appearance" });
    await input.click();
    await input.pressSequentially("freck");
    await page.getByRole("option", { name: /freckles/ }).waitFor();
    await page.keyboard.press("Tab");
    await expectText(page, /hair_ribbon, freckles<\/appearance>/);
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+Home");
    await page.keyboard.type("<!-- mine -->");
    await expectText(page, /^<!-- mine -->/);
    await page.waitForTimeout(300);
    await card.locator("[data-chip]", { hasText: "waving" }).focus();
    await page.keyboard.press("Delete");
    await expectText(page, /^<!-- mine --><character_1>[^]*<\/expression>\n<position>/);
    for (let step = 0; step < 3; step++) await page.keyboard.press("Control+z");
    await expectText(page, new RegExp(`^${original.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`));
    await page.getByRole("button", { name: "Redo" }).click();
    await expectText(page, /freckles/);
    await page.close();
  });

  test("tags and cards are moved by pointer and by keyboard", async () => {
    const page = await open("sample=duet");
    const first = page.locator("article").first();
    // Once the vocabulary is there the tags have their colours.
    await first.locator(".chip.clothing").first().waitFor();
    const chip = (name: string) => first.getByRole("listitem").filter({ hasText: name });
    // By the events of a drag: a busy headless browser does not always begin one for a synthetic mouse.
    const dataTransfer = await page.evaluateHandle(() => new DataTransfer());
    await first.locator("[data-chip]", { hasText: "hair ribbon" }).dispatchEvent("dragstart", { dataTransfer });
    await chip("white serafuku").dispatchEvent("dragover", { dataTransfer });
    await chip("white serafuku").dispatchEvent("drop", { dataTransfer });
    await expectText(page, /red_eyes<\/appearance>\n<clothing>(?:hair_ribbon, white|white_serafuku, hair)/);
    await first.locator("[data-chip]", { hasText: "blue hair" }).focus();
    await page.keyboard.press("Alt+ArrowRight");
    await expectText(page, /<appearance>long_hair, blue_hair, red_eyes/);
    await first.locator("[data-chip]", { hasText: "long hair" }).focus();
    await page.keyboard.press("Control+ArrowUp");
    await expectText(page, /<appearance>\(long_hair:1\.05\), blue_hair/);
    await first.locator(".grip").focus();
    await page.keyboard.press("ArrowDown");
    await expectText(page, /<character_2>\n<n>\$character_2\$<\/n>\n<gender>1girl<\/gender>\n<appearance>\(long_hair/);
    await page.close();
  });

  test("the stage writes places, and boxes where the dialect has them", async () => {
    const page = await open("sample=duet&stage");
    const box = page.locator(".stage button").first();
    const place = (await box.boundingBox())!;
    await page.mouse.move(place.x + 40, place.y + 120);
    await page.mouse.down();
    await page.mouse.move(place.x + 150, place.y + 120, { steps: 4 });
    await page.mouse.up();
    await expectText(page, /<position>center(?:_\w+)?<\/position>/);
    await page.getByLabel("Dialect").selectOption("comfy");
    await expectText(page, /"bbox"/);
    await box.focus();
    await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("Alt+ArrowUp");
    await expectText(page, /"bbox": \[\n(?!0,\n0,\n1000,\n1000)/);
    await page.close();
  });

  test("a character of the bible comes into the prompt by its name", async () => {
    const page = await open("sample=duet");
    await page.locator(".cm-content").click();
    await page.keyboard.press("Control+End");
    await page.keyboard.type("\n@yuz");
    await page.locator(".cm-tooltip-autocomplete").getByText("@Yuzuki").click();
    await expectText(page, /<character_3>\n<n>yuzuki<\/n>\n[^]*silver_hair/);
    assert.doesNotMatch(await textOf(page), /@/);
    await page.close();
  });

  test("an @ in a card's name offers the bible: an empty card becomes the character, a written one stays", async () => {
    const page = await open("sample=duet");
    await page.getByRole("button", { name: "Add character", exact: true }).click();
    const name = page.locator("article").nth(2).getByRole("combobox", { name: "Name" });
    await name.fill("@yuz");
    await page.getByRole("option", { name: /@Yuzuki silver hair/ }).waitFor();
    assert.doesNotMatch(await textOf(page), /@/);
    await name.press("Enter");
    await expectText(page, /<character_3>\n<n>yuzuki<\/n>\n[^]*silver_hair/);
    assert.equal(await page.locator("article").count(), 3);
    assert.equal(await name.inputValue(), "yuzuki");
    const [first] = (await textOf(page)).split("<character_2>");
    const written = page.locator("article").first().getByRole("combobox", { name: "Name" });
    await written.fill("@");
    await page.getByRole("option", { name: /@Yuzuki/ }).click();
    await expectText(page, /<character_4>\n<n>yuzuki<\/n>/);
    assert.ok((await textOf(page)).startsWith(first ?? "-"));
    await page.getByRole("button", { name: "Undo" }).click();
    await page.locator("article").nth(3).waitFor({ state: "detached" });
    // A name that begins with the sign and is nobody's is a name.
    await written.fill("@nobody");
    await written.press("Enter");
    await expectText(page, /<character_1>\n<n>@nobody<\/n>/);
    await page.close();
  });

  test("an @ at 'Add character' offers the bible, by keyboard and by pointer", async () => {
    const page = await open("sample=duet");
    const add = page.getByRole("button", { name: "Add character", exact: true });
    await add.focus();
    await page.keyboard.type("@yu");
    await page.getByRole("option", { name: /@Yuzuki/ }).waitFor();
    await page.keyboard.press("Escape");
    assert.equal(await add.evaluate((button) => button === document.activeElement), true);
    await page.keyboard.type("@");
    await page.getByRole("combobox", { name: "Add from the character bible (@)" }).fill("＠yuz");
    await page.getByRole("option", { name: /@Yuzuki/ }).waitFor();
    await page.keyboard.press("Tab");
    await expectText(page, /<character_3>\n<n>yuzuki<\/n>\n[^]*silver_hair/);
    await page.getByRole("button", { name: "Add from the character bible (@)" }).click();
    await page.getByRole("option", { name: /@Yuzuki/ }).click();
    await expectText(page, /<character_4>\n<n>yuzuki<\/n>/);
    assert.doesNotMatch(await textOf(page), /@/);
    await page.close();
  });

  test("a quick fix says what it does in the language of the page", async () => {
    const page = await open("sample=broken&language=ja");
    await page.locator("button.count").click();
    await page.getByRole("button", { name: "名前を <style> にする" }).click();
    await expectText(page, /<style>anime_style<\/style>/);
    await page.close();
  });

  test("what is pasted is asked about, taken in parts, and undone in one step", async () => {
    const page = await open("sample=duet");
    await page.getByRole("button", { name: "Paste" }).click();
    const area = page.getByRole("textbox", { name: "Paste or type here" });
    await area.fill("<image><character_1><n>miku</n></character_1><character_2><n>rin</n></character_2></image>");
    await area.press("Enter");
    await page.getByRole("button", { name: "rin", exact: true }).click();
    await expectText(page, /<character_3>\n?<n>rin<\/n>/);
    await page.getByRole("button", { name: "Undo" }).click();
    await page.waitForTimeout(200);
    assert.doesNotMatch(await textOf(page), /rin/);
    await page.close();
  });

  test("markup in a prompt is text everywhere: nothing is run", async () => {
    const page = await open("sample=empty");
    await page.locator(".cm-content").click();
    const hostile =
      '<character_1><n><img src=x onerror=window.hit=1></n><appearance><script>window.hit=1</script>, "><svg onload=window.hit=1></appearance></character_1>';
    await page.keyboard.insertText(hostile);
    await page.locator("article").waitFor();
    await page.waitForTimeout(500);
    assert.equal(await page.evaluate("window.hit"), undefined);
    await page.close();
  });

  test("typing in a prompt of six characters stays under 16 ms a keystroke", async () => {
    const page = await open("sample=sextet");
    const session = await page.context().newCDPSession(page);
    // The page's own time on the processor: what else the machine does is left out. Painting is in `all` only: without
    // a graphics card the browser paints in software, which says nothing about the page.
    await session.send("Performance.enable", { timeDomain: "threadTicks" });
    const busyMs = async (): Promise<{ own: number; all: number }> => {
      const { metrics } = await session.send("Performance.getMetrics");
      const ms = (wanted: string): number => (metrics.find(({ name }) => name === wanted)?.value ?? NaN) * 1000;
      const own = ms("ScriptDuration") + ms("LayoutDuration") + ms("RecalcStyleDuration");
      return { own, all: ms("TaskDuration") };
    };
    await page.locator(".cm-line", { hasText: "silver_hair" }).click();
    await page.keyboard.press("End");
    for (let step = 0; step < "</appearance>".length; step++) await page.keyboard.press("ArrowLeft");
    await page.waitForTimeout(1000);
    const own: number[] = [];
    const all: number[] = [];
    let before = await busyMs();
    for (const letter of ", freckles, mole under eye, light smile, earrings, blue_eyes, choker, hair flower") {
      await page.keyboard.type(letter);
      const now = await busyMs();
      own.push(now.own - before.own);
      all.push(now.all - before.all);
      before = now;
    }
    await page.waitForTimeout(1000);
    const settled = await busyMs();
    await page.close();
    const at = (times: number[], share: number): number =>
      times.toSorted((left, right) => left - right)[Math.floor(times.length * share)] ?? Infinity;
    const shown = (times: number[]): string =>
      `median ${at(times, 0.5).toFixed(1)} ms, p95 ${at(times, 0.95).toFixed(1)} ms`;
    console.log(
      `keystroke of ${own.length}: ${shown(own)}; with painting: ${shown(all)}; ` +
        `form, checks and counts afterwards: ${(settled.own - before.own).toFixed(1)} ms`,
    );
    assert.ok(at(own, 0.95) < 16, shown(own));
  });

  test("nothing was thrown on any page", () => {
    assert.deepEqual(errors, []);
  });
});
