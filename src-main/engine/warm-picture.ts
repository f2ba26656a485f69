/**
 * @file The picture that is made ahead of the first one, so that the first pays for no first runs. Nobody sees it.
 */

import type { EngineJob, ImageSize, Provider } from "../contract/generation.ts";
import type { ModelManifest } from "../contract/model-folder.ts";
import type { Toggles } from "../contract/toggles.ts";

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
/** On a GPU a shape's first run is plain and its second one is captured as a graph. */
const CAPTURING_STEPS = 2;

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
 * On a GPU kernels are chosen and graphs are captured for each shape, so the picture is as large as the one that is
 * expected, and every step is guided where any is. A CPU has nothing of that kind, and its time is better left to others:
 * there it is as small as can be.
 */
export function warmPicture({ model, manifest, provider, sizeMultiple, toggles, job }: WarmPictureParts): EngineJob {
  const { defaults, systemPrompt } = manifest;
  const side = SMALL_SIZE * sizeMultiple;
  const small: ImageSize = { width: side, height: side };
  const usual: ImageSize = { width: defaults.width, height: defaults.height };
  const sampling = { ...(job?.sampling ?? defaults.sampling), steps: CAPTURING_STEPS, truncate: 1 };
  const isWhole = provider === "cuda";
  return {
    model,
    loras: job?.loras ?? [],
    texts: job?.texts ?? { system: systemPrompt, positive: "", negative: defaults.negative },
    seed: 0,
    size: isWhole ? (job?.size ?? usual) : small,
    sampling: isWhole ? sampling : SMALL_SAMPLING,
    toggles,
    provider,
    isPreviewWanted: false,
  };
}
