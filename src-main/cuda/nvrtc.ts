/**
 * @file NVIDIA's run-time compiler: from kernel sources to machine code of one GPU, without a toolkit's command line.
 *
 * Where it does not know the GPU, being older, it makes PTX for the newest architecture that it knows, from which the
 * driver makes machine code.
 */

import { existsSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import { loadLibrary } from "../ort/native-library.ts";

/** Names of the library, newest first. */
export const NVRTC_LIBRARIES: readonly string[] =
  process.platform === "win32" ? ["nvrtc64_130_0.dll", "nvrtc64_120_0.dll"] : ["libnvrtc.so.13", "libnvrtc.so.12"];

export interface KernelProgram {
  /** What errors call the source. */
  readonly name: string;
  readonly source: string;
  /** Files that it includes, by the name that it includes them under. */
  readonly headers: Readonly<Record<string, string>>;
  readonly options: readonly string[];
}

export interface KernelImage {
  readonly kind: "cubin" | "ptx";
  /** PTX ends with a zero byte. */
  readonly bytes: Uint8Array;
}

/** Where kernels come from: the compiler, or one that tests put in its place. */
export interface KernelCompiler {
  /** Such as `13.0`. */
  readonly version: string;
  /** @throws engine.start-failed with the compiler's log */
  compile(program: KernelProgram, computeCapability: readonly [major: number, minor: number]): KernelImage;
}

/**
 * The library in the first folder that has one.
 * @param folders in the order of preference
 */
export function findNvrtc(folders: readonly string[]): string | undefined {
  const candidates = NVRTC_LIBRARIES.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return candidates.find((file) => existsSync(file));
}

/**
 * Loads the compiler from one of the folders or, where none has it, from wherever the system's loader looks.
 * @throws engine.unsupported naming what is missing and where it was looked for
 */
export function openNvrtc(folders: readonly string[]): KernelCompiler {
  const found = findNvrtc(folders);
  const failures: string[] = [];
  for (const library of found === undefined ? NVRTC_LIBRARIES : [found])
    try {
      return loadNvrtc(library);
    } catch (error) {
      failures.push(error instanceof TachieError ? error.message : String(error));
    }
  const searched =
    folders.length === 0 ? "the system's library path" : `${folders.join(", ")} and the system's library path`;
  throw new TachieError(
    "engine.unsupported",
    `CUDA's run-time compiler NVRTC cannot be loaded; looked for ${NVRTC_LIBRARIES.join(", ")} in ${searched}: ${failures.join("; ")}`,
    { remedy: "Install CUDA 13 or 12 with NVRTC, or use --provider cpu." },
  );
}

const FUNCTIONS = {
  nvrtcVersion: ["void *", "void *"],
  nvrtcGetNumSupportedArchs: ["void *"],
  nvrtcGetSupportedArchs: ["void *"],
  nvrtcCreateProgram: ["void *", "const char *", "const char *", "int", "const char **", "const char **"],
  nvrtcCompileProgram: ["void *", "int", "const char **"],
  nvrtcDestroyProgram: ["void *"],
  nvrtcGetProgramLogSize: ["void *", "void *"],
  nvrtcGetProgramLog: ["void *", "void *"],
  nvrtcGetCUBINSize: ["void *", "void *"],
  nvrtcGetCUBIN: ["void *", "void *"],
  nvrtcGetPTXSize: ["void *", "void *"],
  nvrtcGetPTX: ["void *", "void *"],
} as const;

/** Each returns the status; a handle is passed as its address. */
type NvrtcFunctions = Record<keyof typeof FUNCTIONS, (...values: unknown[]) => number> & {
  readonly errorText: (status: number) => string;
};

/** @throws engine.unsupported where the library cannot be loaded or is too old */
export function loadNvrtc(library: string): KernelCompiler {
  try {
    const nvrtc = loadLibrary(library);
    const functions = Object.entries(FUNCTIONS).map(([name, parameters]) => [
      name,
      nvrtc.func(name, "int", [...parameters]),
    ]);
    const errorText = nvrtc.func("const char *nvrtcGetErrorString(int status)");
    return new Nvrtc({ ...Object.fromEntries(functions), errorText } as NvrtcFunctions);
  } catch (error) {
    throw new TachieError("engine.unsupported", `${library} cannot be used: ${String(error)}`, {
      where: library,
      cause: error,
    });
  }
}

class Nvrtc implements KernelCompiler {
  readonly version: string;
  readonly #functions: NvrtcFunctions;
  /** Numbers such as 90 for compute capability 9.0, ascending. */
  readonly #architectures: readonly number[];

  constructor(functions: NvrtcFunctions) {
    this.#functions = functions;
    const [major, minor, count] = [new Int32Array(1), new Int32Array(1), new Int32Array(1)];
    this.#check(functions.nvrtcVersion(major, minor), "tell its version");
    this.version = `${major[0]!}.${minor[0]!}`;
    this.#check(functions.nvrtcGetNumSupportedArchs(count), "count its architectures");
    const architectures = new Int32Array(count[0]!);
    this.#check(functions.nvrtcGetSupportedArchs(architectures), "list its architectures");
    this.#architectures = [...architectures].sort((a, b) => a - b);
  }

  compile(program: KernelProgram, computeCapability: readonly [major: number, minor: number]): KernelImage {
    const { architecture, kind } = this.#target(computeCapability);
    const names = Object.keys(program.headers);
    const handle = new BigUint64Array(1);
    this.#check(
      this.#functions.nvrtcCreateProgram(
        handle,
        program.source,
        program.name,
        names.length,
        names.length === 0 ? null : Object.values(program.headers),
        names.length === 0 ? null : names,
      ),
      "take the sources",
    );
    const [address] = handle;
    try {
      const options = [`--gpu-architecture=${architecture}`, ...program.options];
      const status = this.#functions.nvrtcCompileProgram(address, options.length, options);
      if (status !== 0)
        throw compileError(program.name, architecture, this.#functions.errorText(status), this.#log(address));
      return { kind, bytes: kind === "cubin" ? this.#read(address, "CUBIN") : this.#read(address, "PTX") };
    } finally {
      this.#check(this.#functions.nvrtcDestroyProgram(handle), "let go of the sources");
    }
  }

  /** Machine code where the compiler knows the GPU, else PTX of the newest architecture that the GPU understands. */
  #target([major, minor]: readonly [number, number]): { architecture: string; kind: KernelImage["kind"] } {
    const wanted = major * 10 + minor;
    if (this.#architectures.includes(wanted)) return { architecture: `sm_${wanted}`, kind: "cubin" };
    const known = this.#architectures.findLast((architecture) => architecture < wanted);
    if (known === undefined)
      throw new TachieError(
        "engine.unsupported",
        `NVRTC ${this.version} makes no code for GPUs of compute capability ${major}.${minor}`,
        { remedy: "Use --provider cpu: this GPU is older than what CUDA serves now." },
      );
    return { architecture: `compute_${known}`, kind: "ptx" };
  }

  #log(program: unknown): string {
    return Buffer.from(this.#read(program, "ProgramLog")).toString("utf8").replace(/\0.*$/s, "").trim();
  }

  #read(program: unknown, what: "CUBIN" | "PTX" | "ProgramLog"): Uint8Array {
    const size = new BigUint64Array(1);
    this.#check(this.#functions[`nvrtcGet${what}Size`](program, size), `tell the size of its ${what}`);
    const bytes = new Uint8Array(Number(size[0]));
    this.#check(this.#functions[`nvrtcGet${what}`](program, bytes), `give its ${what}`);
    return bytes;
  }

  #check(status: number, action: string): void {
    if (status !== 0)
      throw new TachieError(
        "engine.start-failed",
        `CUDA's run-time compiler cannot ${action} (${this.#functions.errorText(status)})`,
      );
  }
}

function compileError(name: string, architecture: string, text: string, log: string): TachieError {
  return new TachieError("engine.start-failed", `${name} does not compile for ${architecture} (${text}):\n${log}`, {
    where: name,
  });
}
