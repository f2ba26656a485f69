/** @file What the studio does for the command line, the server and the window. */

import type { ErrorData } from "./errors.ts";
import type { GenerateRequest, GeneratedImage, GenerationProgress } from "./generation.ts";

/** What is told while pictures are made. `number` is a picture's 1-based place out of `count`. */
export type GenerateProgress =
  | ({ readonly kind: "step"; readonly number: number; readonly count: number } & GenerationProgress)
  /** A picture is finished and saved: nothing that follows can take it away. */
  | { readonly kind: "image"; readonly number: number; readonly count: number; readonly image: GeneratedImage }
  /** Something the author should know: pictures will be noise, a job waits or is tried again. */
  | { readonly kind: "notice"; readonly text: string };

export interface GenerateOutcome {
  /** What was finished, in the order of the seeds. */
  readonly images: readonly GeneratedImage[];
  /** Why there are fewer pictures than asked for. Where not even the first was finished, the call fails instead. */
  readonly failure?: ErrorData;
}

export interface StudioMethods {
  generate(params: GenerateRequest): GenerateOutcome;
  /** Makes a stored picture again as a new one, with everything as it was. */
  again(params: { readonly id: string }): GenerateOutcome;
}

export interface StudioService {
  readonly methods: StudioMethods;
  readonly progress: { readonly generate: GenerateProgress; readonly again: GenerateProgress };
  readonly events: Record<string, never>;
}

export const STUDIO_METHODS = ["generate", "again"] as const satisfies readonly (keyof StudioMethods)[];
