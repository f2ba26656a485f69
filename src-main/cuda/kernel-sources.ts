/**
 * @file Our kernels as one program for the run-time compiler.
 *
 * They are read where they lie in the package, `src-main/cuda/kernels`, from the sources and from the build alike.
 */

import { readFileSync, readdirSync } from "node:fs";
import path from "node:path";
import { readingError } from "../graph/file-errors.ts";
import { packageRoot } from "../process/package-root.ts";
import type { KernelProgram } from "./nvrtc.ts";

export function kernelFolder(): string {
  return path.join(packageRoot(), "src-main", "cuda", "kernels");
}

/**
 * C++17; products and sums may be fused, nothing else is loosened, so that float32 keeps its 24 bits.
 */
const OPTIONS = ["--std=c++17"] as const;

/**
 * A program that includes every .cu file of the folder.
 * @throws file.not-found, file.unreadable
 */
export function kernelProgram(folder = kernelFolder()): KernelProgram {
  try {
    const names = readdirSync(folder)
      .filter((name) => /\.cuh?$/.test(name))
      .sort();
    const headers = Object.fromEntries(names.map((name) => [name, readFileSync(path.join(folder, name), "utf8")]));
    const source = names
      .filter((name) => name.endsWith(".cu"))
      .map((name) => `#include "${name}"\n`)
      .join("");
    return { name: "tachie.cu", source, headers, options: OPTIONS };
  } catch (error) {
    throw readingError(error, folder);
  }
}
