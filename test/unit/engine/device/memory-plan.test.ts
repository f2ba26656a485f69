import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { openModelFolder } from "../../../../models/model-folder.ts";
import type { MemoryChoice } from "../../../../src-main/contract/memory.ts";
import { FASTEST_FORM } from "../../../../src-main/engine/device/device-form.ts";
import { deviceHome } from "../../../../src-main/engine/device/device-home.ts";
import { arenaOptions, memoryPlan, roomBeside } from "../../../../src-main/engine/device/memory-plan.ts";
import { openNetworks } from "../../../../src-main/engine/networks.ts";
import type { DeviceRuntime, DeviceSession, DeviceSessionOptions } from "../../../../src-main/ort/device.ts";
import { isTachieError } from "../../../../src-main/contract/errors.ts";
import { FakeCapture, FakeDeviceMemory, fakeLatentKernels } from "../../../fixtures/fake-device.ts";

const GB = 1e9;
const starter = path.resolve(import.meta.dirname, "../../../../models/starter");

test("a GPU is spared where it is small, where a limit makes it so, or where that is asked for", () => {
  const isSparing = (choice: MemoryChoice, totalGb: number): boolean => memoryPlan(choice, totalGb * GB).isSparing;
  assert.deepEqual(
    [8, 12, 16, 24, 80].map((total) => isSparing({ manner: "auto" }, total)),
    [true, true, true, false, false],
  );
  assert.equal(isSparing({ manner: "auto", limitGb: 12 }, 80), true);
  assert.equal(isSparing({ manner: "fast", limitGb: 12 }, 80), false);
  assert.equal(isSparing({ manner: "sparing" }, 80), true);
  assert.equal(memoryPlan({ manner: "auto", limitGb: 12 }, 80 * GB).limitBytes, 12 * GB);
});

test("nothing is given back that a captured graph writes to, nor what the next step takes again", () => {
  const plan = { isSparing: true, isGivenBack: true, limitBytes: undefined };
  assert.equal(arenaOptions("decoder", false, plan).arenaShrinks, true);
  assert.equal(arenaOptions("text", false, plan).arenaShrinks, true);
  assert.equal(arenaOptions("decoder", true, plan).arenaShrinks, false);
  assert.equal(arenaOptions("step", false, plan).arenaShrinks, false);
  assert.equal(arenaOptions("decoder", false, plan).largeWorkspaces, false);
});

test("weights beyond the limit are an error that says what would fit", () => {
  const demand = { name: "transformer", weightBytes: 7 * GB, usedBytes: 1 * GB, limitBytes: 6 * GB };
  assert.throws(
    () => roomBeside(demand),
    (error) =>
      isTachieError(error, "engine.out-of-memory") &&
      /transformer are 6\.5 GiB.*5\.6 GiB.*4\.7 GiB are left/.test(error.message) &&
      /more than 7\.5 GiB/.test(error.remedy),
  );
  assert.equal(roomBeside({ ...demand, limitBytes: 9 * GB }), 1 * GB);
});

/** Sessions that compute nothing and take their weights' room. */
function countingGpu() {
  const memory = new FakeDeviceMemory();
  const opened: DeviceSessionOptions[] = [];
  let usedBytes = 0;
  const runtime: DeviceRuntime = {
    provider: "cuda",
    version: "0",
    memory,
    createSession(model, options) {
      const bytes = model.weightBytes ?? 0;
      usedBytes += bytes;
      opened.push(options);
      const session = { inputs: [], outputs: [], inputNames: [], outputNames: [] };
      return Promise.resolve({
        ...session,
        release: () => Promise.resolve(void (usedBytes -= bytes)),
      } as unknown as DeviceSession);
    },
  };
  const kernels = fakeLatentKernels(memory);
  return { runtime, memory, kernels, capture: new FakeCapture(memory), usedBytes: () => usedBytes, opened };
}

test("a limit leaves each network the room beside all weights that are there, and frees them when one does not fit", async () => {
  const open = async (limitBytes: number) => {
    const gpu = countingGpu();
    const plan = { isSparing: true, isGivenBack: true, limitBytes };
    const home = deviceHome(gpu, { form: FASTEST_FORM, signal: { aborted: false }, plan });
    await openNetworks(openModelFolder(starter), home, new Map()).catch((error: unknown) => {
      assert.equal(gpu.usedBytes(), 0);
      throw error;
    });
    return gpu;
  };
  const gpu = await open(1 * GB);
  const rooms = gpu.opened.map(({ memoryLimitBytes }) => memoryLimitBytes ?? NaN);
  assert.ok(rooms.length >= 3 && rooms.every((room, index) => index === 0 || room < rooms[index - 1]!));
  assert.equal(rooms.at(-1), 1 * GB - gpu.usedBytes());
  await assert.rejects(open(gpu.usedBytes() - 1), { code: "engine.out-of-memory" });
});
