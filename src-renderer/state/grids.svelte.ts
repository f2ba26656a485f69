/** @file The grids: the list, the one that is looked at, and how far its jobs are. */

import { toErrorData } from "../../src-main/contract/errors.ts";
import type { ErrorData } from "../../src-main/contract/errors.ts";
import type { Grid, GridRequest, GridSummary } from "../../src-main/contract/grids.ts";
import type { StudioLink } from "../bridge/studio-link.ts";
import type { ReportsState } from "./reports.svelte.ts";

export class GridsState {
  /** Newest first; absent until they were asked for. */
  all = $state.raw<readonly GridSummary[] | undefined>(undefined);
  /** With its cells. */
  selected = $state.raw<Grid | undefined>(undefined);
  /** Why the last grid that was asked for could not be queued. */
  refusal = $state.raw<ErrorData | undefined>(undefined);
  readonly #studio: StudioLink;
  readonly #reports: ReportsState;

  constructor(studio: StudioLink, reports: ReportsState) {
    this.#studio = studio;
    this.#reports = reports;
    studio.onEvent("queue", () => {
      const grid = this.selected;
      if (grid !== undefined && grid.cells.some(({ state }) => state === "waiting" || state === "running"))
        void this.select(grid.id);
    });
  }

  async load(): Promise<void> {
    this.all = (await this.#reports.attempt(this.#studio.client.grids({})))?.grids ?? this.all;
    const [first] = this.all ?? [];
    if (this.selected === undefined && first !== undefined) await this.select(first.id);
  }

  async select(id: string): Promise<void> {
    const grid = await this.#reports.attempt(this.#studio.client.grid({ id }));
    if (grid === undefined) return;
    this.selected = grid;
    this.all = this.all?.map((other) => (other.id === id ? { ...other, done: grid.done } : other));
  }

  /** @returns whether it was queued */
  async start(request: GridRequest): Promise<boolean> {
    this.refusal = undefined;
    try {
      this.selected = await this.#studio.client.startGrid(request);
    } catch (error) {
      this.refusal = toErrorData(error);
      return false;
    }
    await this.load();
    return true;
  }

  /** The labelled sheet, a PNG. */
  async sheet(id: string): Promise<Uint8Array | undefined> {
    return (await this.#reports.attempt(this.#studio.client.gridSheet({ id })))?.png;
  }

  async remove(id: string): Promise<void> {
    const answer = await this.#reports.attempt(this.#studio.client.removeGrid({ id }));
    if (answer === undefined) return;
    this.all = answer.grids;
    if (this.selected?.id !== id) return;
    this.selected = undefined;
    const [first] = answer.grids;
    if (first !== undefined) await this.select(first.id);
  }
}
