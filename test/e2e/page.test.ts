import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Page } from "playwright-core";
import { browserPath, openDemo } from "./demo-page.ts";
import type { DemoPages, Look } from "./demo-page.ts";

const VIEWS = ["1", "2", "3", "4", "5"];
const LOOKS: Readonly<Record<string, Look>> = {
  "English, light": {},
  "Chinese, dark, small": { locale: "zh-CN", colorScheme: "dark", width: 1024, height: 700 },
  "Japanese, light, small": { locale: "ja-JP", width: 1024, height: 700 },
  "English, dark, 4K, full queue": { colorScheme: "dark", width: 3840, height: 2160, query: "busy" },
  "English, everything wrong": { query: "trouble" },
  "Japanese, dark, first start": { locale: "ja-JP", colorScheme: "dark", query: "empty" },
};

/** What the checks of page-checks.mjs complain of. */
async function complaints(page: Page): Promise<string[]> {
  return page.evaluate(
    "[...pageChecks.nameComplaints(), ...pageChecks.contrastComplaints(), ...pageChecks.overflowComplaints()]",
  );
}

async function focus(page: Page): Promise<{ name: string; tag: string; isVisible: boolean }> {
  return page.evaluate("pageChecks.focusState()");
}

describe("the page over its made-up studio", { skip: browserPath === undefined && "no Chromium here" }, () => {
  let demo: DemoPages;
  before(async () => {
    demo = await openDemo();
  });
  after(async () => {
    await demo[Symbol.asyncDispose]();
  });

  for (const [name, look] of Object.entries(LOOKS))
    test(`names, contrast and room in every view: ${name}`, async () => {
      const { page, problems } = await demo.open(look);
      for (const view of VIEWS) {
        await page.keyboard.press(`Control+${view}`);
        await page.waitForTimeout(150);
        assert.deepEqual(await complaints(page), [], `view ${view}`);
      }
      await page.keyboard.press("Control+1");
      await page.evaluate("for (const part of document.querySelectorAll('details')) part.open = true");
      assert.deepEqual(await complaints(page), [], "the panel unfolded");
      const expected = (look.locale ?? "en").slice(0, 2);
      assert.equal(((await page.locator("html").getAttribute("lang")) ?? "").slice(0, 2), expected);
      assert.deepEqual(problems, []);
      await page.context().close();
    });

  test("by keyboard alone: every stop is named and visible, a picture is made, looked at and its view closed", async () => {
    const { page, problems } = await demo.open({});
    await page.locator("[data-pane].editor:not([inert])").waitFor();
    const seen = new Set<string>();
    for (let i = 0; i < 130 && !seen.has("Steps"); i++) {
      // In the code editor Tab indents; Escape before it leads out.
      if (await page.evaluate("document.activeElement.isContentEditable")) await page.keyboard.press("Escape");
      await page.keyboard.press("Tab");
      const { name, tag, isVisible } = await focus(page);
      assert.ok(name !== "" && isVisible, `stop ${i}: ${tag} "${name}"`);
      seen.add(name);
    }
    for (const stop of ["Gallery", "Name", "Again", "Width", "Random", "Steps"]) assert.ok(seen.has(stop), stop);
    await page.keyboard.press("Control+Enter");
    await page.getByText("Drawing").waitFor();
    await page.getByRole("img", { name: "Preview of the picture being made" }).first().waitFor();
    await page.keyboard.press("Control+.");
    await page.getByText("Drawing").waitFor({ state: "hidden" });
    await page.keyboard.press("Control+2");
    await page.keyboard.press("F6");
    // Past the grids, the size of the tiles and the search.
    for (let stop = 0; stop < 20 && !/^Picture with seed/.test((await focus(page)).name); stop++)
      await page.keyboard.press("Tab");
    const first = (await focus(page)).name;
    assert.match(first, /^Picture with seed/);
    await page.keyboard.press("ArrowRight");
    assert.notEqual((await focus(page)).name, first);
    await page.keyboard.press("Enter");
    const large = page.getByRole("dialog", { name: "About this picture" });
    await large.getByText("Akane").first().waitFor();
    assert.deepEqual(await complaints(page), []);
    await page.keyboard.press("Escape");
    await large.waitFor({ state: "hidden" });
    assert.match((await focus(page)).name, /^Picture with seed/);
    assert.deepEqual(problems, []);
  });

  test("a wrong value is said beside its field and keeps Generate from asking", async () => {
    const { page } = await demo.open({});
    const width = page.getByRole("spinbutton", { name: "Width" });
    await width.fill("250");
    await page.getByText("A multiple of 16, at least 16.").waitFor();
    assert.equal(await width.getAttribute("aria-invalid"), "true");
    const generate = page.getByRole("button", { name: /^Generate/ });
    assert.equal(await generate.getAttribute("aria-disabled"), "true");
    await width.fill("2048");
    await page.getByText("2048 × 256 is too large").waitFor();
    await width.fill("512");
    assert.equal(await generate.getAttribute("aria-disabled"), "false");
  });

  test("LoRAs are switched, taken out and picked, and the part of the panel stays open the while", async () => {
    const { page, problems } = await demo.open({});
    await page.locator("[data-pane].editor:not([inert])").waitFor();
    const heading = page.locator("summary").filter({ hasText: "LoRAs" });
    assert.match(await heading.innerText(), /1 of 2/);
    await heading.click();
    await page.getByRole("checkbox", { name: "Use akane-v3" }).check();
    await page.getByRole("slider", { name: "akane-v3" }).press("ArrowRight");
    assert.equal(await page.getByRole("spinbutton", { name: "akane-v3" }).inputValue(), "1.15");
    await page.getByRole("button", { name: "Take soft-light out" }).click();
    await page.getByRole("combobox", { name: "Add a LoRA" }).selectOption({ label: "soft-light" });
    assert.equal(await page.getByRole("spinbutton", { name: "soft-light" }).inputValue(), "1");
    const generate = page.getByRole("button", { name: /^Generate/ });
    await page.getByRole("spinbutton", { name: "soft-light" }).fill("");
    await page.getByText("From 0 to 2.").waitFor();
    assert.equal(await generate.getAttribute("aria-disabled"), "true");
    await page.getByRole("spinbutton", { name: "soft-light" }).fill("2.5");
    assert.equal(await generate.getAttribute("aria-disabled"), "false", "stronger than usual is allowed");
    assert.deepEqual(await complaints(page), []);
    assert.deepEqual(problems, []);
  });

  test("a LoRA that is dropped anywhere is taken into the draft, and no dropped file takes the page's place", async () => {
    const { page, problems } = await demo.open({ query: "empty" });
    await page.locator("[data-pane].editor:not([inert])").waitFor();
    const prompt = await page.locator(".cm-content").innerText();
    const drop = (selector: string, name: string): Promise<boolean> =>
      page
        .locator(selector)
        .first()
        .evaluate((place, fileName) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File(["bytes"], fileName));
          return place.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true }));
        }, name);
    for (const [selector, name] of [
      [".cm-content", "one"],
      ["#stage", "two"],
    ] as const) {
      assert.equal(await drop(selector, `${name}.safetensors`), false, "the browser's own way is prevented");
      await page.getByRole("spinbutton", { name, includeHidden: true }).waitFor({ state: "attached" });
    }
    assert.equal(await page.locator(".cm-content").innerText(), prompt, "it is not read as a prompt");
    assert.equal(await page.getByRole("alert").count(), 0);
    assert.equal(await drop("#stage", "notes.txt"), false);
    assert.deepEqual(problems, []);
  });

  test("a first start offers the larger model; its download is seen from everywhere and cancelled by keyboard", async () => {
    const { page, problems } = await demo.open({ query: "empty" });
    await page.getByRole("button", { name: "Larger models…" }).click();
    await page.getByRole("button", { name: "Download…" }).press("Enter");
    const dialog = page.getByRole("dialog", { name: "Licence of NewBie image Exp0.1" });
    await dialog.getByRole("checkbox").press("Space");
    await dialog.getByRole("button", { name: "Download" }).press("Enter");
    await page.getByText(/of 15\.9 GB · 45 MB\/s/).waitFor();
    await page.keyboard.press("Control+1");
    await page.getByRole("button", { name: /^Downloading NewBie image Exp0\.1: \d+%$/ }).press("Enter");
    await page.getByRole("button", { name: "Cancel" }).press("Enter");
    await page.getByText("Cancelled. What has come is kept.").waitFor();
    assert.deepEqual(await complaints(page), []);
    assert.deepEqual(problems, []);
  });

  test("what the studio refuses is shown with its remedy in the reader's language", async () => {
    const { page } = await demo.open({ query: "trouble", locale: "zh-CN" });
    await page.locator("[data-pane].editor:not([inert])").waitFor();
    await page.keyboard.press("Control+Enter");
    await page.getByText("请腾出空间；之前保存的内容都还在。").waitFor();
  });

  test("the queue: reorder, pause, cancel, retry", async () => {
    const { page } = await demo.open({ query: "busy" });
    await page.getByRole("button", { name: "Queue, 3 open" }).click();
    const items = page.getByRole("list", { name: "Queue" }).getByRole("listitem");
    await page.getByRole("button", { name: "Pause" }).click();
    await page.getByText("Paused:").waitFor();
    assert.match(await items.nth(1).innerText(), /0 of 1/);
    await items.nth(1).getByRole("button", { name: "Later" }).click();
    await page.waitForTimeout(200);
    assert.match(await items.nth(1).innerText(), /0 of 2/);
    await items.nth(1).getByRole("button", { name: "Cancel" }).click();
    await page.getByText("Cancelled · 0 of 2").waitFor();
    await items.filter({ hasText: "Failed" }).getByRole("button", { name: "Try again" }).click();
    await page.getByRole("button", { name: "Queue, 3 open" }).waitFor();
  });

  test("language and theme are changed at once, and zoom makes everything larger", async () => {
    const { page } = await demo.open({});
    await page.keyboard.press("Control+5");
    await page.getByText("日本語").click();
    await page.getByRole("heading", { name: "設定", exact: true }).waitFor();
    const background = "getComputedStyle(document.body).backgroundColor";
    const light = await page.evaluate(background);
    await page.getByText("ダーク").click();
    assert.notEqual(await page.evaluate(background), light);
    const size = "parseFloat(getComputedStyle(document.documentElement).fontSize)";
    const before = await page.evaluate<number>(size);
    for (let i = 0; i < 10; i++) await page.keyboard.press("Control+=");
    assert.ok(Math.abs((await page.evaluate<number>(size)) / before - 2) < 0.02);
    await page.keyboard.press("Control+1");
    assert.deepEqual(await complaints(page), []);
  });

  test("thousands of pictures cost a screenful, and a lost connection is said", async () => {
    const { page } = await demo.open({ query: "lost" });
    await page.getByText("The connection is lost.").waitFor();
    await page.keyboard.press("Control+2");
    await page.getByText("480 pictures").waitFor();
    assert.ok((await page.locator("[data-index]").count()) < 80);
  });

  test("what is in the trash comes back one by one or all, and leaves for good only after a second question", async () => {
    const { page, problems } = await demo.open({});
    await page.keyboard.press("Control+2");
    await page.getByText("480 pictures").waitFor();
    await page.keyboard.press("Control+5");
    await page.getByText("9 pictures, 12.6 MB").waitFor();
    await page.getByRole("button", { name: "Restore", exact: true }).first().click();
    await page.getByText("8 pictures, 11.2 MB").waitFor();
    await page.getByRole("button", { name: "Empty the trash" }).click();
    await page.getByRole("button", { name: "Keep them" }).click();
    await page.getByText("8 pictures, 11.2 MB").waitFor();
    await page.getByRole("button", { name: "Restore all shown" }).click();
    await page.getByText("The trash is empty.").waitFor();
    assert.equal(await page.getByRole("button", { name: "Empty the trash" }).count(), 0);
    await page.keyboard.press("Control+2");
    await page.getByText("489 pictures").waitFor();
    assert.deepEqual(problems, []);
  });

  test("emptying the trash removes what is in it", async () => {
    const { page } = await demo.open({ locale: "zh-CN" });
    await page.keyboard.press("Control+5");
    await page.getByRole("button", { name: "清空回收站" }).click();
    await page.getByRole("button", { name: "彻底删除" }).click();
    await page.getByText("回收站是空的。").waitFor();
    assert.deepEqual(await complaints(page), []);
  });
});
