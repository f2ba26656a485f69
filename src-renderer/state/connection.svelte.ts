/** @file Whether the studio answers, as the interface shows it. */

import type { ErrorData } from "../../src-main/contract/errors.ts";
import type { Desktop } from "../bridge/desktop.ts";
import type { LinkState, StudioLink } from "../bridge/studio-link.ts";
import type { ReportsState } from "./reports.svelte.ts";

export class ConnectionState {
  link = $state.raw<LinkState>({ kind: "connecting" });
  /** Why there is no studio and none is started by itself any more. */
  failure = $state.raw<ErrorData | undefined>(undefined);
  readonly isReady = $derived(this.link.kind === "ready" && this.failure === undefined);
  /** Whether there ever was a connection: before that the page is merely opening. */
  wasReady = $state(false);
  readonly #studio: StudioLink;
  readonly #desktop: Desktop;
  readonly #reports: ReportsState;

  constructor(studio: StudioLink, desktop: Desktop, reports: ReportsState) {
    this.#studio = studio;
    this.#desktop = desktop;
    this.#reports = reports;
    desktop.onStudio((health) => {
      const wasFailed = this.failure !== undefined;
      this.failure = health.kind === "failed" ? health.error : undefined;
      // Until now somebody stood in for it.
      if (wasFailed && health.kind === "fine") studio.reopen();
    });
    studio.onState((state) => {
      this.link = state;
      if (state.kind === "ready") this.wasReady = true;
    });
  }

  /** For a reader who wants another attempt after the studio has failed too often. */
  async startStudio(): Promise<void> {
    if (this.#desktop.startStudio !== undefined) await this.#reports.attempt(this.#desktop.startStudio());
  }

  retry(): void {
    this.#studio.start();
  }
}
