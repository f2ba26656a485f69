/**
 * @file The picture that is made ahead of the first one, so that the first pays for no first runs. Nobody sees it.
 */

import type { EngineJob, Provider } from "../contract/generation.ts";
import type { ModelManifest } from "../contract/model-folder.ts";
import type { Toggles } from "../contract/toggles.ts";
import { evaluationTimes } from "./solvers.ts";
import { timeGrid } from "./time-grid.ts";

/** One evaluation of each network. */
const SMALL_SAMPLING = {
  steps: 1,
  solver: "euler",
  schedule: "shift",
  shift: 1,
  guidance: 1,
  truncate: 1,
  renorm: 0,
} as const;
/** Along a side, in units of the smallest size that the networks can make. */
const SMALL_SIZE = 4;
/** On a GPU a form's first run is plain and its second one is captured as a graph. */
const CAPTURING_STEPS = 2;
/** The same for two forms: the layers are computed, left out twice, and computed once more. */
const STEP_CACHE_STEPS = 4;
const LEFT_OUT: readonly number[] = [1, 2];

export interface WarmPicture {
  readonly picture: EngineJob;
  /** Where the step cache is on: see `PipelineHooks`. */
  readonly skips?: readonly boolean[];
}

export interface WarmPictureParts {
  readonly model: string;
  readonly manifest: ModelManifest;
  /** Where it is to be computed. */
  readonly provider: Provider;
  /** Width and height are multiples of this many pixels. */
  readonly sizeMultiple: number;
  /** Those that apply. */
  readonly toggles: Toggles;
  /** What is expected to be asked first; the model's usual picture where absent. */
  readonly job: EngineJob | undefined;
}

/**
 * On a GPU kernels are chosen and graphs are captured for each shape and form, so the picture is as large as the one that is
 * expected, and every step is guided where any is. A CPU has nothing of that kind, and its time is better left to others:
 * there it is as small as can be.
 */
export function warmPicture({ model, manifest, provider, sizeMultiple, toggles, job }: WarmPictureParts): WarmPicture {
  const { defaults, systemPrompt } = manifest;
  const common = {
    model,
    loras: job?.loras ?? [],
    texts: job?.texts ?? { system: systemPrompt, positive: "", negative: defaults.negative },
    seed: 0,
    toggles,
    provider,
    isPreviewWanted: false,
  };
  if (provider === "cpu") {
    const side = SMALL_SIZE * sizeMultiple;
    return { picture: { ...common, size: { width: side, height: side }, sampling: SMALL_SAMPLING } };
  }
  const isCached = toggles.step_cache === "on";
  const steps = isCached ? STEP_CACHE_STEPS : CAPTURING_STEPS;
  const sampling = { ...(job?.sampling ?? defaults.sampling), steps, truncate: 1 };
  const size = job?.size ?? { width: defaults.width, height: defaults.height };
  const picture = { ...common, size, sampling };
  if (!isCached) return { picture };
  return { picture, skips: evaluationTimes(sampling.solver, timeGrid(sampling)).map((_, at) => LEFT_OUT.includes(at)) };
}
