/**
 * @file Compiled kernels on disk, so that only the first start on a machine compiles.
 *
 * A file is named by everything that its content follows from, and begins with the SHA-256 of the rest: a damaged one is
 * compiled anew. A cache that cannot be written costs time only, so that is told and no error.
 */

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { toErrorData } from "../contract/errors.ts";
import type { ErrorData } from "../contract/errors.ts";
import { writeFileAtomically } from "../graph/atomic-file.ts";
import { writingError } from "../graph/file-errors.ts";
import type { KernelCompiler, KernelImage, KernelProgram } from "./nvrtc.ts";

export interface CachedKernels {
  readonly image: KernelImage;
  /** Where the image came from. */
  readonly origin: "cache" | "compiler";
  /** Of reading or compiling. */
  readonly durationMs: number;
  /** Why the image could not be kept for the next start. */
  readonly cacheFailure?: ErrorData;
}

const DIGEST_BYTES = 32;

/**
 * @param folder made where it does not exist
 * @throws engine.start-failed with the compiler's log
 */
export function compileCached(
  compiler: KernelCompiler,
  program: KernelProgram,
  computeCapability: readonly [major: number, minor: number],
  folder: string,
): CachedKernels {
  const startedAt = performance.now();
  const elapsed = (): number => performance.now() - startedAt;
  const file = path.join(folder, `${cacheKey(compiler, program, computeCapability)}.kernels`);
  const cached = readImage(file);
  if (cached) return { image: cached, origin: "cache", durationMs: elapsed() };
  const image = compiler.compile(program, computeCapability);
  const cacheFailure = writeImage(file, image);
  const compiled = { image, origin: "compiler", durationMs: elapsed() } as const;
  return cacheFailure === undefined ? compiled : { ...compiled, cacheFailure };
}

function cacheKey(
  compiler: KernelCompiler,
  program: KernelProgram,
  computeCapability: readonly [major: number, minor: number],
): string {
  const { name, source, headers, options } = program;
  const content = JSON.stringify([compiler.version, computeCapability, name, source, Object.entries(headers), options]);
  return createHash("sha256").update(content).digest("hex").slice(0, 32);
}

/** A file is the digest, a byte that tells the kind (1 cubin, 2 PTX), and the image. */
function readImage(file: string): KernelImage | undefined {
  let content: Uint8Array;
  try {
    content = readFileSync(file);
  } catch {
    // Not there or not readable: either way it is to be compiled.
    return undefined;
  }
  const body = content.subarray(DIGEST_BYTES);
  const isWhole = digestOf(body).equals(content.subarray(0, DIGEST_BYTES)) && body.length > 1;
  // A copy: the driver reads on from the image's start, and a view into a pooled buffer has no alignment.
  return isWhole ? { kind: body[0] === 1 ? "cubin" : "ptx", bytes: Uint8Array.from(body.subarray(1)) } : undefined;
}

function writeImage(file: string, image: KernelImage): ErrorData | undefined {
  const body = Buffer.concat([Uint8Array.of(image.kind === "cubin" ? 1 : 2), image.bytes]);
  try {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileAtomically(
      file,
      (append) => {
        append(digestOf(body));
        append(body);
      },
      { canReplace: true },
    );
    return undefined;
  } catch (error) {
    return toErrorData(writingError(error, file));
  }
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest();
}
