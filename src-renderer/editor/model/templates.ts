/** @file The prompts to start from: the files in assets/examples, fetched when one is chosen. */

import type { EditorTexts } from "../messages/index.ts";

const FILES = import.meta.glob<string>("../../../assets/examples/*", { query: "?raw", import: "default" });

export type TemplateName = keyof EditorTexts["templateNames"];

export interface Template {
  readonly name: TemplateName;
  readonly load: () => Promise<string>;
}

/** The files that have a name in every language. */
export function templatesOf(names: EditorTexts["templateNames"]): readonly Template[] {
  return Object.entries(FILES).flatMap(([path, load]) => {
    const name = path.replace(/^.*\/|\.\w+$/g, "");
    return Object.hasOwn(names, name) ? [{ name: name as TemplateName, load }] : [];
  });
}
