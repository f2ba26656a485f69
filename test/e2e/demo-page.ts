/** @file The page over its made-up studio in a real browser, for tests: built once, served from memory. */

import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium } from "playwright-core";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";

const ROOT = path.resolve(import.meta.dirname, "../..");
const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".png": "image/png",
  ".svg": "image/svg+xml",
};

/** Absent where this machine has none. */
export const browserPath = BROWSERS.find((candidate) => existsSync(candidate));

export interface Look {
  readonly query?: string;
  readonly locale?: string;
  readonly colorScheme?: "light" | "dark";
  readonly width?: number;
  readonly height?: number;
}

export interface DemoPages extends AsyncDisposable {
  /** `problems` collects whatever the console complains of. */
  open(look: Look): Promise<{ readonly page: Page; readonly problems: string[] }>;
}

export async function openDemo(): Promise<DemoPages> {
  const outDir = await mkdtemp(path.join(tmpdir(), "tachie-demo-"));
  await build({
    configFile: path.join(ROOT, "vite.config.ts"),
    mode: "demo",
    logLevel: "error",
    build: { outDir, sourcemap: false },
  });
  const server = createServer((request, response) => {
    const name = new URL(request.url ?? "/", "http://localhost").pathname;
    readFile(path.join(outDir, path.normalize(name))).then(
      (bytes) => response.setHeader("content-type", TYPES[path.extname(name)] ?? "text/plain").end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch({ executablePath: browserPath ?? "", args: ["--no-sandbox"] });
  return {
    open: (look) => openPage(browser, `http://127.0.0.1:${port}/demo.html?${look.query ?? ""}`, look),
    [Symbol.asyncDispose]: async () => {
      await browser.close();
      server.close();
      await rm(outDir, { recursive: true });
    },
  };
}

async function openPage(browser: Browser, address: string, look: Look) {
  const { locale = "en-US", colorScheme = "light", width = 1440, height = 900 } = look;
  const context = await browser.newContext({
    locale,
    colorScheme,
    viewport: { width, height },
    reducedMotion: "reduce",
    permissions: ["clipboard-read", "clipboard-write"],
  });
  await context.addInitScript({ path: path.join(import.meta.dirname, "page-checks.mjs") });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.message));
  await page.goto(address);
  await page.getByRole("navigation").waitFor();
  return { page, problems };
}
