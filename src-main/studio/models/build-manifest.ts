/** @file Writes down an assembled model as the `model.json` that the engine opens. Pure but for reading `config.json` files. */

import path from "node:path";
import { MODEL_MANIFEST_FORMAT } from "../../contract/model-folder.ts";
import type { ModelComponent, ModelManifest } from "../../contract/model-folder.ts";
import type { Assembly, Part } from "./assemble.ts";
import { readConfigBeside } from "./config-beside.ts";
import type { ModelUse } from "./download-manifest.ts";
import type { Role } from "./layouts/layout.ts";

/**
 * @param use how the model wants to be used; a whole manifest where it was made from one
 * @param folder where `model.json` will lie: files inside it get relative paths, others absolute ones
 */
export function buildManifest(
  assembly: Pick<Assembly, "parts" | "textEncoding">,
  use: ModelUse & Partial<ModelManifest>,
  name: string,
  folder: string,
): ModelManifest {
  const component = (role: Role): ModelComponent => {
    const part = assembly.parts[role];
    if (part === undefined) throw new RangeError(`an assembly without ${role} has no manifest`);
    return describePart(part, use.components?.[role], folder);
  };
  const { title, licence, systemPrompt, defaults, limits } = use;
  return {
    format: MODEL_MANIFEST_FORMAT,
    name,
    title,
    licence,
    isPlaceholder: use.isPlaceholder ?? false,
    textEncoding: assembly.textEncoding,
    // Made for the states of Gemma; a model with one small text tower was not trained with it.
    systemPrompt: assembly.textEncoding === "jina" && use.components === undefined ? "" : systemPrompt,
    components: {
      transformer: component("transformer"),
      vae: component("vae"),
      textEncoder: component("textEncoder"),
      ...(assembly.textEncoding === "jina" ? {} : { pooledEncoder: component("pooledEncoder") }),
    },
    defaults,
    limits,
  };
}

function describePart(part: Part, given: ModelComponent | undefined, folder: string): ModelComponent {
  const { weights, network, tokenizer } = part;
  // The shapes of the published networks tell everything; of others the published kind of config.json may tell more.
  const config = given?.config ?? (network.isPublished ? undefined : readConfigBeside(part));
  // Graph builders find the published prefixes by themselves; a manifest that leaves one out was right to.
  const prefix = given === undefined ? network.prefix : given.prefix;
  return {
    weights: placeOf(weights.path, folder),
    ...(prefix === undefined || prefix === "" ? {} : { prefix }),
    ...(tokenizer ? { tokenizer: placeOf(tokenizer.path, folder) } : {}),
    ...(config ? { config } : {}),
  };
}

function placeOf(file: string, folder: string): string {
  const relative = path.relative(folder, path.resolve(file));
  const isInside = relative !== "" && !relative.startsWith("..") && !path.isAbsolute(relative);
  return isInside ? relative.replaceAll(path.sep, "/") : path.resolve(file);
}
