/** @file Opens a library for whoever stays, such as a window: one that is damaged is repaired first, and that is told. */

import path from "node:path";
import { isTachieError } from "../../contract/errors.ts";
import type { RepairReport } from "../../contract/upkeep.ts";
import { openLibrary } from "./library.ts";
import type { Library } from "./library.ts";
import { isLost, repairLibrary, wasLibrary } from "./repair.ts";

export interface OpenedLibrary {
  readonly library: Library;
  readonly repair: RepairReport | undefined;
}

/**
 * What is damaged is kept in `damaged/`. A database of another program in a folder of its own is left as it is.
 * @param onDamage told why before a repair begins, which takes minutes for a large library
 * @throws as `openLibrary` for what is no damage; library.corrupt where it cannot be repaired
 */
export function openOrRepair(folder: string, onDamage: (finding: string) => void = () => undefined): OpenedLibrary {
  const absolute = path.resolve(folder);
  const repairNow = (finding: string): RepairReport | undefined => {
    onDamage(finding);
    return repairLibrary(absolute, { why: "damage" });
  };
  const repair = isLost(absolute) ? repairNow("its database is gone") : undefined;
  try {
    return { library: openLibrary(absolute, { mode: "write" }), repair };
  } catch (error) {
    if (!isTachieError(error, "library.corrupt") || repair !== undefined || !wasLibrary(absolute)) throw error;
    const repaired = repairNow(error.message);
    if (repaired === undefined) throw error;
    return { library: openLibrary(absolute, { mode: "write" }), repair: repaired };
  }
}
