/** @file Writes the starter model's tokenizer: `node models/starter/tokenizer/write.ts FILE`. */

import { writeFileSync } from "node:fs";
import { buildTokenizer } from "./build.ts";

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: write.ts FILE");
writeFileSync(file, `${JSON.stringify(buildTokenizer())}\n`);
