import assert from "node:assert/strict";
import { test } from "node:test";
import { TachieError } from "../../../src-main/contract/errors.ts";
import type { ErrorCode } from "../../../src-main/contract/errors.ts";
import type { Provider } from "../../../src-main/contract/generation.ts";
import { createComputes } from "../../../src-main/engine/compute.ts";
import type { Compute } from "../../../src-main/engine/compute.ts";

function fakeCompute(provider: Provider): Compute {
  return {
    provider,
    version: "fake",
    lacks: [],
    roomBytes: () => Infinity,
    openPipeline: () => Promise.reject(new Error("not used")),
    parity: () => Promise.reject(new Error("not used")),
  };
}

function stand(gpuFailures: readonly ErrorCode[]) {
  const opened = { cpu: 0, gpu: 0 };
  const failures = [...gpuFailures];
  const computes = createComputes(
    async () => {
      opened.cpu++;
      return fakeCompute("cpu");
    },
    async () => {
      opened.gpu++;
      const code = failures.shift();
      if (code !== undefined) throw new TachieError(code, "cuDNN 9 is missing");
      return fakeCompute("cuda");
    },
  );
  return { computes, opened };
}

test("auto is the GPU where there is one, and each place is opened once", async () => {
  const { computes, opened } = stand([]);
  for (const choice of ["auto", "cuda", "auto"] as const) assert.equal((await computes.get(choice)).provider, "cuda");
  assert.equal((await computes.get("cpu")).provider, "cpu");
  assert.equal((await computes.get("cpu")).provider, "cpu");
  assert.deepEqual(opened, { cpu: 1, gpu: 1 });
  assert.equal(computes.reasonAgainstGpu, undefined);
});

test("without a GPU auto is the CPU, the reason is kept, and nothing is looked for again", async () => {
  const { computes, opened } = stand(["engine.unsupported"]);
  assert.equal((await computes.get("auto")).provider, "cpu");
  assert.equal((await computes.get("auto")).provider, "cpu");
  assert.match(computes.reasonAgainstGpu?.message ?? "", /cuDNN 9/);
  assert.deepEqual(opened, { cpu: 1, gpu: 1 });
});

test("a GPU that is asked for by name is never replaced, and may be there the next time", async () => {
  const { computes } = stand(["engine.unsupported"]);
  await assert.rejects(computes.get("cuda"), { code: "engine.unsupported" });
  assert.equal((await computes.get("cuda")).provider, "cuda");
});

test("a fault of a GPU that is there is not passed over in silence", async () => {
  const { computes } = stand(["engine.start-failed", "engine.out-of-memory"]);
  await assert.rejects(computes.get("auto"), { code: "engine.start-failed" });
  await assert.rejects(computes.get("auto"), { code: "engine.out-of-memory" });
  assert.equal((await computes.get("auto")).provider, "cuda");
});
