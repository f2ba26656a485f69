/**
 * @file Reference cases of a Next-DiT: single evaluations (`out`), guided ones (`out_scale4.5_renorm0`) and whole sampling
 * runs (`euler_points7_shift6_trunc0.25`), under any name and in batches of any size.
 *
 * Every sample is computed by itself and unpadded, as in the product: caption tokens that the mask leaves out are dropped.
 * Guidance, time grid and solvers are the product's own. Guided cases have the captions of all samples first, then as many
 * negative ones.
 */

import { inferNextDitConfig } from "../../models/newbie-exp0.1/next-dit-config.ts";
import type { NextDitConfig } from "../../models/newbie-exp0.1/next-dit-config.ts";
import { nextDitWeights } from "../../models/newbie-exp0.1/next-dit-names.ts";
import type { ParityCase } from "../contract/engine.ts";
import { TachieError } from "../contract/errors.ts";
import { SOLVERS } from "../contract/sampling.ts";
import type { Solver } from "../contract/sampling.ts";
import type { Checkpoint } from "../graph/checkpoint.ts";
import { float32Tensor } from "../ort/session.ts";
import type { Sized } from "./embedding-cache.ts";
import { guidedVelocity } from "./guidance.ts";
import type { GuidanceSettings } from "./guidance.ts";
import { ErrorMeasure } from "./parity-error.ts";
import { batchRow, batchSize, markedRows, requireAxis, sharedRow } from "./parity-file.ts";
import type { ReferenceCase, ReferenceFile } from "./parity-file.ts";
import type { Denoiser } from "./roles.ts";
import { sampleLatent } from "./solvers.ts";
import type { Velocity } from "./solvers.ts";
import { timeGrid } from "./time-grid.ts";

/** Opens the network in the form that is compared. It is released when the comparison is done. */
export type OpenParityDenoiser<L, P extends Sized> = (
  config: NextDitConfig,
  checkpoint: Checkpoint,
  isPooledIgnored: boolean,
) => Promise<Denoiser<L, P>>;

/** Guidance always on. */
const NEVER_TRUNCATED = 100;
/** What the sampling runs were made with; their names do not tell. */
const RUN_GUIDANCE = { guidance: 4.5, renorm: 0 };
/** Where a run has no captions of its own it has those of this case, or else of the first guided one. */
const CAPTIONS_CASE = "cfg";

const NUMBER = "(\\d+(?:\\.\\d+)?)";
const GUIDED_FIELD = new RegExp(`^out_scale${NUMBER}_renorm${NUMBER}$`);
const RUN_FIELD = new RegExp(`^([a-z0-9_]+)_points(\\d+)_shift${NUMBER}_trunc${NUMBER}$`);

export async function nextDitCases<L, P extends Sized>(
  { checkpoint: weights, cases }: ReferenceFile,
  openDenoiser: OpenParityDenoiser<L, P>,
): Promise<ParityCase[]> {
  const checkpoint = nextDitWeights(weights);
  const config = inferNextDitConfig(checkpoint);
  const denoisers = new Map<boolean, Denoiser<L, P>>();
  /** Without a pooled vector the published code lets the time alone steer. */
  const denoiserFor = async (captions: ReferenceCase): Promise<Denoiser<L, P>> => {
    const isPooledIgnored = !captions.has("clip_text_pooled");
    const denoiser = denoisers.get(isPooledIgnored) ?? (await openDenoiser(config, checkpoint, isPooledIgnored));
    denoisers.set(isPooledIgnored, denoiser);
    return denoiser;
  };
  const guided = cases.filter((one) => one.fields.some((field) => GUIDED_FIELD.test(field)));
  const captionsOfRuns = guided.find(({ name }) => name === CAPTIONS_CASE) ?? guided[0];
  const results: ParityCase[] = [];
  for (const reference of cases) {
    requireAxis(reference, "cap_feats", 2, config.capFeatDim);
    if (config.clipTextDim > 0) requireAxis(reference, "clip_text_pooled", 1, config.clipTextDim);
    if (reference.has("out")) results.push(await evaluationCase(await denoiserFor(reference), reference));
    for (const field of reference.fields) {
      const guidance = GUIDED_FIELD.exec(field);
      if (guidance !== null) results.push(await guidedCase(await denoiserFor(reference), reference, field, guidance));
      const run = RUN_FIELD.exec(field);
      if (run === null) continue;
      const captions = reference.has("cap_feats") ? reference : captionsOfRuns;
      if (captions === undefined)
        throw new TachieError("parity.no-case", `${reference.label(field)} needs captions, but the file has none`, {
          where: reference.label(field),
        });
      results.push(await samplingCase(await denoiserFor(captions), reference, field, run, captions));
    }
  }
  return results;
}

