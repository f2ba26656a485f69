/**
 * @file Our options of a session as the library's.
 *
 * Keys: onnxruntime_session_options_config_keys.h, and the CUDA provider's cuda_execution_provider_info.cc of 1.29.
 */

import { TachieError } from "../../contract/errors.ts";
import type { GraphModel } from "../../graph/onnx.ts";
import type { AttentionKernel, DeviceMemory, DeviceSessionOptions } from "../device.ts";
import { messageOf } from "../native-error.ts";
import type { OrtApi } from "./api.ts";
import { borrowing, received } from "./handles.ts";
import type { Handles } from "./handles.ts";

const OPTIMISE_NOTHING = 0;
const OPTIMISE_ALL = 99;
/** Errors come as exceptions: they are not to be printed as well. */
export const LOG_FATAL_ONLY = 4;

/** Bits of `sdpa_kernel`: the kernels that may be chosen. Absent: the library chooses for the GPU. */
const ATTENTION_BITS: Readonly<Record<AttentionKernel, number | undefined>> = {
  default: undefined,
  flash: 1,
  cudnn: 8,
  math: 16,
};

/** Options for one session, owned by `handles`. */
export function nativeOptions(
  api: OrtApi,
  handles: Handles,
  model: GraphModel,
  options: DeviceSessionOptions,
  profilePrefix: string | undefined,
  isOnDevice: boolean,
): bigint {
  const native = handles.own(
    received((out) => api.CreateSessionOptions(out)),
    api.ReleaseSessionOptions,
  );
  api.SetSessionGraphOptimizationLevel(native, options.graphOptimisation ? OPTIMISE_ALL : OPTIMISE_NOTHING);
  api.SetSessionLogSeverityLevel(native, LOG_FATAL_ONLY);
  // A plan of a run's memory is one block that is taken and given back with every run: a captured graph would go on
  // writing to it.
  if (isOnDevice) api.DisableMemPattern(native);
  if (options.threads !== undefined) api.SetIntraOpNumThreads(native, options.threads);
  if (profilePrefix !== undefined) api.EnableProfiling(native, profilePrefix);
  const entries = {
    "session.model_external_initializers_file_folder_path": model.weightsFolder,
    "session.disable_prepacking": options.mappedWeights ? "1" : "0",
    "session.disable_cpu_ep_fallback": options.refuseHostNodes === true ? "1" : "0",
    // Weights that come through the arena leave it grown to the next power of two, for good.
    "session.use_device_allocator_for_initializers": isOnDevice ? "1" : "0",
  };
  for (const [key, value] of Object.entries(entries)) api.AddSessionConfigEntry(native, key, value);
  return native;
}

/** Makes CUDA the session's provider. @throws engine.unsupported when its library or one that it needs is missing */
export function appendCuda(api: OrtApi, native: bigint, memory: DeviceMemory, options: DeviceSessionOptions): void {
  try {
    borrowing((handles) => append(api, handles, native, memory, options));
  } catch (cause) {
    throw new TachieError("engine.unsupported", `the CUDA provider cannot be used: ${messageOf(cause)}`, {
      remedy: "`tachie doctor` says which libraries are missing; --provider cpu does without.",
      cause,
    });
  }
}

function append(
  api: OrtApi,
  handles: Handles,
  native: bigint,
  memory: DeviceMemory,
  options: DeviceSessionOptions,
): void {
  const cuda = handles.own(
    received((out) => api.CreateCUDAProviderOptions(out)),
    api.ReleaseCUDAProviderOptions,
  );
  const entries = Object.entries(cudaOptions(memory, options));
  api.UpdateCUDAProviderOptions(
    cuda,
    entries.map(([key]) => key),
    entries.map(([, value]) => value),
    entries.length,
  );
  // After the texts, which reset what they do not name.
  if (memory.stream !== 0n) api.UpdateCUDAProviderOptionsWithValue(cuda, "user_compute_stream", memory.stream);
  api.SessionOptionsAppendExecutionProvider_CUDA_V2(native, cuda);
}

/** What the CUDA provider is told, in its own words. */
export function cudaOptions(memory: DeviceMemory, options: DeviceSessionOptions): Readonly<Record<string, string>> {
  const attention = ATTENTION_BITS[options.attention ?? "default"];
  return {
    device_id: String(memory.deviceId),
    enable_cuda_graph: options.graphCapture === true ? "1" : "0",
    use_tf32: options.tf32 === true ? "1" : "0",
    arena_extend_strategy: options.arena === "as-requested" ? "kSameAsRequested" : "kNextPowerOfTwo",
    cudnn_conv_algo_search: (options.convolutionSearch ?? "heuristic").toUpperCase(),
    cudnn_conv_use_max_workspace: options.largeWorkspaces === false ? "0" : "1",
    ...(memory.stream === 0n ? {} : { has_user_compute_stream: "1" }),
    ...(attention === undefined ? {} : { sdpa_kernel: String(attention) }),
    ...(options.memoryLimitBytes === undefined ? {} : { gpu_mem_limit: String(options.memoryLimitBytes) }),
  };
}
