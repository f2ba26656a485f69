import assert from "node:assert/strict";
import path from "node:path";
import { after, test } from "node:test";
import { TachieError, isTachieError } from "../../../src-main/contract/errors.ts";
import type { ErrorCode } from "../../../src-main/contract/errors.ts";
import { openSafetensors, readTensor, writeSafetensors } from "../../../src-main/graph/safetensors.ts";
import type { TensorToWrite } from "../../../src-main/graph/safetensors.ts";
import { explainFailure, weightNotices } from "../../../src-main/studio/model-diagnosis.ts";
import { readModel } from "../../../src-main/studio/model-choice.ts";
import { FILES, temporaryFolder, writeSmallModel } from "./models/small-model.ts";

const folder = temporaryFolder();
after(() => folder[Symbol.dispose]());

/** Rewrites the transformer's tensors. */
function withTransformer(name: string, change: (tensor: TensorToWrite) => TensorToWrite[]): string {
  const model = writeSmallModel(folder.at(name));
  const file = path.join(model, FILES.transformer);
  const opened = openSafetensors(file);
  const tensors = [...opened.tensors.keys()].flatMap((key) => {
    const { type, shape, bytes } = { ...opened.tensors.get(key)!, ...readTensor(opened, key) };
    return change({ name: key, type, shape, data: new Uint8Array(bytes) });
  });
  writeSafetensors(file, tensors, {}, { canReplace: true });
  return model;
}

const isMatrix = ({ shape }: TensorToWrite): boolean => shape.length === 2;

test("what the engine could not use is named for what it is, with its own remedy", async () => {
  const eightBit = withTransformer("fp8", (tensor) =>
    isMatrix(tensor)
      ? [{ ...tensor, type: "F8_E4M3", data: new Uint8Array(tensor.shape.reduce((a, b) => a * b, 1)) }]
      : [tensor],
  );
  const half = withTransformer("half", (tensor) => (tensor.name.startsWith("layers.1.") ? [] : [tensor]));
  const renamed = withTransformer("renamed", (tensor) => [
    { ...tensor, name: tensor.name.replace("attention.out", "attention.wo") },
  ]);
  const cases: [string, ErrorCode, RegExp, RegExp][] = [
    [eightBit, "model.unsupported", /8-bit floats/, /bf16 version/],
    [half, "model.incomplete", /tensors are missing/, /whole file/],
    [renamed, "model.mismatch", /attention\.wo/, /converter/],
  ];
  for (const [model, code, message, remedy] of cases) {
    const cause = new TachieError("model.mismatch", "the first tensor that does not fit");
    const explained = await explainFailure(cause, model);
    assert.ok(isTachieError(explained, code), model);
    assert.match(explained.message, message);
    assert.match(explained.remedy, remedy);
    assert.equal(explained.cause, cause);
  }
});

test("an error that the model's files are not the reason of stays as it is", async () => {
  const sound = writeSmallModel(folder.at("sound"));
  for (const error of [
    new TachieError("model.mismatch", "of an adapter"),
    new TachieError("engine.out-of-memory", "of anything"),
    new Error("a bug"),
  ])
    assert.equal(await explainFailure(error, sound), error);
  const gone = new TachieError("model.not-found", "gone");
  assert.equal(await explainFailure(gone, folder.at("nowhere")), gone);
});

test("float16 where bf16 is meant is used, and said", () => {
  assert.deepEqual(weightNotices(readModel(writeSmallModel(folder.at("bf16")))), []);
  const model = withTransformer("fp16", (tensor) => [{ ...tensor, type: "F16" }]);
  const [notice, ...others] = weightNotices(readModel(model));
  assert.deepEqual(others, []);
  assert.match(notice ?? "", /in float16 where bf16 is meant\. Get the bf16 version/);
});
