/** @file Mixing of colours written as `#rrggbb`: shades, lights and outlines are all made from one base colour. */

export type Colour = string;

export function channels(colour: Colour): [red: number, green: number, blue: number] {
  const value = Number.parseInt(colour.slice(1), 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/** `amount` 0 gives `from`, 1 gives `to`. */
export function mix(from: Colour, to: Colour, amount: number): Colour {
  const target = channels(to);
  const mixed = channels(from).map((value, index) => Math.round(value + ((target[index] ?? 0) - value) * amount));
  return `#${mixed.map((value) => Math.max(0, Math.min(255, value)).toString(16).padStart(2, "0")).join("")}`;
}

/** 0 is black, 1 is white. */
export function brightness(colour: Colour): number {
  const [red, green, blue] = channels(colour);
  return (red * 0.299 + green * 0.587 + blue * 0.114) / 255;
}

/**
 * The second tone of cel shading. Light neutral colours fall into violet, light warm ones (skin, blonde, yellow)
 * into red, all others into a dark violet: shadows that are merely darker look dirty.
 */
export function shade(colour: Colour, amount = 0.24): Colour {
  const [red, green, blue] = channels(colour);
  const light = brightness(colour);
  if (light > 0.42 && red - blue > 22 && red >= green) return mix(colour, "#a83a3c", amount * 1.1);
  return mix(colour, light > 0.8 ? "#7d78b8" : "#2b1b45", amount);
}

export function tint(colour: Colour, amount = 0.4): Colour {
  return mix(colour, "#ffffff", amount);
}

/** The colour of a line around something of this colour: never black, so that lines stay soft. */
export function outline(colour: Colour): Colour {
  const light = brightness(colour);
  return mix(colour, "#2a1a2e", light > 0.8 ? 0.62 : light > 0.3 ? 0.58 : 0.66);
}
