/**
 * @file A library's files and prompts for the bench: distinct real PNG and thumbnail files, each under many names, and
 * prompts out of the vocabulary, so that tags are as frequent and as rare as authors' are.
 */

import { createHash } from "node:crypto";
import { linkSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import sharp from "sharp";
import { searchVocabulary } from "../../../src-main/studio/library/search/search-vocabulary.ts";

export interface MadeFile {
  readonly png: string;
  readonly thumbnail: string;
  readonly bytes: number;
  readonly sha256: Buffer;
}

/** Pictures of 192 x 256 pixels with a pattern of their own, and a WebP of each. */
export async function makeFiles(folder: string, count: number): Promise<MadeFile[]> {
  mkdirSync(folder, { recursive: true });
  const files: MadeFile[] = [];
  for (let index = 0; index < count; index++) {
    const [width, height] = [192, 256];
    const pixels = Buffer.alloc(width * height * 3);
    const random = randomNumbers(index + 1);
    const [a, b, c] = [1 + random(7), 1 + random(7), random(256)];
    for (let at = 0; at < pixels.length; at++) {
      const [x, y] = [Math.floor(at / 3) % width, Math.floor(at / (3 * width))];
      pixels[at] = (x * a + y * b + c + (at % 3) * 60) & 255;
    }
    const image = sharp(pixels, { raw: { width, height, channels: 3 } });
    const [png, webp] = [await image.clone().png().toBuffer(), await image.webp({ quality: 60 }).toBuffer()];
    const file = path.join(folder, `${index}.png`);
    const thumbnail = path.join(folder, `${index}.webp`);
    writeFileSync(file, png);
    writeFileSync(thumbnail, webp);
    files.push({ png: file, thumbnail, bytes: png.length, sha256: createHash("sha256").update(png).digest() });
  }
  return files;
}

/** Another name for the same bytes. */
export function place(from: string, to: string): void {
  mkdirSync(path.dirname(to), { recursive: true });
  linkSync(from, to);
}

/** @returns whole numbers below a bound, the same for the same seed */
export function randomNumbers(seed: number): (bound: number) => number {
  let state = (seed * 2654435761 + 1) >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

const FIELDS = [
  ["appearance", ["hair", "eyes", "appearance"], 4],
  ["clothing", ["clothing", "accessories"], 3],
  ["expression", ["expression"], 1],
  ["action", ["pose", "action"], 2],
] as const;

/** A prompt of one to three characters; small numbers in the vocabulary's order are the frequent ones. */
export function makePrompt(number: number): string {
  const random = randomNumbers(number + 17);
  const all = searchVocabulary().tags;
  const some = (categories: readonly string[], count: number): string => {
    const tags = all.filter(({ category }) => categories.includes(category));
    const pick = (): string =>
      tags[Math.floor(tags.length * (random(1000) / 1000) ** 2)]?.name.replaceAll("_", " ") ?? "";
    return Array.from({ length: count }, pick).join(", ");
  };
  const cast = 1 + random(3);
  const cards = Array.from({ length: cast }, (_card, index) => {
    const fields = FIELDS.map(([name, categories, count]) => `<${name}>${some(categories, count)}</${name}>`);
    const place = ["left", "right", "center"][index] ?? "center";
    return `<character_${index + 1}><n>character ${random(3000)}</n>${fields.join("")}<position>${place}</position></character_${index + 1}>`;
  });
  const words = Array.from({ length: 30 }, () => all[random(all.length)]?.name.replaceAll("_", " ")).join(" ");
  const general = `<count>${cast}${cast === 1 ? "girl" : "girls"}</count><background>${some(["background"], 2)}</background><style>${some(["style"], 2)}</style>`;
  return `${cards.join("\n")}\n<general_tags>${general}</general_tags>\n<caption>${words} 少女在海边等待第${number % 97}天</caption>`;
}
