/** @file Turns a scene's SVG into pixels with resvg. A development tool: the product itself never draws. */

import { Resvg } from "@resvg/resvg-js";

/** RGBA, row after row, `size` by `size`. */
export function renderPixels(svg: string, size: number): Uint8Array {
  return render(svg, size).pixels;
}

export function renderPng(svg: string, size: number): Uint8Array {
  return render(svg, size).asPng();
}

function render(svg: string, size: number): { readonly pixels: Buffer; asPng(): Buffer } {
  return new Resvg(svg, { font: { loadSystemFonts: false }, fitTo: { mode: "width", value: size } }).render();
}
