/** @file A path as a person types or pastes it. */

import os from "node:os";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";

/**
 * Without the quotes that file managers put around it, `~` being the home folder.
 * @returns absolute
 * @throws file.not-found for a relative one: there is no folder that it could be relative to
 */
export function givenPath(text: string): string {
  const bare = text.trim().replace(/^(["'])(.*)\1$/s, "$2");
  const full = /^~(?=$|[/\\])/.test(bare) ? os.homedir() + bare.slice(1) : bare;
  if (path.isAbsolute(full)) return path.normalize(full).replace(/(?<=[^:/\\])[/\\]+$/, "");
  throw new TachieError("file.not-found", `${JSON.stringify(text.slice(0, 200))} is no whole path`, {
    where: text.slice(0, 200),
    remedy: "Give the path from the top, such as /home/me/ComfyUI/models or C:\\ComfyUI\\models.",
  });
}
