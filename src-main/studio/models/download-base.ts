/** @file Which server models are downloaded from. */

import { accessTo } from "./remote-file.ts";
import type { ServerAccess } from "./remote-file.ts";

const USUAL_BASE = "https://huggingface.co";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * @param chosen by the author; else TACHIE_MODEL_BASE or the Hugging Face libraries' HF_ENDPOINT say it. HF_TOKEN is the token
 *   for that server.
 * @throws usage.invalid for what is no address of a server
 */
export function downloadAccess(chosen: string | undefined, environment: Environment = process.env): ServerAccess {
  const base = [chosen, environment["TACHIE_MODEL_BASE"], environment["HF_ENDPOINT"]].find((one) => (one ?? "") !== "");
  return accessTo(base ?? USUAL_BASE, environment["HF_TOKEN"]);
}
