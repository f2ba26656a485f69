/** @file The version that pictures are signed with. */

import { readFileSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../process/package-root.ts";

let version: string | undefined;

/** As in package.json. */
export function productVersion(): string {
  version ??= (JSON.parse(readFileSync(path.join(packageRoot(), "package.json"), "utf8")) as { version: string })
    .version;
  return version;
}
