/// <reference lib="dom" />
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { SMALL_NETWORKS } from "../../models/newbie-exp0.1/small-networks.ts";
import { writeSafetensors } from "../../src-main/graph/safetensors.ts";
import { FaultyServer } from "../fault/faulty-server.ts";
import { ADAPTER_FORMATS } from "../fixtures/reference/lora.ts";
import { ServeBench, openPage } from "../fixtures/serve-bench.ts";
import type { Serving } from "../fixtures/serve-bench.ts";
import { FILES, writeSmallModel } from "../unit/studio/models/small-model.ts";
import { browserPath } from "./demo-page.ts";

const REPOSITORY = "NewBie-AI/NewBie-image-Exp0.1";
const LICENCE = "Clause 1: what is not commercial is allowed.";
const TITLE = "NewBie image Exp0.1";

function writeAdapter(file: string, module: string): string {
  const { dim, heads, headDim } = SMALL_NETWORKS.transformer;
  mkdirSync(path.dirname(file), { recursive: true });
  const tensors = ADAPTER_FORMATS["kohya"]?.(module, dim, heads * headDim, "F32").tensors ?? [];
  writeSafetensors(file, tensors, {}, { canReplace: true });
  return file;
}

const sumOf = (file: string): string => createHash("sha256").update(readFileSync(file)).digest("hex");

