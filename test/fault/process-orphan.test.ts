import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const owner = fileURLToPath(new URL("../fixtures/engine-owner.ts", import.meta.url));

for (const signal of ["SIGKILL", "SIGTERM"] as const)
  test(`an engine whose owner gets ${signal} in the middle of a job ends by itself`, async () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "tachie-orphan-"));
    const plan = path.join(folder, "plan.json");
    writeFileSync(plan, JSON.stringify({ jobs: ["forever"] }));
    const child = spawn(process.execPath, [owner], { env: { ...process.env, FAKE_ENGINE_PLAN: plan } });
    try {
      const lines = createInterface({ input: child.stdout });
      const pid = Number(await new Promise((resolve) => lines.once("line", resolve)));
      assert.equal(isAlive(pid), true);
      child.kill(signal);
      const deadline = Date.now() + 20_000;
      while (isAlive(pid) && Date.now() < deadline) await sleep(20);
      assert.equal(isAlive(pid), false, "the engine outlived its owner");
    } finally {
      child.kill("SIGKILL");
      rmSync(folder, { recursive: true });
    }
  });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
