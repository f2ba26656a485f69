/**
 * @file Renders the application's icon in every size that desktops ask for, out of the drawing that the page shows too:
 *
 *   npm run make:icons
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Resvg } from "@resvg/resvg-js";

const DRAWING = path.resolve(import.meta.dirname, "../../src-renderer/public/icon.svg");

/** Pixels a side: of the icon themes of Linux, and the largest for Windows and macOS, which take the smaller ones from it. */
export const ICON_SIZES = [16, 24, 32, 48, 64, 128, 256, 512, 1024] as const;

/** A PNG. */
export function renderIcon(size: number): Buffer {
  return new Resvg(readFileSync(DRAWING, "utf8"), { fitTo: { mode: "width", value: size } }).render().asPng();
}

/** Named as electron-builder looks for them. */
export function iconFile(size: number): string {
  return path.join(import.meta.dirname, `${size}x${size}.png`);
}

if (import.meta.main) {
  mkdirSync(import.meta.dirname, { recursive: true });
  for (const size of ICON_SIZES) writeFileSync(iconFile(size), renderIcon(size));
}