async function evaluationCase<L, P extends Sized>(
  denoiser: Denoiser<L, P>,
  reference: ReferenceCase,
): Promise<ParityCase> {
  const name = reference.label("out");
  const expected = reference.tensor("out", 4);
  const measure = new ErrorMeasure(name);
  for (let sample = 0; sample < batchSize(expected); sample++) {
    const prompt = await prepare(denoiser, reference, sample, expected.shape);
    const latent = sharedRow(reference.tensor("x", 4), sample);
    const velocity = await denoiser.velocity(await denoiser.fromHost(latent), timeOf(reference, sample), prompt);
    measure.add(await denoiser.toHost(velocity), batchRow(expected, sample));
  }
  return { name, error: measure.relative() };
}

async function guidedCase<L, P extends Sized>(
  denoiser: Denoiser<L, P>,
  reference: ReferenceCase,
  field: string,
  [, guidance, renorm]: readonly string[],
): Promise<ParityCase> {
  const name = reference.label(field);
  const expected = reference.tensor(field, 4);
  const settings = { guidance: Number(guidance), renorm: Number(renorm), truncate: NEVER_TRUNCATED };
  const measure = new ErrorMeasure(name);
  // The published code gives the guided velocity twice, for both halves of its batch; a file may hold one or both.
  const samples = sampleCount(reference);
  for (let row = 0; row < batchSize(expected); row++) {
    const sample = row % samples;
    const velocity = await guidedBy(denoiser, reference, sample, settings, expected.shape);
    const latent = sharedRow(reference.tensor("x", 4), sample);
    const result = await velocity(await denoiser.fromHost(latent), timeOf(reference, sample));
    measure.add(await denoiser.toHost(result), batchRow(expected, row));
  }
  return { name, error: measure.relative() };
}

async function samplingCase<L, P extends Sized>(
  denoiser: Denoiser<L, P>,
  reference: ReferenceCase,
  field: string,
  [, solver = "", points, shift, truncate]: readonly string[],
  captions: ReferenceCase,
): Promise<ParityCase> {
  const name = reference.label(field);
  const expected = reference.tensor(field, 4);
  const settings = { ...RUN_GUIDANCE, truncate: Number(truncate) };
  const run = samplingRun(name, solver, Number(points), Number(shift));
  const measure = new ErrorMeasure(name);
  const samples = sampleCount(captions);
  for (let row = 0; row < batchSize(expected); row++) {
    const latent = await sampleLatent({
      ...run,
      noise: await denoiser.fromHost(sharedRow(reference.tensor("noise", 4), row % samples)),
      velocity: await guidedBy(denoiser, captions, row % samples, settings, expected.shape),
      algebra: denoiser.algebra,
    });
    measure.add(await denoiser.toHost(latent), batchRow(expected, row));
  }
  return { name, error: measure.relative() };
}

