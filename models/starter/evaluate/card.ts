/** @file Puts what a command measured into the model card, so that no figure in it is typed by hand. */

import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../../src-main/contract/errors.ts";
import { STARTER } from "./pictures.ts";

export const CARD = path.join(STARTER, "README.md");

/**
 * A Markdown text with another block between `<!-- NAME -->` and `<!-- end of NAME -->`.
 * @param file for messages
 * @throws settings.invalid when the two markers are not there once each, in that order
 */
export function withBlock(text: string, name: string, block: string, file: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [before, between, ...more] = text.split(begin);
  const [, after, ...rest] = (between ?? "").split(end);
  if (before === undefined || after === undefined || more.length > 0 || rest.length > 0)
    throw new TachieError("settings.invalid", `${file} lacks the lines ${begin} and ${end}, once each`, {
      where: file,
      remedy: "Put both lines where the figures belong; what is between them is written by the command.",
    });
  return `${before}${begin}\n\n${block.trim()}\n\n${end}${after}`;
}

export function writeCard(name: string, block: string): void {
  writeFileSync(CARD, withBlock(readFileSync(CARD, "utf8"), name, block, CARD));
}
