/** @file How the networks of a model are to be loaded, wherever they compute. */

import type { MemoryChoice } from "../contract/memory.ts";
import type { Toggles } from "../contract/toggles.ts";
import type { ProfileParts } from "./profile.ts";
import type { CancelFlag } from "./solvers.ts";

export interface LoadOptions {
  readonly toggles: Toggles;
  readonly signal: CancelFlag;
  /** Of a GPU. */
  readonly memory?: MemoryChoice | undefined;
  readonly profile?: ProfileParts | undefined;
}
