/** @file Texts that want to be run, in prompts, names of files and what pictures tell of themselves: shown, and no more. */

/// <reference lib="dom" />
import assert from "node:assert/strict";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { chromium } from "playwright-core";
import type { Page } from "playwright-core";
import { INJECTIONS } from "../fixtures/injections.ts";
import { rounds, tally, timeoutMs } from "../fixtures/loops.ts";
import { ownPng, ownRecord, pngWithTexts } from "../fixtures/own-png.ts";
import { ServeBench, openPage } from "../fixtures/serve-bench.ts";
import type { Serving } from "../fixtures/serve-bench.ts";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((file) => existsSync(file));
const skip = executablePath === undefined ? "there is no chromium: apt-get install chromium" : false;
const bench = new ServeBench();
after(() => bench[Symbol.dispose]());

/** All at once, or each by itself, so that none hides behind another. */
const ALONE = rounds({ short: 0, long: INJECTIONS.length });
const BATCHES: readonly (readonly string[])[] = [INJECTIONS, ...INJECTIONS.slice(0, ALONE).map((text) => [text])];

/** What a front would do with a name on a disk: no slash and no NUL in it, and not too long. */
const fileName = (text: string): string => text.replaceAll(/[/\0]/g, "").slice(0, 120);

function promptOf(texts: readonly string[]): string {
  const escape = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return texts
    .map((text, index) => {
      const n = index + 1;
      return `<character_${n}>\n<n>${escape(text)}</n>\n<appearance>${escape(text)}</appearance>\n</character_${n}>`;
    })
    .join("\n");
}

async function hasEscaped(page: Page): Promise<unknown> {
  return page.evaluate(() => ({
    ran: "escaped" in window || "escaped" in Object.prototype,
    elements: [...document.querySelectorAll(".injected")].map(({ outerHTML }) => outerHTML.slice(0, 120)),
    address: location.href,
  }));
}

/** Fills everything that the page shows with these texts, by the studio's own methods. */
async function fill(serving: Serving, texts: readonly string[], isRaw: boolean): Promise<void> {
  const { client, close } = await openPage(serving);
  const text = isRaw ? texts.join("\n") : promptOf(texts);
  const draft = { text, negative: texts.join(", "), dialect: "readme", settings: { model: texts[0] ?? "" } } as const;
  await client.saveCurrentDraft({ draft });
  for (const name of texts)
    await client.saveCharacter({ name: name.slice(0, 200), xml: "<character_1><n>x</n></character_1>" });
  const size = { width: 64, height: 64 };
  const made = { promptName: texts[0] ?? "", model: "tiny", size, sampling: { steps: 1 } };
  const raw = { ...made, prompt: texts.join(" "), negative: texts.join(" ") };
  await client.generate(raw).catch((error: unknown) => {
    // Some cannot be prompts, and then the message of the refusal has them in it.
    assert.match((error as { code: string }).code, /^prompt\./);
  });
  await client.generate({ ...made, prompt: promptOf(texts) });
  await client.pauseQueue({ isPaused: true });
  await client.enqueue({ ...made, prompt: promptOf(texts) });
  close();
}

/** Drops a file on the page as a person does. */
async function drop(page: Page, bytes: Uint8Array, name: string): Promise<void> {
  await page.evaluate(
    ([base64, fileName]) => {
      const data = Uint8Array.from(atob(base64 ?? ""), (letter) => letter.charCodeAt(0));
      const transfer = new DataTransfer();
      transfer.items.add(new File([data], fileName ?? "", { type: "image/png" }));
      const target = document.querySelector(".cm-content, [data-pane], #app") ?? document.body;
      for (const kind of ["dragenter", "dragover", "drop"])
        target.dispatchEvent(new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true }));
    },
    [Buffer.from(bytes).toString("base64"), name],
  );
}

test(
  `${INJECTIONS.length} texts that want to be run, in ${BATCHES.length} batches: none runs, none becomes an element`,
  { skip, timeout: timeoutMs({ short: 180_000, long: 1_200_000 }) },
  async (t) => {
    bench.writeModel();
    const loras = path.join(bench.data, "loras");
    mkdirSync(loras, { recursive: true });
    for (const text of INJECTIONS) writeFileSync(path.join(loras, `${fileName(text)}.safetensors`), "no weights");
    const { command, ...served } = await bench.serve();
    const serving = { command, ...served };
    const browser = await chromium.launch({ executablePath: executablePath ?? "", args: ["--no-sandbox"] });
    t.after(() => browser.close());
    const page = await (await browser.newContext()).newPage();
    const dialogs: string[] = [];
    page.on("dialog", (dialog) => {
      dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    await page.goto(serving.address);
    const clean = { ran: false, elements: [], address: page.url() };
    let looks = 0;
    const look = async (where: string): Promise<void> => {
      looks++;
      await page.waitForTimeout(120);
      assert.deepEqual(await hasEscaped(page), clean, where);
    };
    for (const [number, texts] of BATCHES.entries())
      for (const isRaw of [false, true]) {
        const where = `batch ${number}, ${isRaw ? "raw" : "in fields"}`;
        await fill(serving, texts, isRaw);
        await page.goto(serving.address);
        await page.waitForSelector(".cm-content");
        // That what is looked at is there, is part of it.
        await page.waitForFunction(() => (document.querySelector(".cm-content")?.textContent ?? "").length > 2);
        await look(`${where}: the draft`);
        for (const view of [2, 3, 4, 1]) {
          await page.keyboard.press(`Control+${view}`);
          await look(`${where}: view ${view}`);
        }
        await page.locator(".cm-content").click();
        await page.keyboard.press("Control+End");
        await page.keyboard.insertText(texts[0] ?? "");
        await look(`${where}: typed`);
        const record = { ...ownRecord(), prompt: texts.join("\n"), model: texts[0] ?? "" };
        const told = Object.fromEntries(
          ["parameters", "prompt", "workflow", "Comment"].map((key) => [key, texts.join("\n")]),
        );
        for (const png of [await ownPng(record), await pngWithTexts(told)]) {
          await drop(page, png, `${fileName(texts[0] ?? "")}.png`);
          await look(`${where}: dropped`);
          await page.keyboard.press("Escape");
        }
      }
    assert.deepEqual(dialogs, []);
    tally(t, "texts that want to be run", {
      texts: INJECTIONS.length,
      batches: 2 * BATCHES.length,
      looks,
      run: dialogs.length,
    });
    command.child.kill("SIGINT");
    await command.result;
  },
);
