import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { browserPath, openDemo } from "./demo-page.ts";
import type { DemoPages } from "./demo-page.ts";

async function complaints(page: Page): Promise<string[]> {
  return page.evaluate(
    "[...pageChecks.nameComplaints(), ...pageChecks.contrastComplaints(), ...pageChecks.overflowComplaints()]",
  );
}

async function inGallery(demo: DemoPages, look: Parameters<DemoPages["open"]>[0] = {}) {
  const opened = await demo.open({ query: "pictures=20000", ...look });
  await opened.page.locator("[data-pane].editor:not([inert])").waitFor();
  await opened.page.keyboard.press("Control+2");
  await opened.page.getByRole("option").first().waitFor();
  return opened;
}

describe("the gallery over its made-up studio", { skip: browserPath === undefined && "no Chromium here" }, () => {
  let demo: DemoPages;
  before(async () => {
    demo = await openDemo();
  });
  after(async () => {
    await demo[Symbol.asyncDispose]();
  });

  test("a library of any size costs a screenful; its far end is fetched and shown with its day", async () => {
    const { page, problems } = await inGallery(demo);
    const count = (): Promise<number> => page.getByRole("option").count();
    const atTop = await count();
    assert.ok(atTop < 120, `${atTop} tiles`);
    const last = page.locator("[data-index='19999'] img");
    // Days that come in make it longer: a reader pulls at the bar again.
    for (let pull = 0; pull < 50 && !(await last.isVisible()); pull++) {
      await page.locator(".scroller").evaluate((element) => (element.scrollTop = element.scrollHeight));
      await page.waitForTimeout(200);
    }
    assert.ok(await last.isVisible());
    assert.ok((await count()) < 150);
    const [top, end] = [
      await page.getByRole("option").first().getAttribute("aria-setsize"),
      await page.locator(".day h2").last().innerText(),
    ];
    assert.equal(top, "20000");
    assert.match(end, /\d/);
    assert.deepEqual(problems, []);
  });

  test("pictures are chosen by keyboard and mouse, and the choice is given up again", async () => {
    const { page, problems } = await inGallery(demo);
    await page.getByRole("option").first().focus();
    await page.keyboard.press("Space");
    await page.keyboard.press("Shift+ArrowRight");
    await page.keyboard.press("Shift+ArrowRight");
    await page.getByRole("group", { name: "3 chosen" }).waitFor();
    await page.locator("[data-index='5']").click({ modifiers: ["Control"] });
    await page.getByRole("group", { name: "4 chosen" }).waitFor();
    assert.equal(await page.getByRole("option", { selected: true }).count(), 4);
    assert.deepEqual(await complaints(page), []);
    await page.keyboard.press("Escape");
    assert.equal(await page.getByRole("option", { selected: true }).count(), 0);
    assert.deepEqual(problems, []);
  });

  test("two pictures are compared in every way, with what differs in their prompts", async () => {
    const { page, problems } = await inGallery(demo);
    await page.locator("[data-index='1']").click({ modifiers: ["Control"] });
    await page.locator("[data-index='2']").click({ modifiers: ["Control"] });
    await page.getByRole("button", { name: "Compare" }).click();
    const dialog = page.getByRole("dialog", { name: "Comparison" });
    const line = dialog.getByRole("listitem").filter({ hasText: "c1.expression" });
    assert.match((await line.innerText()).replaceAll(/\s+/g, " "), /c1\.expression Akane smile → crying/);
    for (const mode of ["Slider", "Blink", "Difference", "Side by side"]) {
      await dialog.getByRole("radio", { name: mode }).check({ force: true });
      if (mode === "Difference") await dialog.getByText(/PSNR [\d.]+ dB/).waitFor();
      assert.deepEqual(await complaints(page), [], mode);
    }
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    assert.deepEqual(problems, []);
  });

  test("chosen parts of a picture go into a new draft, the rest stays", async () => {
    const { page, problems } = await inGallery(demo);
    await page.locator("[data-index='2']").click();
    const large = page.getByRole("dialog", { name: "About this picture" });
    await large.getByText("Varied from").or(large.getByText("Made again from")).first().waitFor();
    await large.getByRole("button", { name: "Recall…" }).click();
    const dialog = page.getByRole("dialog", { name: "Recall into a new draft" });
    await dialog.getByRole("checkbox", { name: "The whole prompt" }).uncheck();
    await dialog.getByRole("checkbox", { name: "General tags" }).check();
    await dialog.getByRole("checkbox", { name: "Seed" }).check();
    await dialog.getByRole("button", { name: "Take what is chosen" }).click();
    await page.locator(".cm-content").getByText("beach, sunset").waitFor();
    const text = await page.locator(".cm-content").innerText();
    assert.match(text, /<expression>smile<\/expression>/, "the draft's own character");
    assert.equal(await large.isVisible(), false);
    assert.deepEqual(problems, []);
  });

  test("a grid is queued, filled, and a cell goes back into the editor with one click", async () => {
    const { page, problems } = await inGallery(demo, { query: "pictures=300" });
    await page.getByRole("button", { name: "Grids" }).click();
    await page.getByRole("columnheader", { name: "crying" }).waitFor();
    await page.getByRole("textbox", { name: "Values, one a line" }).first().fill("laughing\nsleepy");
    await page.getByText("2 × 1 = 2 pictures").waitFor();
    await page.getByRole("button", { name: "Queue the grid" }).click();
    await page.getByRole("columnheader", { name: "sleepy" }).waitFor();
    assert.deepEqual(await complaints(page), []);
    await page.getByRole("button", { name: "laughing: Take into the editor" }).click({ timeout: 20_000 });
    await page.locator(".cm-content").getByText("laughing").waitFor();
    assert.deepEqual(problems, []);
  });

  test("a toggle's A/B shows both pictures, their times and how far they are apart", async () => {
    const { page, problems } = await inGallery(demo, { query: "pictures=300" });
    await page.keyboard.press("Control+4");
    await page.getByText("Nothing is wrong.").waitFor();
    const row = page.getByRole("row").filter({ hasText: "Attention" });
    await row.getByRole("button").click();
    const dialog = page.getByRole("dialog", { name: "A/B: Attention" });
    await dialog.getByText(/PSNR [\d.]+ dB|pixel for pixel/).waitFor({ timeout: 40_000 });
    assert.match(await dialog.getByRole("row", { name: /^Drawing/ }).innerText(), /5,230 ms\s+5,230 ms/);
    assert.deepEqual(await complaints(page), []);
    assert.deepEqual(problems, []);
  });
});
