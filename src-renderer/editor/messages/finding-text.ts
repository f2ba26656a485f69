/**
 * @file A finding in the language of the page. English is what the checks say themselves, and what is shown where a
 * language has no entry for a code, or the finding lacks a value that the entry needs.
 */

import type { Diagnostic } from "../../../src-main/contract/prompt.ts";
import type { Language } from "../../../src-main/contract/settings.ts";
import { findingsJa } from "./findings-ja.ts";
import { findingsZhCn } from "./findings-zh-cn.ts";

const TABLES: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  en: {},
  "zh-CN": findingsZhCn,
  ja: findingsJa,
};

const PLACE = /\{(\d)\}/g;

export function findingText(finding: Pick<Diagnostic, "code" | "message" | "values">, language: Language): string {
  const { code, message, values = [] } = finding;
  const table = TABLES[language];
  const entry = Object.hasOwn(table, code) ? table[code] : undefined;
  if (entry === undefined) return message;
  const places = [...entry.matchAll(PLACE)].map(([, place]) => Number(place));
  if (places.some((place) => values[place] === undefined)) return message;
  return entry.replaceAll(PLACE, (_, place: string) => values[Number(place)] ?? "");
}
