/** @file What a picture was made of, taken into a new draft: all of it or parts. The present draft is kept first. */

import type { Draft } from "../../src-main/contract/drafts.ts";
import type { GenerationRecord } from "../../src-main/contract/generation.ts";
import type { StudioLink } from "../bridge/studio-link.ts";
import { recalled } from "../recall/recalled.ts";
import type { RecallChoice } from "../recall/recalled.ts";
import type { DraftState } from "./draft.svelte.ts";
import type { ReportsState } from "./reports.svelte.ts";

export class RecallState {
  /** The picture whose parts are being chosen. */
  record = $state.raw<GenerationRecord | undefined>(undefined);
  /** Called once the draft has changed. */
  onTaken: () => void = () => undefined;
  readonly #studio: StudioLink;
  readonly #draft: DraftState;
  readonly #reports: ReportsState;

  constructor(studio: StudioLink, draft: DraftState, reports: ReportsState) {
    this.#studio = studio;
    this.#draft = draft;
    this.#reports = reports;
  }

  open(record: GenerationRecord): void {
    this.record = record;
  }
  close(): void {
    this.record = undefined;
  }

  async takeAll(id: string): Promise<void> {
    const record = await this.#reports.attempt(this.#studio.client.picture({ id }));
    if (record !== undefined) await this.take(record, "all");
  }

  /** Nothing is replaced that could not be kept. */
  async take(record: GenerationRecord, choice: RecallChoice | "all"): Promise<void> {
    const draft: Draft = recalled(record, choice, this.#draft.snapshot());
    if (!(await this.#keep())) return;
    this.#draft.replace(draft);
    this.record = undefined;
    this.onTaken();
  }

  async #keep(): Promise<boolean> {
    if (this.#draft.text.trim() === "") return true;
    const { client } = this.#studio;
    const kept = client.saveCurrentDraft({ draft: this.#draft.snapshot() }).then(() => client.keepDraft({}));
    return (await this.#reports.attempt(kept)) !== undefined;
  }
}
