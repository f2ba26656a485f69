/** @file Asking for pictures: from the draft in the editor, or from a picture that was made before. */

import { toErrorData } from "../../src-main/contract/errors.ts";
import type { ErrorData } from "../../src-main/contract/errors.ts";
import type { GenerateRequest, GenerationRecord } from "../../src-main/contract/generation.ts";
import type { InstalledModel } from "../../src-main/contract/models.ts";
import type { StudioLink } from "../bridge/studio-link.ts";
import { fieldOf, findProblems } from "../generate/draft-problems.ts";
import type { Problems } from "../generate/draft-problems.ts";
import { effectiveSettings } from "../generate/effective-settings.ts";
import type { EffectiveSettings } from "../generate/effective-settings.ts";
import { requestOf } from "../../src-main/contract/drafts.ts";
import { draftOf, repeatOf, variationsOf } from "../generate/request.ts";
import type { DraftState } from "./draft.svelte.ts";
import type { ModelsState } from "./models.svelte.ts";
import type { PicturesState } from "./pictures.svelte.ts";
import type { SettingsState } from "./settings.svelte.ts";

export class GenerateState {
  /** What the studio refused, until the next attempt or a change of the draft. */
  refusal = $state.raw<ErrorData | undefined>(undefined);
  isAsking = $state(false);
  readonly model: InstalledModel | undefined = $derived.by(() =>
    this.#models.find(this.#draft.settings.model ?? this.#settings.value.model),
  );
  readonly effective: EffectiveSettings = $derived.by(() => effectiveSettings(this.#draft.settings, this.model));
  readonly problems: Problems = $derived.by(() => this.#findProblems());
  readonly hasPrompt: boolean = $derived.by(() => this.#draft.text.trim() !== "");
  readonly canAsk: boolean = $derived.by(
    () => this.hasPrompt && !this.isAsking && Object.values(this.problems).every(({ kind }) => kind === "said"),
  );
  readonly #draft: DraftState;
  readonly #models: ModelsState;
  readonly #settings: SettingsState;
  readonly #pictures: PicturesState;
  readonly #studio: StudioLink;

  constructor(
    studio: StudioLink,
    draft: DraftState,
    models: ModelsState,
    settings: SettingsState,
    pictures: PicturesState,
  ) {
    this.#studio = studio;
    this.#pictures = pictures;
    this.#draft = draft;
    this.#models = models;
    this.#settings = settings;
  }

  /** Queues the draft. */
  async generate(): Promise<void> {
    if (!this.canAsk) return;
    const request = requestOf(this.#draft.snapshot());
    const model = request.model ?? this.#settings.value.model;
    await this.#ask({ ...request, ...(model === undefined ? {} : { model }) });
  }

  again(record: GenerationRecord): Promise<void> {
    return this.#ask(repeatOf(record));
  }

  vary(record: GenerationRecord): Promise<void> {
    return this.#ask(variationsOf(record, Math.max(2, this.effective.count)));
  }

  useAsDraft(record: GenerationRecord): void {
    this.refusal = undefined;
    this.#draft.replace(draftOf(record));
  }

  async #ask(request: GenerateRequest): Promise<void> {
    this.refusal = undefined;
    this.isAsking = true;
    try {
      await this.#studio.client.enqueue(request);
      this.#pictures.isFollowing = true;
    } catch (error) {
      this.refusal = toErrorData(error);
    } finally {
      this.isAsking = false;
    }
  }

  #findProblems(): Problems {
    const problems = findProblems(this.#draft.settings, this.effective, this.model);
    const field = this.refusal === undefined ? undefined : fieldOf(this.refusal);
    if (this.refusal === undefined || field === undefined || field in problems) return problems;
    return { ...problems, [field]: { kind: "said", error: this.refusal } };
  }
}
