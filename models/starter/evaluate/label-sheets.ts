/**
 * @file Makes pictures of held-out prompts to be labelled by eye, without a word of their prompts beside them.
 *
 *   node models/starter/evaluate/label-sheets.ts --out DIR [--prompts 100] [--model DIR] [--seed N] [--drawings]
 *
 * Writes DIR/sheet-NN.png (12 numbered pictures each), DIR/pictures/NNN.png, DIR/labels.txt (the form, see labels.ts) and
 * DIR/truth.json (the scenes: not to be looked at before the labels are done). label-table.ts compares them.
 */

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { printLine, reportFailure } from "../../../src-main/cli/output.ts";
import { TachieError } from "../../../src-main/contract/errors.ts";
import type { RgbImage } from "../../../src-main/contract/generation.ts";
import { fullCaption } from "../captions/caption.ts";
import { heldOutScene } from "../draw/held-out.ts";
import { createRandom } from "../draw/random.ts";
import type { SceneSpec } from "../draw/scene.ts";
import { labelForm } from "./labels.ts";
import { PICTURES_OF_SHEET, numberedSheet } from "./numbered-sheets.ts";
import { STARTER, createPictureMaker, drawn, wholeNumber } from "./pictures.ts";

/** Far from the seeds of training's and of the measured table's held-out pictures. */
const FIRST_SEED = 0x61000000;

export interface TruthOfPicture {
  readonly number: number;
  readonly seed: number;
  readonly prompt: string;
  readonly scene: SceneSpec;
}

async function makeSheets(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      out: { type: "string" },
      prompts: { type: "string", default: "100" },
      model: { type: "string", default: STARTER },
      seed: { type: "string", default: "0" },
      drawings: { type: "boolean", default: false },
    },
  });
  if (values.out === undefined)
    throw new TachieError("usage.invalid", "--out is missing", { remedy: "Name the folder for sheets and form." });
  const [out, count, seed] = [
    values.out,
    wholeNumber("prompts", values.prompts, 1),
    wholeNumber("seed", values.seed, 0),
  ];
  const form = path.join(out, "labels.txt");
  if (existsSync(form))
    throw new TachieError("file.exists", `${form} exists`, {
      where: form,
      remedy: "Choose another folder with --out: labels that somebody gave are not written over.",
    });
  const truth = Array.from({ length: count }, (_, index): TruthOfPicture => {
    const pictureSeed = FIRST_SEED + seed + index;
    // How many there are must not follow from the number.
    const scene = heldOutScene(1 + createRandom(pictureSeed ^ 0x2f7b3).below(3), pictureSeed);
    return {
      number: index + 1,
      seed: pictureSeed,
      prompt: fullCaption(scene, createRandom(pictureSeed)).text,
      scene,
    };
  });
  mkdirSync(path.join(out, "pictures"), { recursive: true });
  // Form and scenes come first and each sheet as soon as it is full: labelling need not wait, and a run that is cut off
  // has made whole sheets.
  writeFileSync(path.join(out, "truth.json"), JSON.stringify(truth, undefined, 1));
  writeFileSync(form, labelForm(count));
  const make = values.drawings ? undefined : createPictureMaker(path.resolve(values.model));
  let sheets = 0;
  for (let start = 0; start < count; start += PICTURES_OF_SHEET) {
    const images: RgbImage[] = [];
    for (const { number, seed: pictureSeed, prompt, scene } of truth.slice(start, start + PICTURES_OF_SHEET)) {
      const image = make === undefined ? drawn(scene) : await make(prompt, pictureSeed);
      await writePicture(path.join(out, "pictures", `${String(number).padStart(3, "0")}.png`), image);
      images.push(image);
      if (process.stderr.isTTY) process.stderr.write(`\r${number} of ${count}`);
    }
    sheets += 1;
    writeFileSync(
      path.join(out, `sheet-${String(sheets).padStart(2, "0")}.png`),
      await numberedSheet(images, start + 1),
    );
  }
  printLine(`${count} pictures on ${sheets} sheets in ${out}; fill in ${form}`);
}

async function writePicture(file: string, { width, height, pixels }: RgbImage): Promise<void> {
  await sharp(Buffer.from(pixels), { raw: { width, height, channels: 3 } })
    .png()
    .toFile(file);
}

try {
  await makeSheets(process.argv.slice(2));
} catch (error) {
  reportFailure(error, false);
}
