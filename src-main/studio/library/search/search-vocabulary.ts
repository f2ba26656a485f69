/** @file The tag vocabulary that is shipped beside the code, read when the first search wants it. */

import { readFileSync } from "node:fs";
import path from "node:path";
import { packageRoot } from "../../../process/package-root.ts";
import { parseVocabulary, Vocabulary } from "../../../prompt/index.ts";

let loaded: Vocabulary | undefined;

export function searchVocabulary(): Vocabulary {
  loaded ??= new Vocabulary(
    parseVocabulary(readFileSync(path.join(packageRoot(), "assets", "tags", "tags.tsv"), "utf8")),
  );
  return loaded;
}
