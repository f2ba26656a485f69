/** @file What the gallery asks beyond pictures: where one came from, how long pictures took, and how the machine is. */

import { MOST_ANCESTORS, MOST_CHILDREN, MOST_TIMED } from "../../contract/gallery.ts";
import type { Lineage, Relative } from "../../contract/gallery.ts";
import { isTachieError } from "../../contract/errors.ts";
import type { GenerationRecord } from "../../contract/generation.ts";
import type { StudioService } from "../../contract/studio.ts";
import type { Handlers } from "../../contract/wire.ts";
import { createDoctorReport } from "../doctor/doctor-report.ts";
import type { EngineDoor } from "../engine-door.ts";
import { summaryOf, summaryOfRow } from "../library/generation-row.ts";
import type { SummaryRow } from "../library/generation-row.ts";
import type { Library } from "../library/library.ts";
import { anId, requireParams, wholeNumber } from "../params.ts";
import type { ModelPlaces } from "../places.ts";

export interface GallerySurroundings {
  readonly library: Library;
  readonly places: ModelPlaces;
  readonly engine: EngineDoor;
}

export function galleryHandlers({
  library,
  places,
  engine,
}: GallerySurroundings): Pick<Handlers<StudioService>, "lineage" | "timedPictures" | "doctor"> {
  return {
    lineage: (params) => lineageOf(library, library.find(requireParams("lineage", params, { id: anId }).id)),
    timedPictures(params) {
      const { limit } = requireParams("timedPictures", params, { limit: wholeNumber(1, MOST_TIMED) });
      const pictures = library.history({ limit }).map((record) => {
        const { id, createdAt, model, width, height, steps, provider, toggles, timings } = record;
        const { loadMs, encodeMs, denoiseMs, decodeMs, saveMs, totalMs } = timings;
        const stages = { loadMs, encodeMs, denoiseMs, decodeMs, saveMs, totalMs };
        return { id, createdAt, model, width, height, steps, provider, toggles, timings: stages };
      });
      return { pictures };
    },
    doctor(params, { signal }) {
      requireParams("doctor", params, {});
      return createDoctorReport({
        libraryFolder: library.folder,
        places,
        askEngine: async () => (await engine.connection()).client.doctor({}, { signal }),
      });
    },
  };
}

function lineageOf(library: Library, record: GenerationRecord): Lineage {
  const ancestors: Relative[] = [];
  const seen = new Set([record.id]);
  let child = record;
  let isParentGone = false;
  while (child.parentId !== undefined && ancestors.length < MOST_ANCESTORS && !seen.has(child.parentId)) {
    const parent = findIfThere(library, child.parentId);
    if (parent === undefined) {
      isParentGone = true;
      break;
    }
    ancestors.push({ ...summaryOf(parent), isRepeat: parent.seed === child.seed });
    seen.add(parent.id);
    child = parent;
  }
  return { ancestors, isParentGone, children: childrenOf(library, record) };
}

function findIfThere(library: Library, id: string): GenerationRecord | undefined {
  try {
    const found = library.find(id);
    return found.id === id ? found : undefined; // not what merely begins so
  } catch (error) {
    if (isTachieError(error, "library.not-found")) return undefined;
    throw error;
  }
}

function childrenOf(library: Library, { id, seed }: GenerationRecord): readonly Relative[] {
  return library.withDatabase("the pictures could not be searched", (database) =>
    database
      .prepare<[string, number], SummaryRow>(
        `SELECT g.id, g.created_ms, g.width, g.height, g.seed, g.model, i.file
         FROM generations g JOIN images i ON i.generation_key = g.key
         WHERE g.parent_id = ? ORDER BY g.created_ms DESC, g.id DESC LIMIT ?`,
      )
      .all(id, MOST_CHILDREN)
      .map((row) => ({ ...summaryOfRow(row, library.folder, database.name), isRepeat: row.seed === seed })),
  );
}
