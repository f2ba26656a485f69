/**
 * @file The strokes that every drawing is made of: closed shapes, lines, tapered lines, ellipses, groups.
 * All give SVG as text; coordinates are rounded to a tenth, which halves the text and changes no pixel.
 */

import type { Colour } from "./colour.ts";

export type Point = readonly [x: number, y: number];

/** Numbers the definitions (gradients, clips) of one picture. */
export interface Definitions {
  /** Puts a definition in place and gives the text that refers to it: `url(#…)`. */
  gradient(stops: readonly (readonly [offset: number, colour: Colour])[], direction?: "down" | "across"): string;
  clip(path: string): string;
  /** A radial glow from `colour` in the middle to nothing at the rim. */
  glow(colour: Colour, opacity?: number): string;
  /** All definitions so far, to be written once. */
  text(): string;
}

export function createDefinitions(): Definitions {
  const parts: string[] = [];
  const known = new Map<string, string>();
  const define = (make: (id: string) => string): string => {
    const key = make("");
    const found = known.get(key);
    if (found !== undefined) return found;
    const id = `d${parts.length}`;
    parts.push(make(id));
    known.set(key, `url(#${id})`);
    return `url(#${id})`;
  };
  const stop = (offset: number, colour: Colour, opacity = 1): string =>
    `<stop offset="${offset}" stop-color="${colour}"${opacity === 1 ? "" : ` stop-opacity="${opacity}"`}/>`;
  return {
    gradient: (stops, direction = "down") =>
      define((id) => {
        const axis = direction === "down" ? `x1="0" y1="0" x2="0" y2="1"` : `x1="0" y1="0" x2="1" y2="0"`;
        const inside = stops.map(([offset, colour]) => stop(offset, colour)).join("");
        return `<linearGradient id="${id}" ${axis}>${inside}</linearGradient>`;
      }),
    glow: (colour, opacity = 1) =>
      define((id) => `<radialGradient id="${id}">${stop(0, colour, opacity)}${stop(1, colour, 0)}</radialGradient>`),
    clip: (path) => define((id) => `<clipPath id="${id}"><path d="${path}"/></clipPath>`),
    text: () => (parts.length === 0 ? "" : `<defs>${parts.join("")}</defs>`),
  };
}

/** Writes a number for SVG with at most one decimal. */
export function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** A path template: numbers in it are rounded. */
export function d(texts: TemplateStringsArray, ...values: readonly (number | string)[]): string {
  return texts.reduce((path, text, index) => {
    const value = values[index - 1];
    return path + (typeof value === "number" ? n(value) : (value ?? "")) + text;
  });
}

/** A filled shape with a line around it. */
export function shape(path: string, fill: Colour, line?: Colour, width = 2, opacity = 1): string {
  const stroke =
    line === undefined
      ? ""
      : ` stroke="${line}" stroke-width="${n(width)}" stroke-linejoin="round" stroke-linecap="round"`;
  return `<path d="${path}" fill="${fill}"${opacity === 1 ? "" : ` opacity="${opacity}"`}${stroke}/>`;
}

export function line(path: string, colour: Colour, width = 1.6, opacity = 1): string {
  const fade = opacity === 1 ? "" : ` stroke-opacity="${opacity}"`;
  return `<path d="${path}" fill="none" stroke="${colour}" stroke-width="${n(width)}" stroke-linejoin="round" stroke-linecap="round"${fade}/>`;
}

/** A line that swells in the middle and ends in points, as a pen draws it. */
export function taper(from: Point, bend: Point, to: Point, colour: Colour, width = 2): string {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
  const length = Math.hypot(dx, dy) || 1;
  const [nx, ny] = [(-dy / length) * width, (dx / length) * width];
  return shape(
    d`M${from[0]} ${from[1]}Q${bend[0] + nx} ${bend[1] + ny} ${to[0]} ${to[1]}Q${bend[0] - nx} ${bend[1] - ny} ${from[0]} ${from[1]}Z`,
    colour,
  );
}

export function ellipse(
  cx: number,
  cy: number,
  rx: number,
  ry: number,
  fill: Colour,
  stroke?: Colour,
  width = 2,
): string {
  const border = stroke === undefined ? "" : ` stroke="${stroke}" stroke-width="${n(width)}"`;
  return `<ellipse cx="${n(cx)}" cy="${n(cy)}" rx="${n(rx)}" ry="${n(ry)}" fill="${fill}"${border}/>`;
}

export function rect(x: number, y: number, width: number, height: number, fill: Colour, radius = 0): string {
  const round = radius === 0 ? "" : ` rx="${n(radius)}"`;
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" fill="${fill}"${round}/>`;
}

export function mirrored(content: string): string {
  return `<g transform="scale(-1 1)">${content}</g>`;
}

/** The same drawing on both sides of the vertical axis. */
export function bothSides(content: string): string {
  return content + mirrored(content);
}

export function placed(content: string, x: number, y: number, options: { scale?: number; turn?: number } = {}): string {
  const turn = options.turn === undefined || options.turn === 0 ? "" : ` rotate(${n(options.turn)})`;
  const scale =
    options.scale === undefined || options.scale === 1 ? "" : ` scale(${Math.round(options.scale * 1000) / 1000})`;
  return `<g transform="translate(${n(x)} ${n(y)})${turn}${scale}">${content}</g>`;
}

export function clipped(content: string, clip: string): string {
  return `<g clip-path="${clip}">${content}</g>`;
}

/** `count` copies turned around the origin: petals, rays. */
export function around(count: number, content: string): string {
  return Array.from(
    { length: count },
    (_, index) => `<g transform="rotate(${n((360 / count) * index)})">${content}</g>`,
  ).join("");
}

/** A four-pointed sparkle. */
export function sparkle(x: number, y: number, size: number, colour: Colour, opacity = 1): string {
  const w = size * 0.22;
  return shape(
    d`M${x} ${y - size}Q${x + w * 0.5} ${y - w * 0.5} ${x + size} ${y}Q${x + w * 0.5} ${y + w * 0.5} ${x} ${y + size}Q${x - w * 0.5} ${y + w * 0.5} ${x - size} ${y}Q${x - w * 0.5} ${y - w * 0.5} ${x} ${y - size}Z`,
    colour,
    undefined,
    0,
    opacity,
  );
}
