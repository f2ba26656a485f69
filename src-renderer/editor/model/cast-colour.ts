/** @file One colour a place in the cast, the same on card, ribbon and stage; apart by lightness too, not by hue alone. */

const HUES = [355, 250, 150, 75, 305, 200] as const;

export function castColour(index: number): string {
  const hue = HUES[index % HUES.length] ?? 0;
  return `light-dark(oklch(54% 0.15 ${hue}), oklch(77% 0.12 ${hue}))`;
}
