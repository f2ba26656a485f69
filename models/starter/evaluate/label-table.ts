/**
 * @file Compares labels given by eye with the prompts and with the reader.
 *
 *   node models/starter/evaluate/label-table.ts DIR [--reader FILE] [--card]
 *
 * DIR is label-sheets.ts's folder, its labels.txt filled in (pictures without an answer are left out). Prints the tables
 * and writes them to DIR/tables.md, with `--card` into the model card.
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { printLine, reportFailure } from "../../../src-main/cli/output.ts";
import { TachieError } from "../../../src-main/contract/errors.ts";
import type { RgbImage } from "../../../src-main/contract/generation.ts";
import { createNodeRuntime } from "../../../src-main/ort/node-runtime.ts";
import { COMPARED, agreementOf, agreementTables, seenByEye, verdictOfReader, verdictOfScene } from "./agreement.ts";
import type { Verdict } from "./agreement.ts";
import { writeCard } from "./card.ts";
import type { TruthOfPicture } from "./label-sheets.ts";
import { parseLabels } from "./labels.ts";
import { STARTER } from "./pictures.ts";
import { notJudged, readAccuracy } from "./reader-accuracy.ts";
import { openReader } from "./reader.ts";
import type { FoundCharacter } from "./reader.ts";
import { comparePicture, sumTallies, tallyTable } from "./tally.ts";

async function compare(args: readonly string[]): Promise<void> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      reader: { type: "string", default: path.join(STARTER, "evaluate", "reader.safetensors") },
      card: { type: "boolean", default: false },
    },
  });
  const [folder] = positionals;
  if (folder === undefined || positionals.length > 1)
    throw new TachieError("usage.invalid", "one folder of label-sheets.ts is wanted", {
      remedy: "node models/starter/evaluate/label-table.ts DIR",
    });
  const form = path.join(folder, "labels.txt");
  const labels = parseLabels(readText(form), form);
  if (labels.size === 0)
    throw new TachieError("settings.invalid", `${form} holds no answer`, {
      where: form,
      remedy: "Look at the sheets beside it and write what each picture shows behind its number.",
    });
  const truth = JSON.parse(readText(path.join(folder, "truth.json"))) as readonly TruthOfPicture[];
  const labelled = truth.flatMap(({ number, scene }) => {
    const seen = labels.get(number);
    return seen === undefined ? [] : [{ number, scene, seen }];
  });
  const byNumber = new Set(truth.map(({ number }) => number));
  const stray = [...labels.keys()].find((number) => !byNumber.has(number));
  if (stray !== undefined)
    throw new TachieError("settings.invalid", `${form} labels picture ${stray}, but there is none of that number`, {
      where: form,
      remedy: "Correct that number.",
    });
  const reader = await openReader(await createNodeRuntime(), path.resolve(values.reader));
  const found: (readonly FoundCharacter[])[] = [];
  for (const { number } of labelled) found.push(await reader.read(await picture(folder, number)));
  await reader.release();
  const read = found.map(verdictOfReader);
  const eye = labelled.map(({ seen }): Verdict => seen);
  const asked = labelled.map(({ scene }) => verdictOfScene(scene));
  const pairs = (one: readonly Verdict[], other: readonly Verdict[]): (readonly [Verdict, Verdict])[] =>
    one.map((verdict, index) => [verdict, other[index] ?? []]);
  const tally = sumTallies(labelled.map(({ scene, seen }) => comparePicture(scene, seenByEye(seen), COMPARED)));
  const tallyOfReader = sumTallies(
    labelled.map(({ scene }, index) => comparePicture(scene, found[index] ?? [], COMPARED)),
  );
  const text = [
    `${labelled.length} pictures labelled by eye. What the prompts asked for, as the eye saw it:`,
    tallyTable(tally),
    "The same pictures, as the reader saw them:",
    tallyTable(tallyOfReader, notJudged(readAccuracy(path.resolve(values.reader)))),
    "The prompt and the eye:",
    agreementTables(agreementOf(pairs(asked, eye)), "prompt", "eye"),
    "The eye and the reader:",
    agreementTables(agreementOf(pairs(eye, read)), "eye", "reader"),
  ].join("\n\n");
  writeFileSync(path.join(folder, "tables.md"), `${text}\n`);
  if (values.card) writeCard("labels by eye", text);
  printLine(text);
}

function readText(file: string): string {
  if (!existsSync(file))
    throw new TachieError("file.not-found", `${file} does not exist`, {
      where: file,
      remedy: "Make the folder with `node models/starter/evaluate/label-sheets.ts --out DIR`.",
    });
  return readFileSync(file, "utf8");
}

async function picture(folder: string, number: number): Promise<RgbImage> {
  const file = path.join(folder, "pictures", `${String(number).padStart(3, "0")}.png`);
  const { data, info } = await sharp(file).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { width: info.width, height: info.height, pixels: new Uint8Array(data) };
}

try {
  await compare(process.argv.slice(2));
} catch (error) {
  reportFailure(error, false);
}
