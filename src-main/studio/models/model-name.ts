/** @file Names of installed models: they are names of folders, so they must be harmless on every system. */

import { existsSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";

/** Names that Windows keeps for devices. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;
const NAME = /^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9_-])?$/i;

/** @throws usage.invalid */
export function checkModelName(name: string): void {
  if (!NAME.test(name) || RESERVED.test(name))
    throw new TachieError("usage.invalid", `${JSON.stringify(name)} cannot be the name of a model`, {
      where: name,
      remedy: "Use up to 64 letters, digits, dots, dashes and underscores, beginning with a letter or digit.",
    });
}

/** A permitted name that resembles the wish. */
export function modelNameFrom(wish: string): string {
  const name = wish
    .normalize("NFKD")
    .replace(/[^a-z0-9._-]+/gi, "-")
    .replace(/^[^a-z0-9]+|[^a-z0-9_]+$/gi, "")
    .slice(0, 48)
    .replace(/[.-]+$/, "");
  return NAME.test(name) && !RESERVED.test(name) ? name : `model-${name.replace(/[^a-z0-9]/gi, "")}`.replace(/-$/, "");
}

/** The name itself, or the first of `name-2`, `name-3`, … that is not taken. */
export function freeModelName(modelsFolder: string, name: string): string {
  let candidate = name;
  for (let number = 2; existsSync(path.join(modelsFolder, candidate)); number++) candidate = `${name}-${number}`;
  return candidate;
}
