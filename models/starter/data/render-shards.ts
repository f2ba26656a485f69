/**
 * @file Draws pictures for training into shards of raw pixels and records, on one core.
 *
 *   node models/starter/data/render-shards.ts OUT FIRST SHARDS PICTURES [STRIDE] [held-out]
 *
 * Shard k of this process holds PICTURES pictures from seed (FIRST + k * STRIDE) * PICTURES. A shard appears under its
 * name only when it is whole, and drawing waits while more than a few shards lie unread, so a reader may delete as it goes.
 */

import { existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { renderPixels } from "../draw/render.ts";
import { heldOutScene, trainingScene } from "../draw/held-out.ts";
import { drawScene } from "../draw/scene.ts";
import { PAGE } from "../draw/background-sky.ts";
import { buildTokenizer } from "../tokenizer/build.ts";
import { createEncoder } from "../draw/token-encoder.ts";
import { RECORD_BYTES, recordFormat, writeRecord } from "./record.ts";

/** Unread shards beyond this make the drawing wait, so that a slow reader does not fill the disk. */
const MOST_UNREAD = 96;
/** Held-out pictures are drawn from other seeds than training's. */
const HELD_OUT_SEED = 0x40000000;

const [out = "", first = "0", shards = "1", pictures = "1000", stride = "1", kind = "training"] = process.argv.slice(2);
if (out === "") throw new Error("usage: render-shards.ts OUT FIRST SHARDS PICTURES [STRIDE] [held-out]");
const definition = buildTokenizer();
const encoder = createEncoder(definition);
const isHeldOut = kind === "held-out";
mkdirSync(out, { recursive: true });
const format = path.join(out, "format.json");
if (!existsSync(format)) {
  const temporary = `${format}.${process.pid}`;
  writeFileSync(temporary, JSON.stringify(recordFormat(PAGE, definition)));
  renameSync(temporary, format);
}

for (let shard = 0; shard < Number(shards); shard++) {
  while (readdirSync(out).filter((name) => name.endsWith(".rgb")).length > MOST_UNREAD) await sleep(100);
  const count = Number(pictures);
  const number = Number(first) + shard * Number(stride);
  const pixels = Buffer.alloc(count * PAGE * PAGE * 3);
  const records = Buffer.alloc(count * RECORD_BYTES);
  for (let index = 0; index < count; index++) {
    const seed = number * count + index;
    const scene = isHeldOut ? heldOutScene(1 + (index % 3), HELD_OUT_SEED + seed) : trainingScene(seed);
    const drawing = drawScene(scene);
    copyRgb(renderPixels(drawing.svg, PAGE), pixels, index * PAGE * PAGE * 3);
    writeRecord(scene, drawing.places, encoder, seed ^ 0x2545f49).copy(records, index * RECORD_BYTES);
  }
  const name = path.join(out, `${isHeldOut ? "held" : "shard"}-${String(number).padStart(6, "0")}`);
  writeFileSync(`${name}.records`, records);
  writeFileSync(`${name}.part`, pixels);
  renameSync(`${name}.part`, `${name}.rgb`);
}

/** RGBA to RGB. Pictures are opaque. */
function copyRgb(rgba: Uint8Array, target: Buffer, offset: number): void {
  for (let from = 0, to = offset; from < rgba.length; from += 4, to += 3) {
    target[to] = rgba[from] ?? 0;
    target[to + 1] = rgba[from + 1] ?? 0;
    target[to + 2] = rgba[from + 2] ?? 0;
  }
}
