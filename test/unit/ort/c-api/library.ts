/** @file The library that onnxruntime-node ships, reached through the C API, on the CPU. */

import { createRequire } from "node:module";
import path from "node:path";
import { createCApiRuntime } from "../../../../src-main/ort/c-api/runtime.ts";
import type { CApiRuntime } from "../../../../src-main/ort/c-api/runtime.ts";
import type { CustomOperator } from "../../../../src-main/ort/custom-operator.ts";
import { hostMemory } from "../../../../src-main/ort/host-memory.ts";
import { bytesOf } from "../../../../src-main/ort/native-memory.ts";

const FILE_NAMES: Partial<Record<NodeJS.Platform, string>> = {
  win32: "onnxruntime.dll",
  darwin: "libonnxruntime.1.29.0.dylib",
};

export const libraryPath = path.join(
  path.dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json")),
  "bin",
  "napi-v6",
  process.platform,
  process.arch,
  FILE_NAMES[process.platform] ?? "libonnxruntime.so.1",
);

export function cpuRuntime(operators: readonly CustomOperator[] = []): CApiRuntime {
  return createCApiRuntime({ libraryPath, memory: hostMemory(), operators });
}

const memory = hostMemory();

/** Copies the array to an address of its own. */
export function placed(array: ArrayBufferView): bigint {
  const address = memory.allocate(array.byteLength);
  memory.upload(address, bytesOf(array));
  return address;
}

/** Fills the array from an address. */
export function taken<T extends ArrayBufferView>(array: T, address: bigint): T {
  memory.download(bytesOf(array), address);
  return array;
}
