/** @file Reference cases of a FLUX-type autoencoder: decoding (`z`, `out`) and encoding (`x`, `mean`, `logvar`). */

import { fluxVaeWeights } from "../../models/newbie-exp0.1/flux-vae-names.ts";
import { inferFluxVaeConfig } from "../../models/newbie-exp0.1/flux-vae-config.ts";
import { buildFluxVaeDecoderGraph, buildFluxVaeEncoderGraph } from "../../models/newbie-exp0.1/flux-vae.ts";
import type { ParityCase } from "../contract/engine.ts";
import { float32Output, float32Tensor } from "../ort/session.ts";
import type { InferenceSession } from "../ort/session.ts";
import { ErrorMeasure } from "./parity-error.ts";
import { batchRow, requireAxis } from "./parity-file.ts";
import type { ReferenceCase, ReferenceFile } from "./parity-file.ts";
import type { ParityHome } from "./parity.ts";

export async function fluxVaeCases(
  { checkpoint: weights, cases }: ReferenceFile,
  home: ParityHome,
): Promise<ParityCase[]> {
  const checkpoint = fluxVaeWeights(weights);
  const config = inferFluxVaeConfig(checkpoint);
  const results: ParityCase[] = [];
  const decodings = cases.filter((one) => one.has("out"));
  const encodings = cases.filter((one) => one.has("mean") || one.has("logvar"));
  for (const one of decodings) requireAxis(one, "z", 1, config.latentChannels);
  for (const one of encodings) requireAxis(one, "x", 1, config.inChannels);
  if (decodings.length > 0) {
    const session = await home.open("decoder", buildFluxVaeDecoderGraph(config, checkpoint, home.variant("decoder")));
    for (const one of decodings) results.push(...(await compare(session, one, "z", "latent", { out: "image" })));
  }
  if (encodings.length > 0) {
    const session = await home.open("decoder", buildFluxVaeEncoderGraph(config, checkpoint, home.variant("decoder")));
    for (const one of encodings)
      results.push(...(await compare(session, one, "x", "image", { mean: "mean", logvar: "logvar" })));
  }
  return results;
}

/** @param outputs the session's output by the case's field */
async function compare(
  session: InferenceSession,
  reference: ReferenceCase,
  field: string,
  input: string,
  outputs: Readonly<Record<string, string>>,
): Promise<ParityCase[]> {
  const fields = Object.keys(outputs).filter((name) => reference.has(name));
  const measures = new Map(fields.map((name) => [name, new ErrorMeasure(reference.label(name))]));
  const given = reference.tensor(field, 4);
  const [samples = 0, ...dims] = given.shape;
  for (let sample = 0; sample < samples; sample++) {
    const result = await session.run({ [input]: float32Tensor(batchRow(given, sample), [1, ...dims]) });
    for (const [name, measure] of measures)
      measure.add(float32Output(result, outputs[name] ?? name).data, batchRow(reference.tensor(name, 4), sample));
  }
  return [...measures].map(([name, measure]) => ({ name: reference.label(name), error: measure.relative() }));
}
