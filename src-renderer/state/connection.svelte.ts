/** @file Whether the studio answers, as the interface shows it. */

import type { LinkState, StudioLink } from "../bridge/studio-link.ts";

export class ConnectionState {
  link = $state.raw<LinkState>({ kind: "connecting" });
  readonly isReady = $derived(this.link.kind === "ready");
  /** Whether there ever was a connection: before that the page is merely opening. */
  wasReady = $state(false);
  readonly #studio: StudioLink;

  constructor(studio: StudioLink) {
    this.#studio = studio;
    studio.onState((state) => {
      this.link = state;
      if (state.kind === "ready") this.wasReady = true;
    });
  }

  retry(): void {
    this.#studio.start();
  }
}
