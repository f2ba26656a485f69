import assert from "node:assert/strict";
import { test } from "node:test";
import { SOLVERS } from "../../../../src-main/contract/sampling.ts";
import { DeviceLatents } from "../../../../src-main/engine/device/device-latents.ts";
import type { DeviceLatent } from "../../../../src-main/engine/device/device-latents.ts";
import { guidedVelocity } from "../../../../src-main/engine/guidance.ts";
import { arrayAlgebra } from "../../../../src-main/engine/latent-algebra.ts";
import type { LatentAlgebra } from "../../../../src-main/engine/latent-algebra.ts";
import { seededNoise } from "../../../../src-main/engine/noise.ts";
import { sampleLatent } from "../../../../src-main/engine/solvers.ts";
import { FakeDeviceMemory, fakeLatentKernels } from "../../../fixtures/fake-device.ts";

const COUNT = 101;

function deviceLatents(limitBytes?: number) {
  const memory = new FakeDeviceMemory(limitBytes);
  return { memory, latents: new DeviceLatents(memory, fakeLatentKernels(memory)) };
}

/** A guided run towards one of two targets. */
function sample<L>(solver: (typeof SOLVERS)[number], renorm: number, noise: L, algebra: LatentAlgebra<L>, ones: L) {
  const towards =
    (target: number) =>
    (latent: L, time: number): L | Promise<L> =>
      algebra.combine([
        [-1 / (1.5 - time), latent],
        [target / (1.5 - time), ones],
      ]);
  return sampleLatent({
    solver,
    times: [0, 0.1, 0.35, 0.7, 1],
    noise,
    algebra,
    velocity: guidedVelocity(
      { guidance: 4, truncate: 0.5, renorm },
      { conditional: towards(1), unconditional: towards(-0.5), algebra },
    ),
  });
}

for (const solver of SOLVERS)
  for (const renorm of [0, 0.8])
    test(`${solver}, renorm ${renorm}: a run in device memory is the run in ordinary memory`, async () => {
      const { memory, latents } = deviceLatents();
      const noise = seededNoise(3, COUNT);
      const ones = new Float32Array(COUNT).fill(1);
      const expected = await sample(solver, renorm, noise, arrayAlgebra, ones);
      const onesAddress = memory.allocate(4 * COUNT);
      memory.floats(onesAddress).set(ones);
      const deviceOnes: DeviceLatent = { address: onesAddress, count: COUNT };
      const result = await sample(solver, renorm, latents.fromHost(noise), latents.algebra, deviceOnes);
      for (const [index, value] of latents.toHost(result).entries())
        assert.ok(Math.abs(value - expected[index]!) < 1e-5 * Math.max(1, Math.abs(value)));
      latents.release();
      assert.equal(memory.blockCount, 1);
    });

test("a run of many steps takes no more memory than one of few, and the next size gives it all back", async () => {
  const { memory, latents } = deviceLatents();
  const run = async (steps: number, count: number): Promise<void> => {
    const times = Array.from({ length: steps + 1 }, (_, index) => index / steps);
    await sampleLatent({
      solver: "dpmpp_2m",
      times,
      noise: latents.fromHost(seededNoise(1, count)),
      algebra: latents.algebra,
      velocity: (latent) => latents.algebra.combine([[0.5, latent]]),
    });
  };
  await run(4, COUNT);
  const peak = memory.peakBytes;
  await run(200, COUNT);
  assert.equal(memory.peakBytes, peak);
  await run(4, 3);
  assert.ok(memory.usedBytes <= (peak / COUNT) * 3);
});

test("no memory for a latent is a typed error, and what was taken is given back", () => {
  const { memory, latents } = deviceLatents(4 * COUNT + 8);
  const first = latents.fromHost(seededNoise(1, COUNT));
  assert.throws(() => latents.algebra.combine([[2, first]]), { code: "engine.out-of-memory" });
  latents.release();
  assert.equal(memory.usedBytes, 0);
});
