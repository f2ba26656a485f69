/** @file What the engine can tell of the machine: its processor, the runtime, its GPU. */

import os from "node:os";
import type { EngineDiagnosis } from "../../contract/doctor.ts";
import { isTachieError, toErrorData } from "../../contract/errors.ts";
import type { InferenceRuntime } from "../../ort/session.ts";
import type { GpuFolders } from "../device/find-gpu.ts";
import { inferenceThreads } from "../threads.ts";
import { diagnoseGpu } from "./gpu-diagnosis.ts";
import type { GpuProbes } from "./gpu-diagnosis.ts";

/** @param runtime for the CPU */
export async function diagnose(
  runtime: () => Promise<InferenceRuntime>,
  folders: GpuFolders,
  probes?: GpuProbes,
): Promise<EngineDiagnosis> {
  return { cpu: describeCpu(), ...(await describeRuntime(runtime)), gpu: diagnoseGpu(folders, probes) };
}

async function describeRuntime(
  runtime: () => Promise<InferenceRuntime>,
): Promise<Pick<EngineDiagnosis, "runtime" | "runtimeProblem">> {
  try {
    return { runtime: (await runtime()).version };
  } catch (error) {
    if (!isTachieError(error)) throw error;
    return { runtimeProblem: toErrorData(error) };
  }
}

function describeCpu(): EngineDiagnosis["cpu"] {
  const processors = os.cpus();
  // What a container may take, where it is limited; see Node's documentation of both.
  const limit = process.constrainedMemory();
  const total = os.totalmem();
  const isLimited = limit > 0 && limit < total;
  return {
    name: processors[0]?.model.trim() || os.machine(),
    cores: processors.length,
    usableCores: inferenceThreads(),
    memoryBytes: isLimited ? limit : total,
    freeMemoryBytes: Math.min(process.availableMemory(), os.freemem()),
  };
}
