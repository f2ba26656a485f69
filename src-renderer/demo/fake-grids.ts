/** @file The made-up studio's grids: cells are jobs of its queue. */

import { TachieError } from "../../src-main/contract/errors.ts";
import type { Grid, GridRequest } from "../../src-main/contract/grids.ts";
import type { StudioService } from "../../src-main/contract/studio.ts";
import type { Handlers } from "../../src-main/contract/wire.ts";
import { gridRequests } from "../../src-main/prompt/index.ts";
import type { FakeQueue } from "./fake-queue.ts";
import { SAMPLE_PROMPT } from "./sample-data.ts";

type Method = "startGrid" | "grids" | "grid" | "gridSheet" | "removeGrid";

const values = (...words: readonly string[]) => words.map((word) => ({ label: word, value: word }));
const SAMPLE_REQUEST: GridRequest = {
  base: { prompt: SAMPLE_PROMPT, seed: 7 },
  columns: {
    target: { kind: "character", number: 1, field: "expression" },
    values: values("smile", "crying", "blush, embarrassed", "angry"),
  },
  rows: { target: { kind: "sampling", setting: "guidance" }, values: values("2", "4", "6", "8") },
};

export class FakeGrids {
  readonly handlers: Pick<Handlers<StudioService>, Method>;
  #grids: Grid[];
  readonly #queue: FakeQueue;

  constructor(queue: FakeQueue, isEmpty: boolean) {
    this.#queue = queue;
    this.#grids = isEmpty ? [] : [finished(SAMPLE_REQUEST)];
    this.handlers = {
      startGrid: (request) => this.#start(request),
      grids: () => this.#list(),
      grid: ({ id }) => this.#find(id),
      gridSheet: () => ({ png: new Uint8Array(8) }),
      removeGrid: ({ id }) => {
        this.#grids = this.#grids.filter((grid) => grid.id !== id);
        return this.#list();
      },
    };
  }

  #list() {
    return { grids: this.#grids.map(({ id }) => this.#find(id)) };
  }

  #start(request: GridRequest): Grid {
    const cells = gridRequests({ ...request, base: { seed: 7, ...request.base } }).map((cell) => {
      const job = this.#queue.add(cell.request);
      return { row: cell.row, column: cell.column, jobId: job.id, state: job.state };
    });
    const id = `grid-${this.#grids.length + 1}`;
    this.#grids.unshift({ id, createdAt: new Date().toISOString(), request, cells, done: 0, count: cells.length });
    return this.#find(id);
  }

  #find(id: string): Grid {
    const grid = this.#grids.find((candidate) => candidate.id === id);
    if (grid === undefined) throw new TachieError("library.not-found", `there is no grid ${id}`);
    const { jobs } = this.#queue.state;
    const cells = grid.cells.map((cell) => {
      const job = jobs.find((candidate) => candidate.id === cell.jobId);
      const pictureId = job?.images[0]?.id;
      if (job === undefined) return cell;
      return { ...cell, state: job.state, ...(pictureId === undefined ? {} : { pictureId }) };
    });
    return { ...grid, cells, done: cells.filter(({ state }) => state === "done").length };
  }
}

function finished(request: GridRequest): Grid {
  const cells = gridRequests(request).map(({ row, column }, place) => ({
    row,
    column,
    jobId: `old-${place}`,
    state: "done" as const,
    pictureId: `sample-${place + 3}`,
  }));
  const createdAt = new Date(Date.UTC(2026, 10, 24, 20)).toISOString();
  return { id: "grid-0", createdAt, request, cells, done: cells.length, count: cells.length };
}
