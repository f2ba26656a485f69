import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { ElectronBench, NO_ELECTRON, ROOT, connectPage } from "../fixtures/electron-bench.ts";
import type { OpenedWindow } from "../fixtures/electron-bench.ts";

/** What a page of hostile content might try in order to get away, as statements of its own. */
const ESCAPES = [
  'location.href = "https://example.org/"',
  'location.href = "http://127.0.0.1:9/"',
  'location.assign("file:///etc/passwd")',
  'location.replace("data:text/html,<h1>x</h1>")',
  'location.href = "javascript:window.escaped = true"',
  'location.href = "tachie://evil/"',
  'location.href = "tachie://app/image/0000000000"',
  'location.href = "about:blank"',
  'location.href = "blob:tachie://app/x"',
  'location.href = "chrome://version"',
  'location.href = "view-source:tachie://app/"',
  'window.open("https://example.org/")',
  'window.open("about:blank")',
  'window.open("file:///etc/passwd", "x", "nodeIntegration=yes")',
  'window.open("tachie://app/", "_blank", "popup")',
  ...[
    '<a href="https://example.org" target="_blank">',
    '<a href="file:///etc/passwd">',
    '<a href="smb://h/s" target="x">',
  ].map((html) => `add('${html}').click()`),
  'add(\'<form action="https://example.org" method="post">\').submit()',
  'add(\'<meta http-equiv="refresh" content="0;url=https://example.org">\')',
  "add('<base href=\"https://example.org/\">')",
  "add('<iframe src=\"https://example.org\">')",
  "add('<iframe src=\"tachie://app/\">')",
  'add(\'<iframe srcdoc="<script>parent.escaped = true</scr" + "ipt>">\')',
  "add('<webview src=\"https://example.org\">')",
  "add('<object data=\"https://example.org\">')",
  "add('<embed src=\"file:///etc/passwd\">')",
];

/** What would set `window.escaped` if anything in the page ran it. */
const INJECTIONS = [
  "add('<script>window.escaped = true</script>')",
  "add('<img src=x onerror=\"window.escaped = true\">')",
  "add('<svg onload=\"window.escaped = true\">')",
  "add('<details open ontoggle=\"window.escaped = true\">')",
  "add('<a href=\"javascript:window.escaped=true\">').click()",
  'document.head.append(Object.assign(document.createElement("script"), { textContent: "window.escaped = true" }))',
  'document.head.append(Object.assign(document.createElement("script"), { src: "data:text/javascript,window.escaped=true" }))',
  'document.head.append(Object.assign(document.createElement("script"), { src: "https://example.org/x.js" }))',
  'setTimeout("window.escaped = true")',
];

const ADD = `const add = (html) => {
  const holder = document.createElement("div");
  holder.innerHTML = html;
  document.body.append(holder);
  return holder.firstElementChild;
};`;

