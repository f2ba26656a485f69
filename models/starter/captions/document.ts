/** @file A caption as blocks and fields, and how each dialect writes them. */

import type { Random } from "../draw/random.ts";
import type { Wording } from "./tags-appearance.ts";

/** The forms that training texts are written in; `plain` has no fields. */
export const CAPTION_FORMS = ["readme", "webapp", "nodes", "formatter", "comfy", "plain"] as const;
export type CaptionForm = (typeof CAPTION_FORMS)[number];

export interface CaptionDocument {
  readonly characters: readonly (readonly CaptionField[])[];
  readonly general: readonly CaptionField[];
  readonly prose?: string;
}

export interface CaptionField {
  readonly name: string;
  readonly words: Wording;
}

/** White space and joints, which differ from writer to writer. */
export interface Typography {
  readonly indent: string;
  readonly lineEnd: string;
  /** Between blocks. */
  readonly gap: string;
  readonly comma: string;
  /** Writes `blue hair` for `blue_hair`. */
  readonly hasSpaces: boolean;
}

export const USUAL_TYPOGRAPHY: Typography = { indent: "", lineEnd: "\n", gap: "\n\n", comma: ", ", hasSpaces: false };

export function sampleTypography(random: Random): Typography {
  if (random.chance(0.6)) return USUAL_TYPOGRAPHY;
  const lineEnd = random.chance(0.75) ? "\n" : random.pick(["", " "]);
  return {
    indent: lineEnd === "\n" ? random.pick(["", "", "  ", "\t"]) : "",
    lineEnd,
    gap: lineEnd === "\n" ? random.pick(["\n\n", "\n"]) : lineEnd,
    comma: random.chance(0.85) ? ", " : ",",
    hasSpaces: random.chance(0.3),
  };
}

/** The text of a document in a form, as the model will read it: nothing escaped, no white space at its ends. */
export function writeCaption(document: CaptionDocument, form: CaptionForm, typography: Typography): string {
  if (form === "plain") return writePlain(document, typography);
  const { gap } = typography;
  const blocks = [
    ...document.characters.map((fields, index) => block(`character_${index + 1}`, fields, typography)),
    ...(document.general.length > 0 ? [block("general_tags", document.general, typography)] : []),
  ];
  const caption = document.prose === undefined ? [] : [`<caption>${document.prose}</caption>`];
  switch (form) {
    case "readme":
    case "webapp":
      return [...blocks, ...caption].join(gap).trim();
    case "nodes":
      return `<image>${typography.lineEnd}${[...caption, ...blocks].join(gap)}${typography.lineEnd}</image>`;
    case "formatter":
      return `<img>${typography.lineEnd}${[...blocks, ...caption].join(gap)}${typography.lineEnd}</img>`.replaceAll(
        "artists>",
        "artist>",
      );
    case "comfy":
      return writeEnvelope(document, blocks.join(gap));
  }
}

function block(
  name: string,
  fields: readonly CaptionField[],
  { indent, lineEnd, comma, hasSpaces }: Typography,
): string {
  const lines = fields.map(({ name: field, words }) => {
    const text = words.join(comma);
    return `${indent}<${field}>${hasSpaces && field !== "n" ? text.replaceAll("_", " ") : text}</${field}>`;
  });
  return [`<${name}>`, ...lines, `</${name}>`].join(lineEnd);
}

/** The official ComfyUI template: looks like JSON, is none. */
function writeEnvelope(document: CaptionDocument, blocks: string): string {
  const entries = document.characters.map((fields, index) => {
    const name = fields.find((field) => field.name === "n")?.words.join(", ") ?? `$character_${index + 1}$`;
    return `"character_${index + 1}": {\n"bbox": [\n0,\n0,\n1000,\n1000\n],\n"name": "${name}"\n}`;
  });
  const image = `"image": {\n"tags": "\n${blocks}\n",\n"caption": "${document.prose ?? ""}"\n}`;
  return `{\n${[...entries, image].join(",\n")}\n}`;
}

function writePlain({ characters, general, prose }: CaptionDocument, { comma, hasSpaces }: Typography): string {
  const words = [...characters.flat(), ...general].filter(({ name }) => name !== "n").flatMap((field) => field.words);
  const tags = words.map((word) => (hasSpaces ? word.replaceAll("_", " ") : word)).join(comma);
  return [tags, prose ?? ""]
    .filter((part) => part !== "")
    .join(tags === "" ? "" : comma)
    .trim();
}
