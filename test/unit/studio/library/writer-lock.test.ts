import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { Worker } from "node:worker_threads";
import { openLibrary } from "../../../../src-main/studio/library/library.ts";
import { acquireWriterLock } from "../../../../src-main/studio/library/writer-lock.ts";
import { libraryFolder } from "../../../fixtures/library-folder.ts";
import { newGeneration } from "../../../fixtures/new-generation.ts";

const LIBRARY_MODULE = new URL("../../../../src-main/studio/library/library.ts", import.meta.url).href;

/** Starts a process that opens the library for writing and keeps it; resolves when it holds it. */
async function startHolder(folder: string) {
  const script = `import { openLibrary } from ${JSON.stringify(LIBRARY_MODULE)};
    openLibrary(${JSON.stringify(folder)}, { mode: "write" });
    process.stdout.write("held");
    setInterval(() => undefined, 1000);`;
  const holder = spawn(process.execPath, ["--input-type=module-typescript", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(holder.stdout, "data");
  return holder;
}

test("a second writer is refused at once, in the same process, in another thread and in another process", async (context) => {
  const folder = libraryFolder(context);
  const first = openLibrary(folder, { mode: "write" });
  const startedAt = performance.now();
  assert.throws(() => openLibrary(folder, { mode: "write" }), { code: "library.locked" });
  assert.ok(performance.now() - startedAt < 3000);
  const worker = new Worker(
    `import(${JSON.stringify(LIBRARY_MODULE)}).then(({ openLibrary }) => {
      try { openLibrary(${JSON.stringify(folder)}, { mode: "write" }); } catch (error) { require("worker_threads").parentPort.postMessage(error.code); }
    });`,
    { eval: true },
  );
  assert.deepEqual(await once(worker, "message"), ["library.locked"]);
  await worker.terminate();
  // A refused attempt must not have dropped the lock of the one who holds it.
  assert.throws(() => acquireWriterLock(folder), { code: "library.locked" });
  first.close();
  openLibrary(folder, { mode: "write" }).close();
});

test("readers work while another process writes, and a killed writer leaves no lock behind", async (context) => {
  const folder = libraryFolder(context);
  const before = openLibrary(folder, { mode: "write" });
  const record = await before.save(newGeneration());
  before.close();
  const holder = await startHolder(folder);
  try {
    assert.throws(() => openLibrary(folder, { mode: "write" }), { code: "library.locked" });
    const reader = openLibrary(folder, { mode: "read" });
    assert.deepEqual(reader.history({ limit: 3 }), [record]);
    reader.close();
  } finally {
    holder.kill("SIGKILL");
    await once(holder, "exit");
  }
  const after = openLibrary(folder, { mode: "write" });
  assert.deepEqual(after.find(record.id), record);
  after.close();
});

test("something else in the lock's place is named, with what to do", (context) => {
  const folder = libraryFolder(context);
  mkdirSync(folder);
  writeFileSync(path.join(folder, "library.lock"), "this is no lock at all, but a text ".repeat(200));
  assert.throws(() => openLibrary(folder, { mode: "write" }), {
    code: "library.corrupt",
    remedy: /Remove .*library\.lock/,
  });
});
