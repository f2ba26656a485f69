/**
 * @file The folders in which CUDA's libraries are looked for, in the order in which they count.
 */

import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import type { CudaPlatform } from "./wanted.ts";

/** What decides where libraries may lie. */
export interface SearchPlaces {
  readonly platform: CudaPlatform;
  readonly environment: Readonly<Partial<Record<string, string>>>;
  /** Folders of our own, which count before all others: the fetched component, the one of onnxruntime-node. */
  readonly ownFolders: readonly string[];
  /** What `/` stands for on Linux. */
  readonly root?: string;
}

/** Absolute paths, each once; they need not exist. */
export function searchFolders(places: SearchPlaces): readonly string[] {
  const others = places.platform === "win32" ? windowsFolders(places.environment) : linuxFolders(places);
  return [...new Set([...places.ownFolders, ...others].map((folder) => path.resolve(folder)))];
}

function linuxFolders({ environment, root = "/" }: SearchPlaces): string[] {
  const chosen = [environment["CUDA_HOME"], environment["CUDA_PATH"]].filter(isSet);
  const toolkits = [...chosen, ...installedToolkits(path.join(root, "usr/local"))];
  return [
    ...(environment["LD_LIBRARY_PATH"] ?? "").split(/[:;]/).filter(isSet),
    ...toolkits.flatMap((folder) => [path.join(folder, "lib64"), path.join(folder, "targets/x86_64-linux/lib")]),
    ...loaderFolders(root),
    // The driver under Windows' Linux.
    path.join(root, "usr/lib/wsl/lib"),
  ];
}

/** `cuda` first, which is the version that the machine's owner chose, then the newest. */
function installedToolkits(folder: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => /^cuda(-[\d.]+)?$/.test(name));
  } catch {
    // No such folder: nothing is installed there.
    return [];
  }
  const byVersion = (a: string, b: string): number => b.localeCompare(a, "en", { numeric: true });
  return names
    .sort((a, b) => Number(b === "cuda") - Number(a === "cuda") || byVersion(a, b))
    .map((name) => path.join(folder, name));
}

/** Those that the system's loader is configured with, then the ones that it knows anyway; see ld.so(8). */
function loaderFolders(root: string): string[] {
  const known = ["lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "lib64", "usr/lib64", "lib", "usr/lib"];
  return [...configuredFolders(root, path.join(root, "etc/ld.so.conf")), ...known.map((name) => path.join(root, name))];
}

/** Deep enough for files that include each other. */
const MAX_INCLUDES = 8;

function configuredFolders(root: string, file: string, depth = 0): string[] {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    // Not every Linux has the file.
    return [];
  }
  return text
    .split("\n")
    .map((line) => line.replace(/#.*/, "").trim())
    .filter(isSet)
    .flatMap((line) => {
      const [, pattern] = /^include\s+(.+)$/.exec(line) ?? [];
      if (pattern === undefined) return [path.join(root, line)];
      if (depth === MAX_INCLUDES) return [];
      const files = matching(path.join(path.isAbsolute(pattern) ? root : path.dirname(file), pattern));
      return files.flatMap((included) => configuredFolders(root, included, depth + 1));
    });
}

/** Files whose names match, in order. Stars stand in the last part, as they do in every such file; Electron's Node has no glob. */
function matching(pattern: string): string[] {
  const folder = path.dirname(pattern);
  const parts = path.basename(pattern).split("*");
  const name = new RegExp(`^${parts.map((part) => part.replace(/[\\^$.+?()[\]{}|]/g, "\\$&")).join(".*")}$`);
  return filesIn(folder)
    .filter((file) => name.test(file))
    .sort()
    .map((file) => path.join(folder, file));
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // No such folder: it includes nothing.
    return [];
  }
}

function windowsFolders(environment: SearchPlaces["environment"]): string[] {
  const toolkits = Object.entries(environment)
    .filter(([name]) => name === "CUDA_PATH" || /^CUDA_PATH_V13/.test(name))
    .flatMap(([, folder]) => (isSet(folder) ? [folder] : []));
  const system = environment["SystemRoot"];
  return [
    // Since 13.0 the libraries lie in a folder for the processor.
    ...toolkits.flatMap((folder) => [path.join(folder, "bin", "x64"), path.join(folder, "bin")]),
    ...(environment["PATH"] ?? environment["Path"] ?? "").split(";").filter(isSet),
    ...(isSet(system) ? [path.join(system, "System32")] : []),
  ];
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}