describe("models and LoRAs in the browser", { skip: browserPath === undefined && "no Chromium here" }, () => {
  const bench = new ServeBench();
  let browser: Browser | undefined;
  let serving: Serving;
  after(async () => {
    await browser?.close();
    bench[Symbol.dispose]();
  });

  async function openModels(): Promise<{ readonly page: Page; readonly problems: string[] }> {
    browser ??= await chromium.launch({ executablePath: browserPath ?? "", args: ["--no-sandbox"] });
    const context = await browser.newContext({ locale: "en-US", viewport: { width: 1440, height: 900 } });
    await context.addInitScript({ path: path.join(import.meta.dirname, "page-checks.mjs") });
    context.setDefaultTimeout(30_000);
    const page = await context.newPage();
    const problems: string[] = [];
    page.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) problems.push(message.text());
    });
    page.on("pageerror", (error) => problems.push(error.message));
    await page.goto(serving.address);
    await page.locator("[data-pane].editor:not([inert])").waitFor();
    await page.keyboard.press("Control+3");
    return { page, problems };
  }
  const complaints = (page: Page): Promise<string[]> =>
    page.evaluate(
      "[...pageChecks.nameComplaints(), ...pageChecks.contrastComplaints(), ...pageChecks.overflowComplaints()]",
    );
  const cardOf = (page: Page, title: string) => page.getByRole("listitem").filter({ hasText: title });

  test("a model is downloaded with its licence accepted, cancelled, gone on with after a kill, checked and chosen", async () => {
    const published = writeSmallModel(path.join(bench.root, "published"), true);
    await using server = await FaultyServer.start({ bytesPerSecond: 2_000_000 });
    for (const file of Object.values(FILES))
      server.add(`${REPOSITORY}/resolve/main/${file}`, readFileSync(path.join(published, file)));
    server.add(`${REPOSITORY}/resolve/main/LICENSE.md`, Buffer.from(LICENCE), [], true);
    serving = await bench.serve();
    const first = await openModels();
    await first.page.getByRole("textbox", { name: "Address" }).fill("mirror");
    await first.page.getByText("An address such as https://mirror.example").waitFor();
    await first.page.getByRole("textbox", { name: "Address" }).fill(server.base);
    await first.page.getByRole("textbox", { name: "Address" }).press("Enter");
    await first.page.getByRole("button", { name: "Use the usual one" }).waitFor();

    const { page } = first;
    await page.getByRole("button", { name: "Download…" }).click();
    const dialog = page.getByRole("dialog", { name: `Licence of ${TITLE}` });
    await dialog.getByText(LICENCE).waitFor();
    await dialog.getByText(server.base).waitFor();
    await dialog.getByText("About 16 GB").waitFor();
    const start = dialog.getByRole("button", { name: "Download" });
    assert.equal(await start.isDisabled(), true, "not before the licence is accepted");
    assert.deepEqual(await complaints(page), []);
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    assert.equal(server.sentBytes, Buffer.byteLength(LICENCE), "nothing else was fetched");
    await page.getByRole("button", { name: "Download…" }).click();
    await dialog.getByRole("checkbox").check();
    await start.click();

    const bar = page.getByRole("progressbar", { name: `Downloading ${TITLE}` });
    await bar.and(page.locator("[aria-valuenow]")).waitFor();
    const share = async (): Promise<number> => Number(await bar.getAttribute("aria-valuenow"));
    while ((await share()) < 8) await sleep(50);
    await page.getByText(/MB of \d+(\.\d+)? MB · .*\/s/).waitFor();
    // Another window knows of it, and the work does not end with the window that began it.
    const second = await openModels();
    await page.close();
    await second.page.getByRole("progressbar", { name: `Downloading ${TITLE}` }).waitFor();
    await cardOf(second.page, TITLE).getByRole("button", { name: "Cancel" }).click();
    await second.page.getByText("Cancelled. What has come is kept.").waitFor();
    await cardOf(second.page, TITLE).getByText("Unfinished download").waitFor();
    assert.deepEqual(await complaints(second.page), []);
    assert.deepEqual([...first.problems, ...second.problems], []);

    // Gone on with, and killed on the way.
    let before = server.sentBytes;
    await cardOf(second.page, TITLE).getByRole("button", { name: "Go on" }).click();
    while (server.sentBytes < before + 500_000) await sleep(20);
    const { command } = serving;
    command.child.kill("SIGKILL");
    await command.result;
    await second.page.context().close();
    before = server.sentBytes;
    serving = await bench.serve();
    const third = await openModels();
    await third.page.getByRole("button", { name: `${TITLE}: Unfinished download` }).waitFor();
    await third.page.getByText(/^[\d.]+ MB of [\d.]+ MB are here\.$/).waitFor();
    await cardOf(third.page, TITLE).getByRole("button", { name: "Go on" }).click();
    await third.page.getByText("Downloaded and checked: ready to use.").waitFor();
    const totalBytes = [...server.files.values()].reduce((sum, { bytes }) => sum + bytes.length, 0);
    assert.ok(server.sentBytes - before < totalBytes * 0.97, "what had come was not fetched again");

    const card = cardOf(third.page, TITLE);
    await card.getByRole("button", { name: "Check every byte" }).click();
    await card.getByText("Every byte is as recorded.").waitFor();
    await card.getByRole("button", { name: "Close this note" }).click();
    await card.getByText("Every byte is as recorded.").waitFor({ state: "hidden" });
    await card.getByRole("button", { name: "Use", exact: true }).click();
    await card.getByText("In use").waitFor();
    assert.deepEqual(await complaints(third.page), []);
    assert.deepEqual(third.problems, []);
    await third.page.context().close();
  });

  test("a LoRA is taken, given a strength, drawn with and recorded; changed in place it is noticed", async () => {
    const { page, problems } = await openModels();
    const style = writeAdapter(path.join(bench.root, "mine", "style.safetensors"), "layers.0.attention.out");
    writeFileSync(path.join(bench.root, "mine", "notes.safetensors"), "no weights");
    await page.getByRole("textbox", { name: "LoRA file" }).fill(path.join(bench.root, "mine", "notes.safetensors"));
    await page.getByRole("textbox", { name: "LoRA file" }).press("Enter");
    await page.getByText(/notes\.safetensors cannot be used as a LoRA/).waitFor();
    await page.getByRole("button", { name: "Dismiss" }).click();
    await page.getByRole("textbox", { name: "LoRA file" }).fill(style);
    await page.getByRole("textbox", { name: "LoRA file" }).press("Enter");
    const list = page.getByRole("list", { name: "LoRAs" });
    await list.getByText("Used where it lies").waitFor();

    // Dropped bytes, as from a file manager.
    const bytes = [...readFileSync(writeAdapter(path.join(bench.root, "sent.safetensors"), "layers.1.attention.out"))];
    await page.getByRole("group", { name: "Drop .safetensors files here" }).evaluate((zone, content) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([new Uint8Array(content)], "sent.safetensors"));
      zone.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true, cancelable: true }));
    }, bytes);
    await list.getByText("In Tachie's folder").waitFor();
    assert.deepEqual(await complaints(page), []);

    await page.keyboard.press("Control+1");
    const panel = page.getByRole("region", { name: "Settings and queue" });
    await page.evaluate("for (const part of document.querySelectorAll('.panel details')) part.open = true");
    for (const name of ["style", "sent"])
      await panel.getByRole("combobox", { name: "Add a LoRA" }).selectOption({ label: name });
    await panel.getByRole("spinbutton", { name: "style" }).fill("0.5");
    await panel.getByRole("checkbox", { name: "Use sent" }).uncheck();
    await panel.getByRole("spinbutton", { name: "Width" }).fill("32");
    await panel.getByRole("spinbutton", { name: "Height" }).fill("32");
    await panel.getByRole("spinbutton", { name: "Steps" }).fill("1");
    assert.deepEqual(await complaints(page), []);
    const { client, close } = await openPage(serving);
    const before = (await client.pictures({ limit: 1 })).total;
    await page.keyboard.press("Control+Enter");
    for (let waitedMs = 0; (await client.pictures({ limit: 1 })).total === before; waitedMs += 100) {
      const failed = (await client.queue({})).jobs.find(({ state }) => state === "failed");
      assert.ok(waitedMs < 30_000 && failed === undefined, JSON.stringify(failed?.failure));
      await sleep(100);
    }
    const [picture] = (await client.pictures({ limit: 1 })).pictures;
    const record = await client.picture({ id: picture?.id ?? "" });
    assert.equal(record.model, "newbie-exp0.1");
    assert.deepEqual(record.loras, [{ file: style, strength: 0.5, sha256: sumOf(style) }]);

    await page.getByRole("button", { name: `Show large: Picture with seed ${record.seed}` }).waitFor();
    writeAdapter(style, "layers.2.attention.out");
    await page.getByRole("button", { name: "Again", exact: true }).click();
    await page.getByRole("radio", { name: /^Queue/ }).check({ force: true });
    await page.getByText(/style\.safetensors has changed/).waitFor();

    // As a draft it takes the file as it is now, switched on.
    await page.getByRole("button", { name: "Use as draft" }).click();
    await page.getByRole("radio", { name: "Generate", exact: true }).check({ force: true });
    assert.equal(await panel.getByRole("spinbutton", { name: "style" }).inputValue(), "0.5");
    assert.equal(await panel.getByRole("checkbox", { name: "Use sent" }).count(), 0);
    close();
    assert.deepEqual(problems, []);
    await page.context().close();
    serving.command.child.kill("SIGINT");
    assert.equal((await serving.command.result).code, 0);
  });
});
