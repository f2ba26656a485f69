/**
 * @file The functions of the CUDA driver that we call, as C has them: status codes back, results through pointers.
 *
 * They lie behind an interface so that tests put a driver of their own in their place. Names are the driver's exported
 * symbols, of which `_v2` are the 64-bit ones. Handles and device addresses are bigint.
 */

import { TachieError } from "../contract/errors.ts";
import { loadLibrary } from "../ort/native-library.ts";

export interface DriverFunctions {
  cuInit(flags: number): number;
  cuDriverGetVersion(version: Int32Array): number;
  cuDeviceGetCount(count: Int32Array): number;
  cuDeviceGet(device: Int32Array, ordinal: number): number;
  /** The name ends with a zero byte. */
  cuDeviceGetName(name: Uint8Array, length: number, device: number): number;
  cuDeviceGetAttribute(value: Int32Array, attribute: number, device: number): number;
  cuDeviceTotalMem_v2(sizeBytes: BigUint64Array, device: number): number;
  cuDevicePrimaryCtxRetain(context: BigUint64Array, device: number): number;
  cuDevicePrimaryCtxRelease_v2(device: number): number;
  cuCtxSetCurrent(context: bigint): number;
  cuMemGetInfo_v2(freeBytes: BigUint64Array, totalBytes: BigUint64Array): number;
  cuMemAlloc_v2(address: BigUint64Array, sizeBytes: number): number;
  cuMemFree_v2(address: bigint): number;
  /** Waits. `from` is an address on the host. */
  cuMemcpyHtoD_v2(to: bigint, from: bigint, sizeBytes: number): number;
  cuMemcpyHtoDAsync_v2(to: bigint, from: Uint8Array, sizeBytes: number, stream: bigint): number;
  cuMemcpyDtoHAsync_v2(to: Uint8Array, from: bigint, sizeBytes: number, stream: bigint): number;
  cuMemcpyDtoDAsync_v2(to: bigint, from: bigint, sizeBytes: number, stream: bigint): number;
  cuMemsetD8Async(address: bigint, value: number, sizeBytes: number, stream: bigint): number;
  cuStreamCreate(stream: BigUint64Array, flags: number): number;
  cuStreamDestroy_v2(stream: bigint): number;
  cuStreamSynchronize(stream: bigint): number;
  cuEventCreate(event: BigUint64Array, flags: number): number;
  cuEventDestroy_v2(event: bigint): number;
  cuEventRecord(event: bigint, stream: bigint): number;
  cuEventSynchronize(event: bigint): number;
  cuEventElapsedTime(milliseconds: Float32Array, start: bigint, end: bigint): number;
  cuModuleLoadData(module: BigUint64Array, image: Uint8Array): number;
  cuModuleUnload(module: bigint): number;
  cuModuleGetFunction(kernel: BigUint64Array, module: bigint, name: string): number;
  cuStreamBeginCapture_v2(stream: bigint, mode: number): number;
  cuStreamEndCapture(stream: bigint, graph: BigUint64Array): number;
  cuGraphInstantiateWithFlags(executable: BigUint64Array, graph: bigint, flags: number): number;
  /** Without `nodes` only their number. */
  cuGraphGetNodes(graph: bigint, nodes: BigUint64Array | null, count: BigUint64Array): number;
  cuGraphNodeGetType(node: bigint, type: Int32Array): number;
  /** `parameters`: a `CUDA_MEMCPY3D`. */
  cuGraphMemcpyNodeGetParams(node: bigint, parameters: Uint8Array): number;
  cuGraphMemcpyNodeSetParams(node: bigint, parameters: Uint8Array): number;
  cuPointerGetAttribute(value: Uint32Array, attribute: number, address: bigint): number;
  cuGraphLaunch(executable: bigint, stream: bigint): number;
  cuGraphExecDestroy(executable: bigint): number;
  cuGraphDestroy(graph: bigint): number;
  /** `parameters`: address of a table of addresses, one for each argument. */
  cuLaunchKernel(
    kernel: bigint,
    gridX: number,
    gridY: number,
    gridZ: number,
    blockX: number,
    blockY: number,
    blockZ: number,
    sharedBytes: number,
    stream: bigint,
    parameters: bigint,
    extra: null,
  ): number;
  /** The names of a status, such as CUDA_ERROR_OUT_OF_MEMORY; empty where the driver knows none. */
  errorName(status: number): string;
  errorText(status: number): string;
}