/** @throws parity.no-case for a solver that is not known, rather than leave a case out in silence */
function samplingRun(
  name: string,
  solver: string,
  points: number,
  shift: number,
): { readonly solver: Solver; readonly times: readonly number[] } {
  if (solver === PUBLISHED_DPM) return { solver: "dpmpp_2m", times: publishedDpmTimes(points, shift) };
  const known = SOLVERS.find((one) => one === solver);
  if (known === undefined)
    throw new TachieError(
      "parity.no-case",
      `${name}: there is no solver ${solver}; there are ${[...SOLVERS, PUBLISHED_DPM].join(", ")}`,
      { where: name },
    );
  return { solver: known, times: timeGrid({ steps: points - 1, schedule: "shift", shift }) };
}

/** The published code's name of `dpmpp_2m` on a time grid of its own. */
const PUBLISHED_DPM = "dpm";

/** `steps` intervals that end at 1 and begin a thousandth of the unshifted grid after 0. */
function publishedDpmTimes(steps: number, shift: number): number[] {
  return Array.from({ length: steps + 1 }, (_, index) => {
    const s = (0.999 * (steps - index)) / steps;
    return 1 - (shift * s) / (1 + (shift - 1) * s);
  });
}

/** Guided samples of a case: every one has a caption and a negative one. */
function sampleCount(captions: ReferenceCase): number {
  const rows = batchSize(captions.tensor("cap_feats", 3));
  if (rows > 0 && rows % 2 === 0) return rows / 2;
  const where = captions.label("cap_feats");
  throw new TachieError("parity.no-case", `${where} has ${rows} rows; guidance needs a negative one for each`, {
    where,
  });
}

async function guidedBy<L, P extends Sized>(
  denoiser: Denoiser<L, P>,
  captions: ReferenceCase,
  sample: number,
  settings: GuidanceSettings,
  latentShape: readonly number[],
): Promise<Velocity<L>> {
  const positive = await prepare(denoiser, captions, sample, latentShape);
  const negative = await prepare(denoiser, captions, sampleCount(captions) + sample, latentShape);
  return guidedVelocity(settings, {
    conditional: (latent, time) => denoiser.velocity(latent, time, positive),
    unconditional: (latent, time) => denoiser.velocity(latent, time, negative),
    algebra: denoiser.algebra,
  });
}

/** One time for all samples, or one each. */
function timeOf(reference: ReferenceCase, sample: number): number {
  const { data } = reference.tensor("t");
  return data[data.length === 1 ? 0 : sample] ?? NaN;
}

/** The prompt of one sample, its padding dropped. */
async function prepare<L, P extends Sized>(
  denoiser: Denoiser<L, P>,
  captions: ReferenceCase,
  sample: number,
  latentShape: readonly number[],
): Promise<P> {
  const feats = captions.tensor("cap_feats", 3);
  const [, tokens = 0, captionWidth = 0] = feats.shape;
  const marks = captions.has("cap_mask")
    ? sharedRow(captions.tensor("cap_mask", 2), sample)
    : new Float32Array(tokens).fill(1);
  const states = markedRows(sharedRow(feats, sample), captionWidth, marks);
  const pooled = captions.has("clip_text_pooled")
    ? sharedRow(captions.tensor("clip_text_pooled", 2), sample)
    : new Float32Array();
  return denoiser.prepare(
    {
      states: float32Tensor(states, [states.length / captionWidth, captionWidth]),
      pooled: float32Tensor(pooled, [1, pooled.length]),
      byteLength: states.byteLength + pooled.byteLength,
    },
    patchGrid(denoiser, captions, latentShape),
  );
}

function patchGrid(
  { patchSize, channels }: Pick<Denoiser<unknown, Sized>, "patchSize" | "channels">,
  reference: ReferenceCase,
  shape: readonly number[],
): { readonly rows: number; readonly columns: number } {
  const [, given, height = 0, width = 0] = shape;
  if (given === channels && height % patchSize === 0 && width % patchSize === 0)
    return { rows: height / patchSize, columns: width / patchSize };
  throw new TachieError(
    "model.mismatch",
    `${reference.label("x")}: latents of [${shape.join(", ")}] do not divide into patches of ${channels} x ${patchSize} x ${patchSize}`,
    { where: reference.label("x") },
  );
}
