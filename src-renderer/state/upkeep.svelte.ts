/** @file The library's health, its verification, and pictures that are imported: what the settings page shows of them. */

import type { ImportReport, TransferProgress } from "../../src-main/contract/transfer.ts";
import type { DiskUse, LibraryHealth, LibraryReport, UpkeepProgress } from "../../src-main/contract/upkeep.ts";
import type { StudioLink } from "../bridge/studio-link.ts";
import type { ReportsState } from "./reports.svelte.ts";

/** Something long that is under way, and can be ended. */
export interface Work<P> {
  readonly progress: P | undefined;
  readonly end: () => void;
}

export class UpkeepState {
  health = $state.raw<LibraryHealth | undefined>(undefined);
  /** As it was when it was asked for last. */
  use = $state.raw<DiskUse | undefined>(undefined);
  isBackingUp = $state(false);
  verifying = $state.raw<Work<UpkeepProgress> | undefined>(undefined);
  report = $state.raw<LibraryReport | undefined>(undefined);
  importing = $state.raw<Work<TransferProgress> | undefined>(undefined);
  imported = $state.raw<ImportReport | undefined>(undefined);
  readonly #studio: StudioLink;
  readonly #reports: ReportsState;

  constructor(studio: StudioLink, reports: ReportsState) {
    this.#studio = studio;
    this.#reports = reports;
    studio.onEvent("libraryHealth", (health) => (this.health = health));
    studio.onState((state) => {
      if (state.kind === "ready") void this.load();
    });
  }

  async load(): Promise<void> {
    this.health = (await this.#reports.attempt(this.#studio.client.libraryHealth({}))) ?? this.health;
  }

  async measure(): Promise<void> {
    this.use = (await this.#reports.attempt(this.#studio.client.diskUse({}))) ?? this.use;
  }

  async backUp(): Promise<void> {
    if (this.isBackingUp) return;
    this.isBackingUp = true;
    await this.#reports.attempt(this.#studio.client.backupLibrary({}));
    this.isBackingUp = false;
    await this.load();
  }

  async verify(): Promise<void> {
    if (this.verifying !== undefined) return;
    const abort = new AbortController();
    const end = (): void => abort.abort();
    this.verifying = { progress: undefined, end };
    this.report = undefined;
    const onProgress = (progress: UpkeepProgress): void => {
      this.verifying = { progress, end };
    };
    this.report = await this.#reports.attempt(
      this.#studio.client.verifyLibrary({}, { signal: abort.signal, onProgress }),
    );
    this.verifying = undefined;
  }

  /** @returns whether the folder was taken, to its end or until somebody ended it */
  async importFolder(path: string): Promise<boolean> {
    if (this.importing !== undefined) return false;
    const abort = new AbortController();
    const end = (): void => abort.abort();
    this.importing = { progress: undefined, end };
    this.imported = undefined;
    const onProgress = (progress: TransferProgress): void => {
      this.importing = { progress, end };
    };
    this.imported = await this.#reports.attempt(
      this.#studio.client.importPictures({ paths: [path] }, { signal: abort.signal, onProgress }),
    );
    this.importing = undefined;
    return this.imported !== undefined;
  }
}
