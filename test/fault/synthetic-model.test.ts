/** @file Writing a synthetic model is killed, raced or runs out of disk: a whole model under its name, or none. */

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import { newbieCheckpoint } from "../../models/make-checkpoint.ts";
import { openModelFolder } from "../../models/model-folder.ts";
import { writeSyntheticModel } from "../../models/synthetic.ts";
import { isTachieError } from "../../src-main/contract/errors.ts";
import { TINY_MODEL } from "../fixtures/engine/tiny-model.ts";
import { rounds, tally } from "../fixtures/loops.ts";
import { failure, withCalls } from "./broken-calls.ts";

const KILLS = rounds({ short: 8, long: 40 });
const MODULES = ["make-checkpoint.ts", "synthetic.ts"].map((name) =>
  path.resolve(import.meta.dirname, "../../models", name),
);
const SCRIPT = `
  const { newbieCheckpoint } = await import(process.argv[1]);
  const { writeSyntheticModel } = await import(process.argv[2]);
  process.stdout.write("started");
  writeSyntheticModel(process.argv[3], newbieCheckpoint("small", 0));
`;
const WORDS = ["--input-type=module", "--eval", SCRIPT, ...MODULES];

test(`killed ${KILLS} times while writing: never half a model`, async (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "tachie-fault-"));
  const model = path.join(folder, "model");
  let interrupted = 0;
  let last = 0;
  try {
    // On a busy machine a kill may come late, so there are more of them until one has come in time.
    for (let round = 0; round < KILLS || (interrupted === 0 && round < 10 * KILLS); round++) {
      rmSync(model, { recursive: true, force: true });
      const child = spawn(process.execPath, [...WORDS, model]);
      const ended = once(child, "exit");
      await once(child.stdout, "data");
      // The write takes 30 to 150 ms: the kills are spread over it.
      await wait(((round % KILLS) / KILLS) * 100);
      child.kill("SIGKILL");
      await ended;
      if (existsSync(model)) openModelFolder(model);
      else interrupted++;
      last = readdirSync(folder).filter((entry) => entry.endsWith(".part")).length;
    }
    assert.ok(interrupted > 0, "no kill came in time: the test shows nothing");
    assert.ok(last <= interrupted);
    tally(t, "killed while a model was written", { kills: KILLS, "in time": interrupted });
    rmSync(model, { recursive: true, force: true });
    writeSyntheticModel(model, newbieCheckpoint("small", 0));
    openModelFolder(model);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("of processes that write the same model at once, one gives it its name and the others say that it exists", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tachie-fault-"));
  const model = path.join(folder, "model");
  try {
    const run = promisify(execFile);
    const endings = await Promise.allSettled([1, 2, 3].map(() => run(process.execPath, [...WORDS, model])));
    const refusals = endings.flatMap((ending) => (ending.status === "rejected" ? [String(ending.reason)] : []));
    assert.equal(refusals.length, 2);
    for (const refusal of refusals) assert.match(refusal, /code: 'file\.exists'/);
    openModelFolder(model);
    assert.deepEqual(readdirSync(folder), ["model"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a disk that fills up while a model is written leaves nothing", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "tachie-fault-"));
  const model = path.join(folder, "model");
  try {
    const calls = withCalls(
      (_, __, call) => call(),
      () => writeSyntheticModel(model, TINY_MODEL),
    );
    // Most calls are writes of tensors and all alike: some of them, and all of those at the end.
    const failing = Array.from({ length: calls }, (_, i) => i).filter((i) => i % 41 === 0 || i > calls - 12);
    for (const number of failing) {
      rmSync(model, { recursive: true, force: true });
      let name = "";
      const attempt = (): void => writeSyntheticModel(model, TINY_MODEL);
      assert.throws(
        () =>
          withCalls((count, callName, call) => {
            if (count !== number) return call();
            name = callName;
            if (callName === "closeSync") call();
            throw failure("ENOSPC");
          }, attempt),
        (error) => isTachieError(error, "disk.full"),
        `call ${number}, ${name}`,
      );
      // After the rename only the folder's own fsync is left to fail: then the model is there, and whole.
      if (existsSync(model)) openModelFolder(model);
      assert.deepEqual(
        readdirSync(folder).filter((entry) => entry !== "model"),
        [],
      );
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
