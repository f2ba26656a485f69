import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { KERNELS, KERNEL_NAMES } from "../../../src-main/cuda/kernel-table.ts";
import { KernelBench } from "../../gpu/kernel-bench.ts";
import { NETWORK_CASES } from "../../gpu/kernel-cases.ts";
import { LATENT_CASES } from "../../gpu/latent-cases.ts";
import { HAS_COMPILER, emulatedDevice } from "./emulation/emulated-device.ts";
import type { EmulatedDevice } from "./emulation/emulated-device.ts";

const skip = HAS_COMPILER ? false : "no g++ to compile the kernels with";

let device: EmulatedDevice;
const folder = mkdtempSync(path.join(tmpdir(), "tachie-test-"));
before(() => {
  if (HAS_COMPILER) device = emulatedDevice(folder);
});
after(() => rmSync(folder, { recursive: true, force: true }));

test("the table of kernels says what the sources say", { skip }, () => {
  for (const name of KERNEL_NAMES) assert.deepEqual(device.kinds(name), KERNELS[name], name);
});

for (const { name, run } of [...NETWORK_CASES, ...LATENT_CASES])
  test(`emulated: ${name}`, { skip }, () => {
    const bench = new KernelBench(device);
    run(bench);
    bench.release();
  });
