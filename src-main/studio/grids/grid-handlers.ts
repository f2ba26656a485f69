/** @file The methods of grids. */

import { GRID_LIMITS, GRID_SETTINGS, MOST_GRID_CELLS } from "../../contract/grids.ts";
import type { Grid, GridCell, GridRequest, GridSummary } from "../../contract/grids.ts";
import { TachieError, isTachieError } from "../../contract/errors.ts";
import type { GenerateRequest } from "../../contract/generation.ts";
import type { StudioService } from "../../contract/studio.ts";
import { TOGGLES } from "../../contract/toggles.ts";
import type { Handlers } from "../../contract/wire.ts";
import { gridRequests } from "../../prompt/index.ts";
import { randomSeed } from "../generation-plan.ts";
import type { Library } from "../library/library.ts";
import type { ChosenModel } from "../model-choice.ts";
import { anId, isRecord, listOf, optional, requireParams, shape } from "../params.ts";
import type { Check, Field } from "../params.ts";
import type { PictureFiles } from "../pictures/picture-files.ts";
import { acceptRequest } from "../queue/queue-handlers.ts";
import type { Queue } from "../queue/queue.ts";
import { requireGenerateRequest } from "../request-check.ts";
import { drawSheet } from "./grid-sheet.ts";
import { GridStore } from "./grid-store.ts";
import type { StoredGrid } from "./grid-store.ts";

type GridMethod = "startGrid" | "grids" | "grid" | "gridSheet" | "removeGrid";

export interface GridSurroundings {
  readonly library: Library;
  readonly queue: Queue;
  readonly modelOf: (request: GenerateRequest) => ChosenModel;
  readonly files: PictureFiles;
}

export function gridHandlers({
  library,
  queue,
  modelOf,
  files,
}: GridSurroundings): Pick<Handlers<StudioService>, GridMethod> {
  const store = new GridStore(library);

  function cellsOf(grid: StoredGrid): readonly GridCell[] {
    const jobs = new Map(queue.state().jobs.map((job) => [job.id, job]));
    return store.cells(grid).map(({ row, column, jobId, pictureId }) => {
      const job = jobs.get(jobId);
      const state = pictureId === undefined ? (job?.state ?? "gone") : "done";
      return {
        row,
        column,
        jobId,
        state,
        ...(pictureId === undefined ? {} : { pictureId }),
        ...(job?.failure === undefined || state === "done" ? {} : { failure: job.failure }),
      };
    });
  }
  function viewOf(grid: StoredGrid): Grid {
    const cells = cellsOf(grid);
    const { id, createdAt, request } = grid;
    return { id, createdAt, request, cells, done: doneOf(cells), count: cells.length };
  }
  function summaries(): readonly GridSummary[] {
    return store.list().map((grid) => {
      const { id, createdAt, request, done, count } = viewOf(grid);
      return { id, createdAt, request, done, count };
    });
  }

  return {
    startGrid(params) {
      const asked = requireGrid(params);
      const seed = asked.base.seed ?? randomSeed();
      const request: GridRequest = { ...asked, base: { ...asked.base, seed, count: 1 } };
      // All of them before the first: a grid with holes is of no use to anybody.
      const accepted = gridRequests(request).map((cell) => ({ ...cell, request: accept(cell.request, cell, modelOf) }));
      return viewOf(store.add(request, enqueueAll(queue, accepted)));
    },
    grids(params) {
      requireParams("grids", params, {});
      return { grids: summaries() };
    },
    grid: (params) => viewOf(store.find(requireParams("grid", params, { id: anId }).id)),
    async gridSheet(params) {
      const grid = viewOf(store.find(requireParams("gridSheet", params, { id: anId }).id));
      return { png: await drawSheet(grid, (id) => files.find(id)) };
    },
    removeGrid(params) {
      store.remove(requireParams("removeGrid", params, { id: anId }).id);
      return { grids: summaries() };
    },
  };
}

function doneOf(cells: readonly GridCell[]): number {
  return cells.filter(({ state }) => state === "done").length;
}

interface AcceptedCell {
  readonly row: number;
  readonly column: number;
  readonly request: GenerateRequest;
}

/** All or none: where one cannot be queued, those that were are cancelled. */
function enqueueAll(queue: Queue, cells: readonly AcceptedCell[]) {
  const queued: { row: number; column: number; jobId: string }[] = [];
  try {
    for (const { row, column, request } of cells) queued.push({ row, column, jobId: queue.enqueue(request).id });
  } catch (error) {
    for (const { jobId } of queued) queue.cancel(jobId);
    throw error;
  }
  return queued;
}

/** @throws what `acceptRequest` throws, saying in which cell */
function accept(
  request: GenerateRequest,
  { row, column }: { readonly row: number; readonly column: number },
  modelOf: GridSurroundings["modelOf"],
): GenerateRequest {
  try {
    return acceptRequest(request, modelOf);
  } catch (error) {
    if (!isTachieError(error)) throw error;
    const { code, message, where, remedy } = error;
    throw new TachieError(code, `column ${column + 1}, row ${row + 1} of the grid: ${message}`, {
      ...(where === undefined ? {} : { where }),
      remedy,
      cause: error,
    });
  }
}

const within =
  (length: number): Check =>
  (value) =>
    typeof value === "string" && value.length <= length;
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    typeof value === "string" && words.includes(value);

const TARGETS: Readonly<Record<string, Check>> = {
  character: shape(
    { kind: oneOf("character"), number: (value) => Number.isSafeInteger(value), field: within(GRID_LIMITS.field) },
    ["kind", "number", "field"],
  ),
  general: shape({ kind: oneOf("general"), field: within(GRID_LIMITS.field) }, ["kind", "field"]),
  sampling: shape(
    {
      kind: oneOf("sampling"),
      setting: oneOf("steps", "solver", "schedule", "shift", "guidance", "truncate", "renorm"),
    },
    ["kind", "setting"],
  ),
  toggle: shape({ kind: oneOf("toggle"), toggle: oneOf(...Object.keys(TOGGLES)) }, ["kind", "toggle"]),
  setting: shape({ kind: oneOf("setting"), setting: oneOf(...GRID_SETTINGS) }, ["kind", "setting"]),
};
const isTarget: Check = (value) => {
  if (!isRecord(value) || typeof value["kind"] !== "string" || !Object.hasOwn(TARGETS, value["kind"])) return false;
  return TARGETS[value["kind"]]?.(value) === true;
};
const areValues = listOf(
  shape({ label: within(GRID_LIMITS.label), value: within(GRID_LIMITS.value) }, ["label", "value"]),
);
const isAxis = shape(
  {
    target: isTarget,
    values: (value) => areValues(value) && (value as readonly unknown[]).length <= MOST_GRID_CELLS,
  },
  ["target", "values"],
);
const anAxis: Field = { check: isAxis, wanted: `a target and at most ${MOST_GRID_CELLS} values with their labels` };

function requireGrid(params: unknown): GridRequest {
  const base: Field = { check: isRecord, wanted: "a request" };
  const asked = requireParams("startGrid", params, { base, columns: anAxis, rows: optional(anAxis) });
  return { ...asked, base: requireGenerateRequest(asked.base) };
}
