/** @file What the editor asks of the studio: the narrow part of its client that the editor may call. */

import type { StudioService } from "../../src-main/contract/studio.ts";
import type { Client } from "../../src-main/contract/wire.ts";

export type EditorServices = Pick<
  Client<StudioService>,
  "measurePrompt" | "characters" | "saveCharacter" | "removeCharacter" | "readPng"
>;
