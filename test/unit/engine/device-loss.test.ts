import assert from "node:assert/strict";
import { test } from "node:test";
import { TachieError } from "../../../src-main/contract/errors.ts";
import type { ErrorCode } from "../../../src-main/contract/errors.ts";
import type { Handlers } from "../../../src-main/contract/wire.ts";
import { endingWithDevice } from "../../../src-main/engine/device-loss.ts";
import type { InferenceService } from "../../../src-main/engine/inference-service.ts";

function stand(code: ErrorCode | undefined) {
  let ended = 0;
  const handlers = {
    measure: async () => {
      if (code !== undefined) throw new TachieError(code, "an illegal address");
      return "answer";
    },
  } as unknown as Handlers<InferenceService>;
  const guarded = endingWithDevice(handlers, () => ended++) as unknown as { measure(): Promise<string> };
  return { guarded, ended: () => ended };
}

test("the loss of the GPU is answered with its error and then ends the process", async () => {
  const { guarded, ended } = stand("engine.device-lost");
  await assert.rejects(guarded.measure(), { code: "engine.device-lost" });
  assert.equal(ended(), 1);
});

test("no other error and no answer does", async () => {
  const failing = stand("engine.out-of-memory");
  await assert.rejects(failing.guarded.measure(), { code: "engine.out-of-memory" });
  const answering = stand(undefined);
  assert.equal(await answering.guarded.measure(), "answer");
  assert.deepEqual([failing.ended(), answering.ended()], [0, 0]);
});
