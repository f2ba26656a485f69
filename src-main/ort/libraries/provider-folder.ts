/**
 * @file Brings ONNX Runtime's library and its CUDA provider into one folder.
 *
 * The library looks for providers in its own folder only. The provider is a component that is fetched into the user's
 * data, the library lies in the application, which may be read-only: so the component's folder gets a copy of the library.
 * A hard link would not do: to the system's loader it is the same library, which stays where it was loaded from first.
 */

import { constants, copyFileSync, existsSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import type { Stats } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { messageOf } from "../native-error.ts";
import { isCudaPlatform, PROVIDER_FILES } from "./wanted.ts";

/** Name of ONNX Runtime's library as onnxruntime-node ships it. */
export function ortLibraryName(platform: NodeJS.Platform): string {
  switch (platform) {
    case "win32":
      return "onnxruntime.dll";
    case "darwin":
      return "libonnxruntime.1.29.0.dylib";
    default:
      return "libonnxruntime.so.1";
  }
}

/** Folder of the library that onnxruntime-node ships for this machine; undefined where that package is not installed. */
export function shippedOrtFolder(): string | undefined {
  let manifest: string;
  try {
    manifest = createRequire(import.meta.url).resolve("onnxruntime-node/package.json");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
  // In a packaged application, native code lies beside the archive that holds the rest.
  const root = path.dirname(manifest).replace(/app\.asar(?=[\\/])/, "app.asar.unpacked");
  return path.join(root, "bin", "napi-v6", process.platform, process.arch);
}

/** Whether the folder holds the CUDA provider. */
export function hasCudaProvider(folder: string, platform: NodeJS.Platform = process.platform): boolean {
  return isCudaPlatform(platform) && PROVIDER_FILES[platform].every((file) => existsSync(path.join(folder, file)));
}

/**
 * The library to load for CUDA: in `componentFolder`, put there from `libraryPath` if it is missing or another one.
 * @param libraryPath undefined where the application has none of its own: then the folder must have it already
 * @returns its path, beside the provider
 * @throws engine.unsupported without the provider or any library, file.unwritable when the library cannot be put there
 */
export function joinProvider(componentFolder: string, libraryPath: string | undefined): string {
  const lacks = (what: string): TachieError =>
    new TachieError("engine.unsupported", `there is no ${what} in ${componentFolder}`, {
      where: componentFolder,
      remedy: "`tachie doctor --fix` fetches it; --provider cpu does without.",
    });
  if (!hasCudaProvider(componentFolder)) throw lacks("CUDA provider");
  const target = path.join(componentFolder, ortLibraryName(process.platform));
  if (libraryPath === undefined) {
    if (!existsSync(target)) throw lacks("ONNX Runtime");
  } else if (path.resolve(libraryPath) !== path.resolve(target) && !isSameFile(target, libraryPath)) {
    place(libraryPath, target);
  }
  return target;
}

function isSameFile(target: string, source: string): boolean {
  const [a, b] = [statIfAny(target), statIfAny(source)];
  if (a === undefined || b === undefined) return false;
  // A copy has the time of its original; file systems keep it to the second at least.
  return a.size === b.size && Math.floor(a.mtimeMs / 1000) === Math.floor(b.mtimeMs / 1000);
}

function statIfAny(file: string): Stats | undefined {
  return statSync(file, { throwIfNoEntry: false });
}

/** Under a name of its own until it is whole: another process may load the library meanwhile. */
function place(source: string, target: string): void {
  const temporary = `${target}.${process.pid}.part`;
  try {
    rmSync(temporary, { force: true });
    copyFileSync(source, temporary, constants.COPYFILE_FICLONE);
    const { atime, mtime } = statSync(source);
    utimesSync(temporary, atime, mtime);
    renameSync(temporary, target);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new TachieError("file.unwritable", `${target} cannot be written: ${messageOf(cause)}`, {
      where: target,
      cause,
    });
  }
}
