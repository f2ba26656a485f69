/** @file The library that onnxruntime-node ships, reached through the C API, on the CPU. */

import path from "node:path";
import { createCApiRuntime } from "../../../../src-main/ort/c-api/runtime.ts";
import type { CApiRuntime } from "../../../../src-main/ort/c-api/runtime.ts";
import type { CustomOperator } from "../../../../src-main/ort/custom-operator.ts";
import { hostMemory } from "../../../../src-main/ort/host-memory.ts";
import { ortLibraryName, shippedOrtFolder } from "../../../../src-main/ort/libraries/provider-folder.ts";
import { bytesOf } from "../../../../src-main/ort/native-memory.ts";

/** A test that uses it fails where the package is not installed. */
export const libraryPath = path.join(shippedOrtFolder() ?? "onnxruntime-node", ortLibraryName(process.platform));

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
