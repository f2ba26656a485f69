/** @file The inference process, as far as the interface shows it. */

import type { EngineHealth } from "../../src-main/contract/engine.ts";
import type { EngineState as Engine } from "../../src-main/contract/studio.ts";
import type { StudioLink } from "../bridge/studio-link.ts";
import type { ReportsState } from "./reports.svelte.ts";

export class EngineState {
  value = $state.raw<Engine>({ kind: "off" });
  health = $state.raw<EngineHealth | undefined>(undefined);
  readonly #studio: StudioLink;
  readonly #reports: ReportsState;

  constructor(studio: StudioLink, reports: ReportsState) {
    this.#studio = studio;
    this.#reports = reports;
    studio.onEvent("engine", (state) => {
      this.value = state;
      if (state.kind === "ready") void this.load();
    });
    studio.onState((state) => {
      if (state.kind === "ready") void this.load();
    });
  }

  /** For a reader who wants another attempt after it has failed too often. @returns whether it runs now */
  async startAgain(): Promise<boolean> {
    const answer = await this.#reports.attempt(this.#studio.client.startEngine({}));
    if (answer !== undefined) this.value = answer.state;
    return answer !== undefined;
  }

  async load(): Promise<void> {
    const answer = await this.#reports.attempt(this.#studio.client.engine({}));
    if (answer === undefined) return;
    this.value = answer.state;
    this.health = answer.health;
  }
}
