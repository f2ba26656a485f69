/** @file The methods of the library's upkeep. */

import type { StudioService } from "../../contract/studio.ts";
import type { Handlers } from "../../contract/wire.ts";
import type { Library } from "../library/library.ts";
import { requireParams } from "../params.ts";
import { measureDiskUse } from "./disk-use.ts";
import type { Upkeep } from "./upkeep.ts";
import { verifyLibrary } from "./verify-library.ts";

type UpkeepMethod = "diskUse" | "libraryHealth" | "backupLibrary" | "verifyLibrary";

export function upkeepHandlers(library: Library, upkeep: Upkeep): Pick<Handlers<StudioService>, UpkeepMethod> {
  return {
    diskUse(params) {
      requireParams("diskUse", params, {});
      return measureDiskUse(library);
    },
    libraryHealth(params) {
      requireParams("libraryHealth", params, {});
      return upkeep.health();
    },
    backupLibrary(params) {
      requireParams("backupLibrary", params, {});
      return upkeep.backUp();
    },
    verifyLibrary(params, { signal, progress }) {
      requireParams("verifyLibrary", params, {});
      return verifyLibrary(library, { signal, onProgress: progress });
    },
  };
}
