/** @file Writes a contact sheet of drawings: `node models/starter/draw/contact-sheet.ts OUT.png [COLUMNS ROWS SIZE SEED]`. */

import { writeFileSync } from "node:fs";
import sharp from "sharp";
import { renderPixels } from "./render.ts";
import { sampleScene } from "./sample.ts";
import { drawScene } from "./scene.ts";
import type { SceneSpec } from "./scene.ts";

/** Scenes side by side, `columns` a row, each `size` pixels wide. */
export async function contactSheet(scenes: readonly SceneSpec[], columns: number, size: number): Promise<Uint8Array> {
  const rows = Math.ceil(scenes.length / columns);
  const tiles = scenes.map((scene, index) => ({
    input: Buffer.from(renderPixels(drawScene(scene).svg, size)),
    raw: { width: size, height: size, channels: 4 as const },
    left: (index % columns) * size,
    top: Math.floor(index / columns) * size,
  }));
  return sharp({ create: { width: columns * size, height: rows * size, channels: 3, background: "#ffffff" } })
    .composite(tiles)
    .png({ palette: true, quality: 90 })
    .toBuffer();
}

if (import.meta.main) {
  const [out = "sheet.png", columns = "6", rows = "4", size = "256", seed = "1"] = process.argv.slice(2);
  const scenes = Array.from({ length: Number(columns) * Number(rows) }, (_, index) =>
    sampleScene(Number(seed) + index),
  );
  writeFileSync(out, await contactSheet(scenes, Number(columns), Number(size)));
}
