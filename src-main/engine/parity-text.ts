/**
 * @file Reference cases of the text towers. Every row is read by itself without its padding, as in the product; positions of
 * padding are not compared.
 */

import { inferGemma3TextConfig } from "../../models/newbie-exp0.1/gemma3-text-config.ts";
import { buildGemma3TextGraph } from "../../models/newbie-exp0.1/gemma3-text.ts";
import { inferJinaTextConfig } from "../../models/newbie-exp0.1/jina-text-config.ts";
import { buildJinaTextGraph } from "../../models/newbie-exp0.1/jina-text.ts";
import type { ParityCase } from "../contract/engine.ts";
import { TachieError } from "../contract/errors.ts";
import { float32Output, int64Tensor } from "../ort/session.ts";
import type { InferenceSession } from "../ort/session.ts";
import { ErrorMeasure } from "./parity-error.ts";
import { batchRow, markedRows } from "./parity-file.ts";
import type { ReferenceCase, ReferenceFile } from "./parity-file.ts";
import type { ParityHome } from "./parity.ts";

/** A text tower's output that a case may expect. */
interface ExpectedOutput {
  readonly field: string;
  readonly output: string;
  /** One vector for each token, or one for the text. */
  readonly isPerToken: boolean;
}

export async function jinaTextCases({ checkpoint, cases }: ReferenceFile, home: ParityHome): Promise<ParityCase[]> {
  const config = inferJinaTextConfig(checkpoint);
  const session = await home.open("text", buildJinaTextGraph(config, checkpoint, home.variant("text")));
  const outputs = [
    { field: "pooled", output: "pooled", isPerToken: false },
    { field: "states", output: "states", isPerToken: true },
    { field: "last_hidden_state", output: "states", isPerToken: true },
  ];
  const results: ParityCase[] = [];
  for (const one of cases)
    if (one.has("input_ids"))
      results.push(...(await compare(session, one, outputs, config.vocabSize, config.padTokenId)));
  return results;
}

export async function gemma3TextCases({ checkpoint, cases }: ReferenceFile, home: ParityHome): Promise<ParityCase[]> {
  const config = inferGemma3TextConfig(checkpoint);
  const results: ParityCase[] = [];
  for (const [field, output] of [
    ["hidden_minus2", "states"],
    ["last_hidden_state", "final"],
  ] as const) {
    const wanted = cases.filter((one) => one.has("input_ids", field));
    if (wanted.length === 0) continue;
    const session = await home.open(
      "text",
      buildGemma3TextGraph(config, checkpoint, { ...home.variant("text"), output }),
    );
    for (const one of wanted)
      results.push(...(await compare(session, one, [{ field, output: "states", isPerToken: true }], config.vocabSize)));
  }
  return results;
}

/** @param padTokenId what marks padding where the case has no mask, and is dropped by the graph itself */
async function compare(
  session: InferenceSession,
  reference: ReferenceCase,
  outputs: readonly ExpectedOutput[],
  vocabSize: number,
  padTokenId?: number,
): Promise<ParityCase[]> {
  const ids = reference.integers("input_ids", 2);
  checkIds(reference, ids.data, vocabSize);
  const [texts = 0, length = 0] = ids.shape;
  const mask = reference.has("attention_mask") ? reference.tensor("attention_mask", 2) : undefined;
  const expected = outputs
    .filter(({ field }) => reference.has(field))
    .map((output) => ({ ...output, measure: new ErrorMeasure(reference.label(output.field)) }));
  for (let text = 0; text < texts; text++) {
    const row = ids.data.slice(text * length, (text + 1) * length);
    const marks = mask === undefined ? row.map((id) => (id === padTokenId ? 0 : 1)) : batchRow(mask, text);
    const kept = mask === undefined ? row : row.filter((_, index) => marks[index] !== 0);
    const result = await session.run({ input_ids: int64Tensor(kept, [1, kept.length]) });
    for (const { field, output, isPerToken, measure } of expected) {
      const values = reference.tensor(field, isPerToken ? 3 : 2);
      const width = values.shape.at(-1) ?? 0;
      const wanted = batchRow(values, text);
      measure.add(float32Output(result, output).data, isPerToken ? markedRows(wanted, width, marks) : wanted);
    }
  }
  return expected.map(({ field, measure }) => ({ name: reference.label(field), error: measure.relative() }));
}

/** @throws model.mismatch for tokens of another vocabulary */
function checkIds(reference: ReferenceCase, ids: readonly number[], vocabSize: number): void {
  const foreign = ids.find((id) => id < 0 || id >= vocabSize);
  if (foreign === undefined) return;
  const where = reference.label("input_ids");
  throw new TachieError(
    "model.mismatch",
    `${where} has the token ${foreign}, but the network knows tokens up to ${vocabSize - 1}`,
    { where },
  );
}
