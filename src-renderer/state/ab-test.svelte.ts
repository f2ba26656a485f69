/** @file One toggle tried with two values: the same draft and seed, the pictures and what they took. */

import type { GeneratedImage } from "../../src-main/contract/generation.ts";
import type { QueueState, QueuedJob } from "../../src-main/contract/jobs.ts";
import type { Toggle } from "../../src-main/contract/toggles.ts";
import { TachieError, toErrorData } from "../../src-main/contract/errors.ts";
import type { ErrorData } from "../../src-main/contract/errors.ts";
import type { StudioLink } from "../bridge/studio-link.ts";
import { requestOf } from "../../src-main/contract/drafts.ts";
import { drawSeed } from "../generate/seed.ts";
import type { DraftState } from "./draft.svelte.ts";
import type { ReportsState } from "./reports.svelte.ts";
import type { SettingsState } from "./settings.svelte.ts";

/** The first picture of each side warms up, the second one counts. */
const PICTURES = 2;

export interface AbSide {
  readonly value: string;
  readonly job?: QueuedJob;
  /** The one that counts. */
  readonly image?: GeneratedImage;
  /** Resident bytes of the engine after it. */
  readonly memoryBytes?: number;
  readonly failure?: ErrorData;
}

export interface AbTest {
  readonly toggle: Toggle;
  readonly sides: readonly [AbSide, AbSide];
}

export class AbTestState {
  value = $state.raw<AbTest | undefined>(undefined);
  readonly #studio: StudioLink;
  readonly #draft: DraftState;
  readonly #settings: SettingsState;
  readonly #reports: ReportsState;

  constructor(studio: StudioLink, draft: DraftState, settings: SettingsState, reports: ReportsState) {
    this.#reports = reports;
    this.#studio = studio;
    this.#draft = draft;
    this.#settings = settings;
    studio.onEvent("queue", (queue) => this.#follow(queue));
  }

  get canRun(): boolean {
    return this.#draft.text.trim() !== "";
  }
  get isRunning(): boolean {
    return this.value?.sides.some((side) => side.image === undefined && side.failure === undefined) ?? false;
  }

  async run(toggle: Toggle, values: readonly [string, string]): Promise<void> {
    if (!this.canRun) return;
    this.value = { toggle, sides: [{ value: values[0] }, { value: values[1] }] };
    const request = requestOf(this.#draft.snapshot());
    const model = request.model ?? this.#settings.value.model;
    const seed = request.seed ?? drawSeed();
    for (const place of [0, 1] as const)
      try {
        const job = await this.#studio.client.enqueue({
          ...request,
          ...(model === undefined ? {} : { model }),
          seed,
          count: PICTURES,
          toggles: { ...request.toggles, [toggle]: values[place] },
          // Whoever wants to see what it does is told where it cannot be had.
          demanded: [toggle],
        });
        this.#change(toggle, place, { job });
      } catch (error) {
        this.#change(toggle, place, { failure: toErrorData(error) });
      }
    // What happened before the answers came.
    const queue = await this.#reports.attempt(this.#studio.client.queue({}));
    if (queue !== undefined) this.#follow(queue);
  }

  close(): void {
    this.value = undefined;
  }

  #follow({ jobs }: QueueState): void {
    const test = this.value;
    if (test === undefined) return;
    for (const place of [0, 1] as const) {
      const side = test.sides[place];
      const job = jobs.find(({ id }) => id === side.job?.id);
      if (job === undefined || side.image !== undefined || side.failure !== undefined) continue;
      const image = job.images[PICTURES - 1];
      if (image !== undefined) {
        this.#change(test.toggle, place, { job, image });
        void this.#measure(test.toggle, place);
      } else if (job.state === "failed" || job.state === "cancelled")
        this.#change(test.toggle, place, { job, failure: job.failure ?? cancelled() });
      else this.#change(test.toggle, place, { job });
    }
  }

  /** At once, before the next job changes it. */
  async #measure(toggle: Toggle, place: 0 | 1): Promise<void> {
    const answer = await this.#reports.attempt(this.#studio.client.engine({}));
    if (answer?.health !== undefined) this.#change(toggle, place, { memoryBytes: answer.health.memoryBytes });
  }

  #change(toggle: Toggle, place: 0 | 1, change: Partial<AbSide>): void {
    if (this.value?.toggle !== toggle) return;
    const [one, other] = this.value.sides;
    const changed = (side: AbSide, at: number): AbSide => (at === place ? { ...side, ...change } : side);
    this.value = { toggle, sides: [changed(one, 0), changed(other, 1)] };
  }
}

function cancelled(): ErrorData {
  return toErrorData(new TachieError("job.cancelled", "it was cancelled"));
}