describe("the real window", { skip: NO_ELECTRON, timeout: 180_000 }, () => {
  const bench = new ElectronBench();
  let opened: OpenedWindow;
  before(async () => {
    opened = await bench.open();
  });
  after(() => bench.close());

  test("shows the page from our own protocol", async () => {
    assert.equal(opened.page.url(), "tachie://app/");
    assert.equal(await opened.page.title(), "Tachie");
    const isShown = await opened.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());
    assert.equal(isShown, true);
  });

  test("the page is given one thing, and nothing of Node", async () => {
    const given = await opened.page.evaluate(`({
      tachie: Object.getOwnPropertyNames(window.tachie),
      isFrozen: Object.isFrozen(window.tachie),
      node: ["require", "process", "Buffer", "module", "global", "ipcRenderer", "electron"].filter((name) => name in window),
      worker: typeof SharedArrayBuffer,
    })`);
    assert.deepEqual(given, { tachie: ["connect"], isFrozen: true, node: [], worker: "undefined" });
    const names: string[] = await opened.page.evaluate(`Object.getOwnPropertyNames(window)`);
    const plain: string[] = await opened.page.evaluate(`(() => {
      const frame = document.body.appendChild(document.createElement("iframe"));
      const names = Object.getOwnPropertyNames(frame.contentWindow);
      frame.remove();
      return names;
    })()`);
    const own = names.filter((name) => !plain.includes(name) && !/^(\d+|__playwright.*|__pw.*)$/.test(name));
    assert.deepEqual(
      own.filter((name) => !["tachie", "__svelte", "TEMPORARY", "PERSISTENT"].includes(name)),
      [],
    );
  });

  test("is confined: sandbox, isolation, no Node, no webview", async () => {
    const live = await opened.app.evaluate(({ BrowserWindow }) => {
      const contents = BrowserWindow.getAllWindows()[0]?.webContents as unknown as {
        getLastWebPreferences(): Record<string, unknown>;
      };
      return contents.getLastWebPreferences();
    });
    const {
      sandbox,
      contextIsolation,
      nodeIntegration,
      nodeIntegrationInWorker = false,
      webviewTag,
      webSecurity,
    } = live;
    assert.deepEqual(
      { sandbox, contextIsolation, nodeIntegration, nodeIntegrationInWorker, webviewTag, webSecurity },
      {
        sandbox: true,
        contextIsolation: true,
        nodeIntegration: false,
        nodeIntegrationInWorker: false,
        webviewTag: false,
        webSecurity: true,
      },
    );
  });

  test("has a strict policy as a header, and nothing that is written into the page runs", async () => {
    const policy: string = await opened.page.evaluate(
      `fetch("/").then((response) => response.headers.get("content-security-policy"))`,
    );
    assert.match(policy, /^default-src 'none'; script-src 'self'; style-src 'self' 'nonce-[\w-]+'; /);
    assert.doesNotMatch(policy, /unsafe/);
    for (const injection of INJECTIONS) await opened.page.evaluate(`{ ${ADD} ${injection}; undefined }`);
    await sleep(300);
    assert.equal(await opened.page.evaluate("window.escaped"), undefined);
    const reached = await opened.page.evaluate(`Promise.all(
      ["https://example.org/", "http://127.0.0.1:9/", "file:///etc/passwd", "tachie://evil/"].map((address) =>
        fetch(address).then(() => address, () => "refused")))`);
    assert.deepEqual(new Set(reached as string[]), new Set(["refused"]));
  });

  /** Waits for the page that takes the place of one that was left, and not for the one that is about to be left. */
  async function hasComeBack(): Promise<void> {
    const isNew = `window.hasStayed === undefined && location.href === "tachie://app/" && document.readyState === "complete"`;
    for (let tries = 0; tries < 200; tries++) {
      // Between two pages there is nobody to ask.
      if (await opened.page.evaluate<boolean>(isNew).catch(() => false)) return;
      await sleep(50);
    }
    throw new Error("the page has not come back");
  }

  test("does not leave its address, opens no window, holds no foreign frame; https goes to the system's browser", async () => {
    await opened.app.evaluate(({ shell }) => {
      const record: string[] = [];
      Object.assign(globalThis, { externalLinks: record });
      shell.openExternal = (address) => {
        record.push(address);
        return Promise.resolve();
      };
    });
    for (const escape of ESCAPES) {
      await opened.page.evaluate("{ window.hasStayed = true; undefined }");
      await opened.page.evaluate(`{ ${ADD} ${escape}; undefined }`).catch((error: unknown) => {
        // The page may refuse by itself; what counts is where it is afterwards.
        assert.match(String(error), /SecurityError|Not allowed|denied|violates/i, escape);
      });
      await sleep(60);
      // Away for a moment is possible for an empty document only, which Chromium asks nobody about.
      if (escape === 'location.href = "about:blank"') await hasComeBack();
      assert.equal(opened.page.url(), "tachie://app/", escape);
      assert.equal(opened.app.windows().length, 1, escape);
    }
    await sleep(300);
    const frames = opened.page.frames().map((frame) => frame.url());
    assert.deepEqual(
      frames.filter(
        (url) =>
          !["tachie://app/", "about:blank", "about:srcdoc", ""].includes(url) && !url.startsWith("chrome-error:"),
      ),
      [],
    );
    assert.equal(await opened.page.evaluate("window.escaped"), undefined);
    const external = await opened.app.evaluate(() => (globalThis as { externalLinks?: string[] }).externalLinks);
    assert.ok(external !== undefined && external.length > 0);
    assert.deepEqual([...new Set(external)], ["https://example.org/"]);
  });

  test("every permission is refused", async () => {
    const answers = await opened.page.evaluate(`Promise.all([
      Notification.requestPermission(),
      navigator.permissions.query({ name: "geolocation" }).then(({ state }) => state),
      navigator.permissions.query({ name: "camera" }).then(({ state }) => state),
      navigator.mediaDevices.getUserMedia({ audio: true }).then(() => "granted", () => "denied"),
      navigator.mediaDevices.getDisplayMedia().then(() => "granted", () => "denied"),
      new Promise((resolve) => navigator.geolocation.getCurrentPosition(() => resolve("granted"), () => resolve("denied"))),
    ])`);
    assert.deepEqual(new Set(answers as string[]), new Set(["denied"]));
  });

  test("asking for ports on and on, and sending nonsense over one, harms nothing", async () => {
    await opened.page.evaluate(`{ for (let i = 0; i < 50; i++) window.tachie.connect(); undefined }`);
    await connectPage(opened.page);
    const settings = await opened.page.evaluate(`(async () => {
      const values = [undefined, null, 0, -1, 1e300, NaN, "", "x".repeat(1e5), [], {}, new Uint8Array(9), true, new Map()];
      const kinds = ["hello", "call", "cancel", "progress", "result", "error", "event", "heartbeat", "mux", undefined];
      for (let i = 0; i < 500; i++) {
        const pick = (list) => list[(i * 7 + list.length) % list.length];
        bridge.port.postMessage(i % 5 === 0 ? values[i % values.length] : {
          kind: kinds[i % kinds.length], seq: 1000 + i, method: pick(["settings", "nothing", "__proto__", "constructor", 7]),
          params: values[i % values.length], name: "mux", payload: { op: "open", id: i, name: "engine" } });
      }
      return (await bridge.call("settings")).value;
    })()`);
    assert.equal((settings as { zoom: number }).zoom, 1);
  });

  test("a second start shows the first window instead of another one", async () => {
    const words = [...(process.getuid?.() === 0 ? ["--no-sandbox"] : []), ROOT, "--library", bench.library];
    const second = spawn(process.env["TACHIE_ELECTRON"] ?? "", words, {
      env: await bench.environment(),
      stdio: "ignore",
    });
    const [code] = (await once(second, "exit")) as [number];
    assert.equal(code, 0);
    assert.equal(opened.app.windows().length, 1);
  });

  test("comes back where it was and as large as it was", async () => {
    const wanted = { x: 120, y: 80, width: 1111, height: 777 };
    await opened.app.evaluate(
      ({ BrowserWindow }, bounds) => BrowserWindow.getAllWindows()[0]?.setBounds(bounds),
      wanted,
    );
    await opened.app.close();
    opened = await bench.open();
    const bounds = await opened.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds());
    assert.deepEqual(bounds, wanted);
  });

  test("the menu speaks the language of the interface, at once when it changes", async () => {
    const words = (): Promise<string[] | undefined> =>
      opened.app.evaluate(({ Menu }) => Menu.getApplicationMenu()?.items.map(({ label }) => label));
    assert.deepEqual((await words())?.slice(0, 3), ["&File", "&Edit", "&View"]);
    await connectPage(opened.page);
    await opened.page.evaluate(`bridge.call("changeSettings", { changes: { language: "ja" } })`);
    for (const until = Date.now() + 5000; Date.now() < until && (await words())?.[0] === "&File";) await sleep(50);
    assert.deepEqual((await words())?.slice(0, 3), ["ファイル(&F)", "編集(&E)", "表示(&V)"]);
  });
});
