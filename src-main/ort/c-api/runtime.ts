/**
 * @file A runtime on ONNX Runtime's C API: device memory, bindings, graph capture and operators of our own, none of which
 * the binding for Node offers.
 */

import koffi from "koffi";
import { TachieError } from "../../contract/errors.ts";
import type { CustomOperator } from "../custom-operator.ts";
import type { DeviceMemory, DeviceRuntime } from "../device.ts";
import { loadOrtApi } from "./api.ts";
import type { OrtApi } from "./api.ts";
import { OperatorRegistry } from "./custom-operators.ts";
import { owning, received } from "./handles.ts";
import { NativeSession } from "./session.ts";
import { LOG_FATAL_ONLY } from "./session-options.ts";

export interface CApiRuntimeOptions {
  /** Path of libonnxruntime; the CUDA provider is looked for in its folder. */
  readonly libraryPath: string;
  /** Where tensors lie, and with it the provider. */
  readonly memory: DeviceMemory;
  readonly operators?: readonly CustomOperator[];
}

export interface CApiRuntime extends DeviceRuntime {
  /** Releases every session that is still open, then the runtime. May be called again. */
  release(): void;
  /** How many nodes of open sessions our own operators compute. */
  kernelCount(): number;
}

/** @throws engine.start-failed when the library cannot be loaded */
export function createCApiRuntime({ libraryPath, memory, operators = [] }: CApiRuntimeOptions): CApiRuntime {
  const api = loadOrtApi(libraryPath);
  return owning((handles) => {
    const env = handles.own(
      received((out) => api.CreateEnv(LOG_FATAL_ONLY, "tachie", out)),
      api.ReleaseEnv,
    );
    const memoryInfo = handles.own(createMemoryInfo(api, memory), api.ReleaseMemoryInfo);
    const registry = new OperatorRegistry(api, handles, memory, operators);
    const context = { api, env, memory, memoryInfo, operators: registry };
    const sessions = new Set<NativeSession>();
    let isReleased = false;
    return {
      provider: memory.kind,
      version: `onnxruntime ${api.version}`,
      memory,
      // eslint-disable-next-line @typescript-eslint/require-await -- the interface's promise; here the call blocks
      createSession: async (model, options) => {
        if (isReleased) throw new TachieError("internal.bug", "the runtime has been released");
        const session = new NativeSession(context, model, options, () => sessions.delete(session));
        sessions.add(session);
        return session;
      },
      release: () => {
        isReleased = true;
        for (const session of [...sessions]) session.releaseNow();
        handles.release();
      },
      kernelCount: () => registry.kernelCount,
    };
  });
}

/** The device's own memory, as the library names it. */
function createMemoryInfo(api: OrtApi, memory: DeviceMemory): bigint {
  const name = memory.kind === "cuda" ? "Cuda" : "Cpu";
  const deviceAllocator = 0;
  const defaultMemory = 0;
  return received((out) => api.CreateMemoryInfo(name, deviceAllocator, memory.deviceId, defaultMemory, out));
}

/**
 * The providers that the library was built with, such as `CUDAExecutionProvider`; whether one works is another matter.
 * @throws engine.start-failed when the library cannot be loaded
 */
export function availableProviders(libraryPath: string): readonly string[] {
  const api = loadOrtApi(libraryPath);
  const count = new Int32Array(1);
  const names = received((out) => api.GetAvailableProviders(out, count));
  try {
    return koffi.decode(names, koffi.types.str, count[0]!) as string[];
  } finally {
    api.ReleaseAvailableProviders(names, count[0]!);
  }
}
