/** @file The adapters that can be chosen, and files on their way to become some. */

import type { LoraFile, LoraShelf } from "../../src-main/contract/loras.ts";
import type { StudioLink } from "../bridge/studio-link.ts";
import type { ReportsState } from "./reports.svelte.ts";

const PIECE_BYTES = 4 << 20;

export interface Sending {
  readonly name: string;
  /** From 0 to 1. */
  readonly share: number;
}

export class LorasState {
  shelf = $state.raw<LoraShelf>({ folder: "", loras: [] });
  isKnown = $state(false);
  sending = $state.raw<Sending | undefined>(undefined);
  readonly ready: readonly LoraFile[] = $derived(this.shelf.loras.filter(({ condition }) => condition === "ready"));
  readonly #studio: StudioLink;
  readonly #reports: ReportsState;

  constructor(studio: StudioLink, reports: ReportsState) {
    this.#studio = studio;
    this.#reports = reports;
    studio.onEvent("loras", (shelf) => (this.shelf = shelf));
    studio.onState((state) => {
      if (state.kind === "ready") void this.load();
    });
  }

  async load(): Promise<void> {
    const shelf = await this.#reports.attempt(this.#studio.client.loras({}));
    if (shelf === undefined) return;
    this.shelf = shelf;
    this.isKnown = true;
  }

  find(file: string): LoraFile | undefined {
    return this.shelf.loras.find((lora) => lora.file === file);
  }

  /** @returns the file, where it can be used */
  async add(file: string): Promise<LoraFile | undefined> {
    return this.#reports.attempt(this.#studio.client.addLora({ file }));
  }

  async remove(file: string): Promise<void> {
    this.shelf = (await this.#reports.attempt(this.#studio.client.removeLora({ file }))) ?? this.shelf;
  }

  /** Sends files that were dropped or chosen, one after the other. @returns those that can be used */
  async send(files: Iterable<File>): Promise<readonly LoraFile[]> {
    const taken: LoraFile[] = [];
    for (const file of files) {
      const lora = await this.#reports.attempt(this.#sendOne(file));
      if (lora !== undefined) taken.push(lora);
    }
    return taken;
  }

  async #sendOne(file: File): Promise<LoraFile | undefined> {
    const { name, size: totalBytes } = file;
    try {
      for (let position = 0; position < totalBytes; position += PIECE_BYTES) {
        this.sending = { name, share: position / totalBytes };
        const bytes = new Uint8Array(await file.slice(position, position + PIECE_BYTES).arrayBuffer());
        const { lora } = await this.#studio.client.sendLora({ name, totalBytes, position, bytes });
        if (lora !== undefined) return lora;
      }
      return undefined;
    } finally {
      this.sending = undefined;
    }
  }
}
