import assert from "node:assert/strict";
import { test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import type { MessagePort } from "node:worker_threads";
import { toErrorData, TachieError } from "../../../src-main/contract/errors.ts";
import { SHELL_LIMITS, SHELL_METHODS } from "../../../src-main/contract/shell.ts";
import type { ShellMethods, ShellService, StudioHealth } from "../../../src-main/contract/shell.ts";
import type { EngineState } from "../../../src-main/contract/studio.ts";
import type { Port } from "../../../src-main/contract/wire.ts";
import { connect } from "../../../src-main/contract/wire.ts";
import { PortListeners } from "../../../src-main/process/port-listeners.ts";
import { createPageService } from "../../../src-main/shell/page-service.ts";
import { tally } from "../../fixtures/loops.ts";
import { MESSAGES, isSendable, mutations } from "../../fixtures/malformed-messages.ts";

const VALID: Readonly<Record<keyof ShellMethods, object>> = {
  notify: { title: "Done", body: "4 pictures" },
  writeClipboard: { text: "1girl" },
  dragPictures: { ids: ["one", "two"] },
  saveFile: { name: "sheet.png", bytes: new Uint8Array(3) },
  startStudio: {},
};

function portOf(end: MessagePort): Port {
  const listeners = new PortListeners();
  end.on("message", (message) => listeners.deliver(message));
  end.on("close", () => listeners.closed());
  return {
    post: (message) => end.postMessage(message),
    onMessage: (listener) => listeners.onMessage(listener),
    onClose: (listener) => listeners.onClose(listener),
    close: () => end.close(),
  };
}

async function bench() {
  const done: string[] = [];
  let state: EngineState = { kind: "ready" };
  let tell: (state: EngineState) => void = () => undefined;
  const servePage = createPageService(
    {
      notify: (title, body) => done.push(`notify ${title}/${body}`) > 0,
      writeClipboard: (text) => void done.push(`clipboard ${text}`),
      dragFiles: (files) => void done.push(`drag ${files.join(" ")}`),
      saveFile(name, bytes) {
        done.push(`save ${name} of ${bytes.length}`);
        return Promise.resolve(name === "no.png" ? undefined : `/home/${name}`);
      },
    },
    {
      get state() {
        return state;
      },
      on: (_event, listener) => (tell = listener),
      startAgain: () => Promise.resolve(done.push("start")),
    },
    (id) => Promise.resolve(id === "gone" ? undefined : `/library/${id}.png`),
  );
  const { port1, port2 } = new MessageChannel();
  servePage(portOf(port2));
  const connection = await connect<ShellService>(
    portOf(port1),
    "shell",
    SHELL_METHODS,
    () => new TachieError("studio.lost", "gone"),
  );
  const told: StudioHealth[] = [];
  connection.onEvent("studio", (health) => told.push(health));
  return {
    ...connection,
    done,
    told,
    become: (next: EngineState) => tell((state = next)),
    [Symbol.dispose]: () => port1.close(),
  };
}

test("the page has three things done, and is told how the studio is", async () => {
  using shell = await bench();
  assert.deepEqual(await shell.client.notify({ title: "Done", body: "4 pictures" }), { isShown: true });
  await shell.client.writeClipboard({ text: "1girl\ud800" });
  await shell.client.startStudio({});
  assert.deepEqual(shell.done, ["notify Done/4 pictures", "clipboard 1girl\ufffd", "start"]);
  const error = toErrorData(new TachieError("studio.lost", "it failed 3 times"));
  shell.become({ kind: "failed", error });
  shell.become({ kind: "starting" });
  await shell.client.startStudio({});
  assert.deepEqual(shell.told, [{ kind: "fine" }, { kind: "failed", error }, { kind: "fine" }]);
});

test("pictures are dragged by name: those that have a file, and not without any", async () => {
  using shell = await bench();
  await shell.client.dragPictures({ ids: ["one", "gone", "two"] });
  assert.deepEqual(shell.done, ["drag /library/one.png /library/two.png"]);
  await assert.rejects(shell.client.dragPictures({ ids: ["gone"] }), { code: "library.not-found" });
  await assert.rejects(shell.client.dragPictures({ ids: [] }), { code: "wire.invalid" });
  assert.equal(shell.done.length, 1);
});

test("a file is saved under a name that is no path, and not where the reader thinks better of it", async () => {
  using shell = await bench();
  const bytes = new Uint8Array(5);
  assert.deepEqual(await shell.client.saveFile({ name: "../a:b\\c.png", bytes }), { file: "/home/.._a_b_c.png" });
  assert.deepEqual(await shell.client.saveFile({ name: "no.png", bytes }), {});
  assert.deepEqual(shell.done, ["save .._a_b_c.png of 5", "save no.png of 5"]);
});

test("longer texts than a person would read or copy are refused", async () => {
  using shell = await bench();
  const tooLong = (length: number): string => "x".repeat(length + 1);
  await assert.rejects(shell.client.notify({ title: tooLong(SHELL_LIMITS.title), body: "" }), { code: "wire.invalid" });
  await assert.rejects(shell.client.notify({ title: "", body: tooLong(SHELL_LIMITS.body) }), { code: "wire.invalid" });
  await assert.rejects(shell.client.writeClipboard({ text: tooLong(SHELL_LIMITS.clipboard) }), {
    code: "wire.invalid",
  });
  assert.deepEqual(shell.done, []);
});

for (const method of SHELL_METHODS)
  test(`${MESSAGES} malformed messages to the shell's ${method} are refused, or are no more than texts`, async (t) => {
    using shell = await bench();
    const call = shell.client[method] as (params: unknown) => Promise<unknown>;
    let refused = 0;
    const messages = mutations(VALID[method]).filter(isSendable);
    for (const params of messages) {
      const before = shell.done.length;
      await call(params).catch((error: unknown) => {
        assert.ok(error instanceof TachieError && error.code === "wire.invalid", String(error));
        assert.equal(shell.done.length, before, "refused, but done");
        refused++;
      });
    }
    assert.ok(refused > messages.length / 2);
    tally(t, `malformed messages to the shell's ${method}`, { refused, understood: messages.length - refused });
  });
