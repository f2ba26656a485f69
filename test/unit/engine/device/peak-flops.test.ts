import assert from "node:assert/strict";
import { test } from "node:test";
import { nextDitFlops } from "../../../../models/newbie-exp0.1/next-dit-flops.ts";
import { PUBLISHED_NEXT_DIT } from "../../../../models/newbie-exp0.1/published-configs.ts";
import { measurePeakFlops } from "../../../../src-main/engine/device/peak-flops.ts";
import { createCApiRuntime } from "../../../../src-main/ort/c-api/runtime.ts";
import { hostMemory } from "../../../../src-main/ort/host-memory.ts";
import { libraryPath } from "../../ort/c-api/library.ts";

test("an evaluation's arithmetic goes by tokens, and attention's by their square", () => {
  const layers = (count: number): number => {
    const config = { ...PUBLISHED_NEXT_DIT, layers: count, refinerLayers: 0 };
    return (
      nextDitFlops(config, { image: 4096, text: 256 }) -
      nextDitFlops({ ...config, layers: 0 }, { image: 4096, text: 256 })
    );
  };
  // 77.9 million weights a layer; a token multiplies each once, and two passes over 4352 others 24 heads of 96 wide.
  const [tokens, weights] = [4352, 2304 * 3840 + 2304 * 2304 + 3 * 2304 * 9216];
  const expected = 2 * tokens * weights + 4 * tokens ** 2 * 2304 + 2 * 1024 * 4 * 2304;
  assert.equal(layers(1), expected);
  assert.equal(layers(36), 36 * expected);
  const whole = nextDitFlops(PUBLISHED_NEXT_DIT, { image: 4096, text: 256 });
  assert.ok(whole > 38 * 0.9 * expected && whole < 38 * 1.01 * expected, `${whole}`);
});

test("the peak is operations over time", async () => {
  const runtime = createCApiRuntime({ libraryPath, memory: hostMemory() });
  const times = [1000, 1500];
  const peak = await measurePeakFlops(
    { runtime, memory: hostMemory() },
    { side: 64, type: "float32", now: () => times.shift() ?? NaN },
  );
  assert.equal(peak, (40 * 2 * 64 ** 3) / 0.5);
  runtime.release();
});
