/// <reference lib="dom" />
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { after, test } from "node:test";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { ServeBench, openPage } from "../fixtures/serve-bench.ts";

const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find((file) => existsSync(file));
const skip = executablePath === undefined ? "there is no chromium: apt-get install chromium" : false;
const bench = new ServeBench();
let browser: Browser | undefined;
after(async () => {
  await browser?.close();
  bench[Symbol.dispose]();
});

interface Watched {
  readonly page: Page;
  /** What the browser refused, and what else it complained of. */
  readonly complaints: string[];
}

/** A window with cookies of its own. */
async function newWindow(): Promise<Watched> {
  browser ??= await chromium.launch({ executablePath: executablePath ?? "", args: ["--no-sandbox"] });
  const page = await (await browser.newContext()).newPage();
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("requestfailed", (request) => complaints.push(`${request.url()}: ${request.failure()?.errorText ?? ""}`));
  return { page, complaints };
}

test("the page needs the token, loads without a complaint, and shows a picture that was made", { skip }, async () => {
  bench.writeModel();
  const { command, ...serving } = await bench.serve();
  const origin = `http://127.0.0.1:${serving.port}`;

  const stranger = await newWindow();
  const refused = await stranger.page.goto(origin);
  assert.equal(refused?.status(), 401);
  assert.match(await stranger.page.locator("body").innerText(), /address that Tachie printed/);

  const { page, complaints } = await newWindow();
  const opened = await page.goto(serving.address);
  assert.equal(opened?.status(), 200);
  assert.equal(page.url(), `${origin}/`, "the token is out of the address");
  await page.waitForFunction(() => (document.querySelector("#app")?.childElementCount ?? 0) > 0);
  assert.equal(await page.evaluate(() => document.cookie), "", "scripts cannot read the token");
  assert.deepEqual(complaints, []);

  const { client, close } = await openPage(serving);
  const size = { width: 64, height: 48 };
  const { images } = await client.generate({ prompt: "1girl", model: "tiny", size, sampling: { steps: 2 } });
  close();
  for (const [route, type] of [
    ["image", "image/png"],
    ["thumbnail", "image/webp"],
  ] as const) {
    const shown = await page.evaluate(
      async (address) => {
        const image = new Image();
        image.src = address;
        await image.decode();
        const response = await fetch(address);
        return { width: image.naturalWidth, height: image.naturalHeight, type: response.headers.get("content-type") };
      },
      `/${route}/${images[0]?.id ?? ""}`,
    );
    assert.deepEqual(shown, { ...size, type });
  }
  assert.deepEqual(complaints, []);

  command.child.kill("SIGINT");
  assert.equal((await command.result).code, 0);
});

test(
  "neither a script nor a style that somebody puts into the page runs, and nothing is fetched from elsewhere",
  { skip },
  async () => {
    const { command, ...serving } = await bench.serve();
    const { page, complaints } = await newWindow();
    await page.goto(serving.address);
    const ran = await page.evaluate(async () => {
      const host = document.createElement("div");
      host.innerHTML = `<img src="/none" onerror="document.title = 'ran'"><p style="color: red">x</p>`;
      document.body.append(host);
      const script = document.createElement("script");
      script.textContent = "document.title = 'ran'";
      document.body.append(script);
      const style = document.createElement("style");
      style.textContent = "body { color: rgb(1, 2, 3) }";
      document.head.append(style);
      const foreign = await fetch("https://example.com/").then(
        () => "fetched",
        () => "refused",
      );
      await new Promise((resolve) => setTimeout(resolve, 200));
      const { color } = getComputedStyle(document.body);
      return { title: document.title === "ran", styled: color === "rgb(1, 2, 3)", foreign };
    });
    assert.deepEqual(ran, { title: false, styled: false, foreign: "refused" });
    const violations = complaints.filter((text) => text.includes("Content Security Policy"));
    assert.ok(violations.length >= 4, violations.join("\n"));

    const nonced = await page.evaluate(() => {
      const style = document.createElement("style");
      style.nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
      style.textContent = "body { color: rgb(1, 2, 3) }";
      document.head.append(style);
      return getComputedStyle(document.body).color;
    });
    assert.equal(nonced, "rgb(1, 2, 3)", "the editor's styles carry the nonce");
    command.child.kill("SIGINT");
    await command.result;
  },
);

test("a page of another port of this machine can neither read pictures nor open the wire", { skip }, async () => {
  const first = await bench.serve();
  const { page } = await newWindow();
  await page.goto(first.address);
  const tried = await page.evaluate(async (port) => {
    const socket = (url: string): Promise<string> =>
      new Promise((resolve) => {
        const opened = new WebSocket(url);
        opened.onopen = () => resolve("open");
        opened.onerror = () => resolve("refused");
      });
    return { own: await socket(`ws://127.0.0.1:${port}/ws`), otherName: await socket(`ws://localhost:${port}/ws`) };
  }, first.port);
  assert.deepEqual(tried, { own: "open", otherName: "refused" });

  // A page without a policy of its own, which the browser gives the cookies of this machine.
  const { createServer } = await import("node:http");
  const evil = createServer((_request, response) => {
    response.setHeader("content-type", "text/html");
    response.end("<!doctype html><title>evil</title>");
  });
  await new Promise<void>((resolve) => evil.listen(0, "127.0.0.1", resolve));
  try {
    const { port: evilPort } = evil.address() as { port: number };
    await page.goto(`http://127.0.0.1:${evilPort}/`);
    const stolen = await page.evaluate(async (port) => {
      const opened = await new Promise((resolve) => {
        const socket = new WebSocket(`ws://127.0.0.1:${port}/ws`);
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
      });
      const read = await fetch(`http://127.0.0.1:${port}/`, { credentials: "include" }).then(
        () => "read",
        () => "refused",
      );
      const frame = document.createElement("iframe");
      frame.src = `http://127.0.0.1:${port}/`;
      document.body.append(frame);
      await new Promise((resolve) => (frame.onload = resolve));
      return { opened, read, framed: frame.contentDocument !== null };
    }, first.port);
    assert.deepEqual(stolen, { opened: "refused", read: "refused", framed: false });
  } finally {
    evil.close();
    evil.closeAllConnections();
  }
  first.command.child.kill("SIGINT");
  await first.command.result;
});
