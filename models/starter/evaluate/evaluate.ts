/**
 * @file Measures the starter model on prompts that training never saw.
 *
 *   node models/starter/evaluate/evaluate.ts [--prompts N] [--model DIR] [--out DIR] [--steps N] [--seed N] [--drawings]
 *                                           [--reader FILE] [--card]
 *
 * Pictures are made by the engine's own code, read by the attribute reader, and held against the scenes that the prompts
 * came from. Writes OUT/sheet.png and OUT/table.md and prints the table. `--drawings` judges drawings of the same scenes
 * instead of generated pictures: what the reader itself gets wrong; attributes of which that is too much are not judged in generated pictures.
 * `--card` puts the table into the model card and, with `--drawings`, the reader's figures beside its weights.
 */

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { printLine, reportFailure } from "../../../src-main/cli/output.ts";
import type { RgbImage } from "../../../src-main/contract/generation.ts";
import { createNodeRuntime } from "../../../src-main/ort/node-runtime.ts";
import { fullCaption } from "../captions/caption.ts";
import { heldOutScene } from "../draw/held-out.ts";
import { createRandom } from "../draw/random.ts";
import type { SceneSpec } from "../draw/scene.ts";
import { writeCard } from "./card.ts";
import { STARTER, contactSheet, createPictureMaker, drawn, wholeNumber } from "./pictures.ts";
import { notJudged, readAccuracy, writeAccuracy } from "./reader-accuracy.ts";
import { openReader } from "./reader.ts";
import { comparePicture, sumTallies, tallyTable } from "./tally.ts";
import type { Tally } from "./tally.ts";

const SHEET_COLUMNS = 8;
const SHEET_PICTURES = 48;
/** Far from the seeds that training's held-out pictures were drawn from. */
const FIRST_SEED = 0x51000000;

interface Judged {
  readonly image: RgbImage;
  readonly tally: Tally;
}

const OPTIONS = {
  prompts: { type: "string", default: "20" },
  model: { type: "string", default: STARTER },
  reader: { type: "string", default: path.join(STARTER, "evaluate", "reader.safetensors") },
  out: { type: "string", default: path.join(STARTER, "evaluate", "out") },
  steps: { type: "string" },
  seed: { type: "string", default: "0" },
  drawings: { type: "boolean", default: false },
  card: { type: "boolean", default: false },
} as const;

async function evaluate(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({ options: OPTIONS, args: [...args] });
  const count = wholeNumber("prompts", values.prompts, 1);
  const seed = wholeNumber("seed", values.seed, 0);
  const steps = values.steps === undefined ? undefined : wholeNumber("steps", values.steps, 1);
  const scenes = Array.from({ length: count }, (_, index) => heldOutScene(1 + (index % 3), FIRST_SEED + seed + index));
  const weights = path.resolve(values.reader);
  const reader = await openReader(await createNodeRuntime(), weights);
  const accuracy = values.drawings ? undefined : readAccuracy(weights);
  const judged: Judged[] = [];
  const began = performance.now();
  const make = values.drawings ? drawn : createGenerator(path.resolve(values.model), seed, steps);
  for (const [index, scene] of scenes.entries()) {
    const image = await make(scene, index);
    judged.push({ image, tally: comparePicture(scene, await reader.read(image)) });
    if (process.stderr.isTTY) process.stderr.write(`\r${index + 1} of ${count}`);
  }
  await reader.release();
  const seconds = (performance.now() - began) / 1000 / count;
  const sum = sumTallies(judged.map(({ tally }) => tally));
  const table = tallyTable(sum, accuracy && notJudged(accuracy));
  mkdirSync(values.out, { recursive: true });
  writeFileSync(path.join(values.out, "table.md"), `${table}\n`);
  const sheet = path.join(values.out, "sheet.png");
  writeFileSync(
    sheet,
    await contactSheet(
      judged.slice(0, SHEET_PICTURES).map(({ image }) => image),
      SHEET_COLUMNS,
    ),
  );
  if (values.card) {
    const what = `${count} ${values.drawings ? "drawings" : "pictures of held-out prompts"}`;
    writeCard(values.drawings ? "reader on drawings" : "measured", `${what}:\n\n${table}`);
    if (values.drawings) writeAccuracy(weights, sum);
  }
  printLine(
    `${table}\n\n${count} ${values.drawings ? "drawings" : "pictures"}, ${seconds.toFixed(1)} s each; ${sheet}`,
  );
}

function createGenerator(
  model: string,
  seed: number,
  steps: number | undefined,
): (scene: SceneSpec, index: number) => Promise<RgbImage> {
  const make = createPictureMaker(model, steps);
  return (scene, index) => make(fullCaption(scene, createRandom(index)).text, seed + index);
}

try {
  await evaluate(process.argv.slice(2));
} catch (error) {
  reportFailure(error, false);
}
