/**
 * @file Our kernels compiled for the CPU with the system's C++ compiler and run thread by thread: slow, and with the very
 * source that a GPU gets, so that their arithmetic and bounds are tested where there is none.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import koffi from "koffi";
import { kernelFolder, kernelProgram } from "../../../../src-main/cuda/kernel-sources.ts";
import { KERNEL_NAMES } from "../../../../src-main/cuda/kernel-table.ts";
import type { KernelName } from "../../../../src-main/cuda/kernel-table.ts";
import { ArgumentBlock } from "../../../../src-main/cuda/launch.ts";
import type { KernelArgument, KernelLauncher, LaunchShape } from "../../../../src-main/cuda/launch.ts";
import { hostMemory } from "../../../../src-main/ort/host-memory.ts";
import type { KernelDevice } from "../../../gpu/kernel-bench.ts";

export const HAS_COMPILER = process.platform === "linux" && spawnSync("g++", ["--version"]).status === 0;

export interface EmulatedDevice extends KernelDevice {
  /** Kinds of a kernel's arguments as the source has them. */
  kinds(name: KernelName): readonly string[];
}

/** @param folder where the compiled library is put */
export function emulatedDevice(folder: string): EmulatedDevice {
  const source = path.join(folder, "kernels.cpp");
  const library = path.join(folder, "kernels.so");
  writeFileSync(source, emulatedSource());
  // Products and sums are not fused, so that a result does not depend on the machine.
  const options = ["-std=c++17", "-O1", "-w", "-ffp-contract=off", "-shared", "-fPIC", "-I", kernelFolder()];
  execFileSync("g++", [...options, "-I", import.meta.dirname, source, "-o", library]);
  const emulation = koffi.load(library);
  const kindsOf = emulation.func("const char *emulatedKinds(const char *name)") as (name: string) => string;
  const launchOf = emulation.func("emulatedLaunch", "int", ["const char *", "uint32_t", "uint32_t", "void *"]);
  const block = new ArgumentBlock();
  const launcher: KernelLauncher = {
    prepare() {
      // All are there from the start.
    },
    launch(name: KernelName, { blocks, threads }: LaunchShape, values: readonly KernelArgument[]) {
      if (blocks === 0) return;
      block.write(name, values);
      const status = launchOf(name, blocks, threads, block.address) as number;
      if (status !== 0) throw new Error(`the emulated launch of ${name} failed with ${status}`);
    },
  };
  return { memory: hostMemory(), launcher, kinds: (name) => kindsOf(name).split(" ") };
}

function emulatedSource(): string {
  // Kernels of an element type lie in a namespace each, of which their names are brought out.
  const namespaces = new Set(
    KERNEL_NAMES.flatMap((name) => {
      const match = /^(\w+?)_(f32|bf16)(_scalar)?$/.exec(name);
      return match ? [`${match[1]!}${match[2] === "f32" ? "Float" : "Bf16"}`] : [];
    }),
  );
  return [
    '#include "cuda-emulation.h"',
    kernelProgram().source,
    ...[...namespaces].map((name) => `using namespace ${name};`),
    ...KERNEL_NAMES.map((name) => `KERNEL(${name})`),
    "",
  ].join("\n");
}
