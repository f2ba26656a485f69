/**
 * @file Which files a model consists of: those that its networks are read from, and, where a folder is one model and nothing
 * else, every file in it.
 */

import { existsSync, realpathSync } from "node:fs";
import { readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { MODEL_MANIFEST_FILE } from "../../contract/model-folder.ts";
import { TEMPORARY_SUFFIX } from "../../graph/atomic-file.ts";
import { CHECKSUMS_FILE } from "../../graph/checksums.ts";
import type { SafetensorsFile } from "../../graph/safetensors.ts";
import type { Assembly } from "./assemble.ts";
import { configPathOf } from "./config-beside.ts";
import { isIndexFile } from "./inspect-weights.ts";

/** More files than any model has: such a folder holds something else too. */
const MOST_FILES = 2000;

/** The files that an assembly is read from, absolute, each once: weights without links, index, tokenizer, config.json. */
export function filesOfParts({ parts }: Pick<Assembly, "parts">): string[] {
  const files = Object.values(parts).flatMap((part) => {
    const config = configPathOf(part);
    return [
      ...part.weights.files.map((file) => file.path),
      ...(isIndexFile(part.weights.path) ? [part.weights.path] : []),
      ...(part.tokenizer ? [part.tokenizer.path] : []),
      ...(existsSync(config) ? [config] : []),
    ];
  });
  return [...new Set(files.map((file) => realpathSync(file)))];
}

/** The opened weights of an assembly by real path. */
export function weightsByPath({ parts }: Pick<Assembly, "parts">): ReadonlyMap<string, SafetensorsFile> {
  return new Map(
    Object.values(parts).flatMap(({ weights }) => weights.files.map((file) => [file.path, file] as const)),
  );
}

/** Whether a folder is, by what lies in it, one model and nothing else. */
export function isModelFolder(folder: string): boolean {
  return [MODEL_MANIFEST_FILE, CHECKSUMS_FILE, "model_index.json"].some((name) => existsSync(path.join(folder, name)));
}

/**
 * Every file in a model folder, as paths relative to it with `/`, sorted; undefined where there are too many to be one model.
 * Version control, caches and what a broken write left behind are passed over.
 */
export async function filesOfFolder(folder: string): Promise<string[] | undefined> {
  const files: string[] = [];
  const visit = async (current: string): Promise<boolean> => {
    for (const entry of await readdir(current, { withFileTypes: true })) {
      const full = path.join(current, entry.name);
      if (entry.isDirectory()) {
        if (entry.name === ".git" || entry.name === ".cache") continue;
        if (!(await visit(full))) return false;
      } else if (!entry.name.endsWith(TEMPORARY_SUFFIX) && (entry.isFile() || (await isFileLink(full)))) {
        files.push(path.relative(folder, full).replaceAll(path.sep, "/"));
        if (files.length > MOST_FILES) return false;
      }
    }
    return true;
  };
  return (await visit(folder)) ? files.sort() : undefined;
}

async function isFileLink(link: string): Promise<boolean> {
  try {
    return (await stat(await realpath(link))).isFile();
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return false;
    throw error;
  }
}
