/** @file What is chosen in the gallery and what is done with it. */

import { NOTHING_CHOSEN, everything, inOrder, toggled, upTo } from "../gallery/selection.ts";
import type { Selection } from "../gallery/selection.ts";
import type { PicturesState } from "./pictures.svelte.ts";

/** Smallest side of a tile, in pixels. */
export const TILE_SIZES = { min: 60, max: 400, step: 10, usual: 180 } as const;

export const MOST_COMPARED = 4;

export class GalleryState {
  selection = $state.raw<Selection>(NOTHING_CHOSEN);
  tileMin = $state<number>(TILE_SIZES.usual);
  /** Whether the grids stand in place of the pictures. */
  isGridsShown = $state(false);
  /** The pictures that are compared at the moment, two to four. */
  compared = $state.raw<readonly string[] | undefined>(undefined);
  /** In the order of the list. */
  readonly chosen: readonly string[] = $derived.by(() =>
    this.selection.ids.size === 0 ? [] : inOrder(this.selection, this.#order()),
  );
  readonly #pictures: PicturesState;

  constructor(pictures: PicturesState) {
    this.#pictures = pictures;
  }

  toggle(id: string): void {
    this.selection = toggled(this.selection, id);
  }
  selectUpTo(id: string): void {
    this.selection = upTo(this.selection, id, this.#order());
  }
  /** All that are fetched. */
  selectAll(): void {
    this.selection = everything(this.#order());
  }
  clear(): void {
    this.selection = NOTHING_CHOSEN;
  }

  zoomBy(steps: number): void {
    this.tileMin = Math.max(TILE_SIZES.min, Math.min(TILE_SIZES.max, this.tileMin + steps * TILE_SIZES.step));
  }

  compare(ids: readonly string[]): void {
    if (ids.length >= 2 && ids.length <= MOST_COMPARED) this.compared = ids;
  }
  endComparison(): void {
    this.compared = undefined;
  }

  #order(): readonly string[] {
    return this.#pictures.list.pictures.map(({ id }) => id);
  }
}
