/** @file Days, months and years as an author's clock has them, and the times at which they begin and end. */

/** @param text `2026`, `2026-11` or `2026-11-20` */
export function dayStartMs(text: string): number {
  const [year, month, day] = partsOf(text);
  return new Date(year, (month ?? 1) - 1, day ?? 1).getTime();
}

/** The first moment after it. */
export function dayEndMs(text: string): number {
  const [year, month, day] = partsOf(text);
  if (month === undefined) return new Date(year + 1, 0, 1).getTime();
  return (day === undefined ? new Date(year, month, 1) : new Date(year, month - 1, day + 1)).getTime();
}

/** `2026-11` of a time. */
export function monthOf(timeMs: number): string {
  const time = new Date(timeMs);
  return `${time.getFullYear()}-${String(time.getMonth() + 1).padStart(2, "0")}`;
}

function partsOf(text: string): [number, number | undefined, number | undefined] {
  const [year = 0, month, day] = text.split("-").map(Number);
  return [year, month, day];
}
