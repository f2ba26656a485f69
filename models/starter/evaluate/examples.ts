/**
 * @file Makes the example prompts with the starter model, as README.md shows them.
 *
 *   node models/starter/evaluate/examples.ts [--out FILE.png] [--seed N]
 */

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import type { RgbImage } from "../../../src-main/contract/generation.ts";
import { modelText, readPrompt } from "../../../src-main/prompt/index.ts";
import { STARTER, contactSheet, createPictureMaker } from "./pictures.ts";

const COLUMNS = 4;
const EXAMPLES = path.resolve(STARTER, "../../assets/examples");

const { values } = parseArgs({
  options: {
    out: { type: "string", default: path.join(STARTER, "examples.png") },
    seed: { type: "string", default: "7" },
  },
});
const make = createPictureMaker(STARTER);
const images: RgbImage[] = [];
for (const file of readdirSync(EXAMPLES).sort()) {
  const { tree } = readPrompt(readFileSync(path.join(EXAMPLES, file), "utf8"));
  images.push(await make(modelText(tree), Number(values.seed)));
  console.log(file);
}
writeFileSync(values.out, await contactSheet(images, COLUMNS));
