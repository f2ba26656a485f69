/** @file What the engine can tell of the machine: its processor, the runtime, its GPU. */

import os from "node:os";
import type { EngineDiagnosis } from "../../contract/doctor.ts";
import { isTachieError, toErrorData } from "../../contract/errors.ts";
import type { GpuFolders } from "../../process/user-folders.ts";
import type { Computes } from "../compute.ts";
import { inferenceThreads } from "../threads.ts";
import { GPU_PROBES, diagnoseGpu } from "./gpu-diagnosis.ts";

export async function diagnose(computes: Pick<Computes, "get">, folders: GpuFolders): Promise<EngineDiagnosis> {
  const probes = { ...GPU_PROBES, tryOut: () => computes.get("cuda") };
  return { cpu: describeCpu(), ...(await describeRuntime(computes)), gpu: await diagnoseGpu(folders, probes) };
}

async function describeRuntime(
  computes: Pick<Computes, "get">,
): Promise<Pick<EngineDiagnosis, "runtime" | "runtimeProblem">> {
  try {
    return { runtime: (await computes.get("cpu")).version };
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
