/** @file Numbers, times and sizes in the reader's language. */

import type { Language } from "../../src-main/contract/settings.ts";

/** A formatter takes longer to make than to use by far: each is made once. */
function remembered<Options, Formatter>(make: (language: Language, options: Options) => Formatter) {
  const made = new Map<string, Formatter>();
  return (language: Language, options: Options): Formatter => {
    const key = language + JSON.stringify(options);
    const formatter = made.get(key) ?? make(language, options);
    made.set(key, formatter);
    return formatter;
  };
}
const numbers = remembered((language, options: Intl.NumberFormatOptions) => new Intl.NumberFormat(language, options));
const moments = remembered(
  (language, options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(language, options),
);

/** From a tenth of a second up to hours, in the two units that matter: `0.8s`, `12s`, `3m 20s`. */
export function formatDuration(language: Language, ms: number): string {
  const unit = (value: number, name: "second" | "minute" | "hour", digits = 0): string =>
    numbers(language, {
      style: "unit",
      unit: name,
      unitDisplay: "narrow",
      maximumFractionDigits: digits,
    }).format(value);
  const seconds = ms / 1000;
  if (seconds < 9.95) return unit(seconds, "second", seconds < 0.0995 ? 2 : 1);
  const whole = Math.round(seconds);
  if (whole < 60) return unit(whole, "second");
  if (whole < 3600) return `${unit(Math.floor(whole / 60), "minute")} ${unit(whole % 60, "second")}`;
  return `${unit(Math.floor(whole / 3600), "hour")} ${unit(Math.floor((whole % 3600) / 60), "minute")}`;
}

export function formatNumber(language: Language, value: number, digits = 2): string {
  return numbers(language, { maximumFractionDigits: digits }).format(value);
}

export function formatPercent(language: Language, share: number): string {
  return numbers(language, { style: "percent", maximumFractionDigits: 0 }).format(share);
}

/** @param when ISO 8601 */
export function formatMoment(language: Language, when: string): string {
  return moments(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(when));
}

/** A day as a heading, with its weekday; the year only where it is not this one. @param startMs of the day, local */
export function formatDay(language: Language, startMs: number, now = new Date()): string {
  const day = new Date(startMs);
  const year = day.getFullYear() === now.getFullYear() ? {} : ({ year: "numeric" } as const);
  return moments(language, { weekday: "long", month: "long", day: "numeric", ...year }).format(day);
}

const BYTE_UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

export function formatBytes(language: Language, bytes: number): string {
  const power = Math.min(BYTE_UNITS.length - 1, bytes < 1 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return numbers(language, {
    style: "unit",
    unit: BYTE_UNITS[power] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: power < 2 ? 0 : 1,
  }).format(bytes / 1000 ** power);
}