/** What each function takes, in C; all return the status as an int. */
const PARAMETERS = {
  cuInit: ["uint32_t"],
  cuDriverGetVersion: ["void *"],
  cuDeviceGetCount: ["void *"],
  cuDeviceGet: ["void *", "int"],
  cuDeviceGetName: ["void *", "int", "int"],
  cuDeviceGetAttribute: ["void *", "int", "int"],
  cuDeviceTotalMem_v2: ["void *", "int"],
  cuDevicePrimaryCtxRetain: ["void *", "int"],
  cuDevicePrimaryCtxRelease_v2: ["int"],
  cuCtxSetCurrent: ["void *"],
  cuMemGetInfo_v2: ["void *", "void *"],
  cuMemAlloc_v2: ["void *", "size_t"],
  cuMemFree_v2: ["uint64_t"],
  cuMemcpyHtoD_v2: ["uint64_t", "void *", "size_t"],
  cuMemcpyHtoDAsync_v2: ["uint64_t", "void *", "size_t", "void *"],
  cuMemcpyDtoHAsync_v2: ["void *", "uint64_t", "size_t", "void *"],
  cuMemcpyDtoDAsync_v2: ["uint64_t", "uint64_t", "size_t", "void *"],
  cuMemsetD8Async: ["uint64_t", "uint8_t", "size_t", "void *"],
  cuStreamCreate: ["void *", "uint32_t"],
  cuStreamDestroy_v2: ["void *"],
  cuStreamSynchronize: ["void *"],
  cuEventCreate: ["void *", "uint32_t"],
  cuEventDestroy_v2: ["void *"],
  cuEventRecord: ["void *", "void *"],
  cuEventSynchronize: ["void *"],
  cuEventElapsedTime: ["void *", "void *", "void *"],
  cuModuleLoadData: ["void *", "void *"],
  cuModuleUnload: ["void *"],
  cuModuleGetFunction: ["void *", "void *", "const char *"],
  cuStreamBeginCapture_v2: ["void *", "int"],
  cuStreamEndCapture: ["void *", "void *"],
  cuGraphInstantiateWithFlags: ["void *", "void *", "uint64_t"],
  cuGraphGetNodes: ["void *", "void *", "void *"],
  cuGraphNodeGetType: ["void *", "void *"],
  cuGraphMemcpyNodeGetParams: ["void *", "void *"],
  cuGraphMemcpyNodeSetParams: ["void *", "void *"],
  cuPointerGetAttribute: ["void *", "int", "uint64_t"],
  cuGraphLaunch: ["void *", "void *"],
  cuGraphExecDestroy: ["void *"],
  cuGraphDestroy: ["void *"],
  cuLaunchKernel: ["void *", ...Array<string>(7).fill("uint32_t"), "void *", "void *", "void *"],
} as const satisfies Record<Exclude<keyof DriverFunctions, "errorName" | "errorText">, readonly string[]>;

/** What the graphics driver installs, by name. The system's loader finds it. */
export const DRIVER_LIBRARY = process.platform === "win32" ? "nvcuda.dll" : "libcuda.so.1";

/**
 * Loads the driver's library.
 * @throws engine.unsupported where there is none, or one without a function that we need
 */
export function loadDriverFunctions(library = DRIVER_LIBRARY): DriverFunctions {
  try {
    const driver = loadLibrary(library);
    const functions = Object.entries(PARAMETERS).map(([name, parameters]) => [
      name,
      driver.func(name, "int", [...parameters]),
    ]);
    const describe = (name: string): ((status: number) => string) => {
      const describeStatus = driver.func(`int ${name}(int status, _Out_ const char **text)`);
      return (status) => {
        const text: [string | null] = [null];
        describeStatus(status, text);
        return text[0] ?? "";
      };
    };
    return {
      ...(Object.fromEntries(functions) as Omit<DriverFunctions, "errorName" | "errorText">),
      errorName: describe("cuGetErrorName"),
      errorText: describe("cuGetErrorString"),
    };
  } catch (error) {
    throw new TachieError(
      "engine.unsupported",
      `the NVIDIA driver's library ${library} cannot be loaded: ${String(error)}`,
      {
        where: library,
        remedy: "Install the graphics driver of an NVIDIA GPU, or use --provider cpu.",
        cause: error,
      },
    );
  }
}
