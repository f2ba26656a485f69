/**
 * @file Where other programs keep models on this machine: the Hugging Face cache and ComfyUI's models folder. Only places
 * that exist are given.
 */

import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";

type Environment = Readonly<Record<string, string | undefined>>;

export interface UsualPlace {
  /** Names it for a person. */
  readonly title: string;
  /** Absolute. */
  readonly folder: string;
}

export function usualPlaces(environment: Environment = process.env, home: string = os.homedir()): UsualPlace[] {
  const places = [...huggingFaceFolders(environment, home), ...comfyFolders(environment, home)];
  const seen = new Set<string>();
  return places.filter(({ folder }) => {
    const isNew = existsSync(folder) && !seen.has(folder);
    seen.add(folder);
    return isNew;
  });
}

/** The variables and defaults that Hugging Face's own libraries go by, the first that is set. */
function huggingFaceFolders(environment: Environment, home: string): UsualPlace[] {
  const base = environment["XDG_CACHE_HOME"] ?? path.join(home, ".cache");
  const hub =
    environment["HF_HUB_CACHE"] ??
    environment["HUGGINGFACE_HUB_CACHE"] ??
    path.join(environment["HF_HOME"] ?? path.join(base, "huggingface"), "hub");
  return [{ title: "Hugging Face cache", folder: path.resolve(hub) }];
}

function comfyFolders(environment: Environment, home: string): UsualPlace[] {
  const chosen = environment["COMFYUI_PATH"];
  const roots = [
    ...(chosen === undefined || chosen === "" ? [] : [chosen]),
    path.join(home, "ComfyUI"),
    path.join(home, "Documents", "ComfyUI"),
    path.join(home, "comfy", "ComfyUI"),
    path.join(home, "ComfyUI_windows_portable", "ComfyUI"),
  ];
  return roots.map((root) => ({ title: "ComfyUI", folder: path.resolve(root, "models") }));
}
