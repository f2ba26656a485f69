/**
 * @file Whether there is a GPU and whether it can be used: asked of the system, of the driver, of the file system, and in the
 * end by opening it, which alone is proof.
 */

import type { GpuDevice, GpuDiagnosis, LibraryDiagnosis } from "../../contract/doctor.ts";
import { TachieError, isTachieError, toErrorData } from "../../contract/errors.ts";
import { CudaDriver } from "../../cuda/driver.ts";
import { missingLibraries, missingLibrariesError } from "../../ort/libraries/find.ts";
import type { LibraryReport } from "../../ort/libraries/find.ts";
import { isCudaPlatform } from "../../ort/libraries/wanted.ts";
import type { GpuFolders } from "../../process/user-folders.ts";
import { reportGpuLibraries } from "../device/find-gpu.ts";
import { attentionChoice } from "./attention-choice.ts";
import { nvidiaCards } from "./graphics-cards.ts";

export interface GpuProbes {
  readonly platform: NodeJS.Platform;
  readonly cards: () => readonly string[] | undefined;
  /** @throws engine.unsupported without a driver, or where it finds no GPU */
  readonly driver: () => Pick<CudaDriver, "version" | "devices" | "useDevice" | "memoryInfo" | "releaseDevice">;
  readonly libraries: (folders: GpuFolders) => readonly LibraryReport[];
  /** Opens the GPU. @throws what keeps it from being used */
  readonly tryOut: () => Promise<unknown>;
}

export const GPU_PROBES: Omit<GpuProbes, "tryOut"> = {
  platform: process.platform,
  cards: nvidiaCards,
  driver: () => new CudaDriver(),
  libraries: reportGpuLibraries,
};

/** Never throws for what is missing: that is what it tells. */
export async function diagnoseGpu(folders: GpuFolders, probes: GpuProbes): Promise<GpuDiagnosis> {
  const componentFolder = folders.component;
  if (!isCudaPlatform(probes.platform)) {
    const problem = toErrorData(new TachieError("engine.unsupported", `there is no CUDA for ${probes.platform}`));
    return { state: "absent", devices: [], libraries: [], componentFolder, problem };
  }
  const found = probes.libraries(folders);
  const cards = probes.cards();
  const known = {
    ...(cards === undefined ? {} : { cards }),
    libraries: found.map(describeLibrary),
    componentFolder,
  };
  const driver = await attempt(() => readDriver(probes.driver()));
  if ("problem" in driver) {
    const state = (cards ?? []).length > 0 ? "unusable" : "absent";
    return { state, devices: [], ...known, problem: toErrorData(driver.problem) };
  }
  const missing = missingLibraries(found);
  const opened = missing.length > 0 ? { problem: missingLibrariesError(missing) } : await attempt(probes.tryOut);
  return {
    ...("problem" in opened ? { state: "unusable", problem: toErrorData(opened.problem) } : { state: "ready" }),
    ...known,
    ...driver.value,
  };
}

async function readDriver(
  driver: ReturnType<GpuProbes["driver"]>,
): Promise<Pick<GpuDiagnosis, "devices" | "driverCuda">> {
  const devices: GpuDevice[] = [];
  // From the last to the first, whose context stays current then: the engine may be working with it.
  for (const device of driver.devices().reverse()) {
    const memory = await attempt(() => {
      driver.useDevice(device.deviceId);
      try {
        return driver.memoryInfo();
      } finally {
        driver.releaseDevice(device.deviceId);
      }
    });
    devices.unshift({
      ...device,
      ...("problem" in memory ? {} : { freeMemoryBytes: memory.value.freeBytes }),
      attention: attentionChoice(device.computeCapability),
    });
  }
  if (devices.length === 0) throw new TachieError("engine.unsupported", "the NVIDIA driver finds no GPU");
  return { devices, driverCuda: driver.version() };
}

type Attempt<T> = { readonly value: T } | { readonly problem: TachieError };

/** What cannot be done on this machine is a finding; anything else thrown is a bug. */
async function attempt<T>(action: () => T | Promise<T>): Promise<Attempt<T>> {
  try {
    return { value: await action() };
  } catch (error) {
    if (isTachieError(error)) return { problem: error };
    throw error;
  }
}

function describeLibrary({ foundAt, ...library }: LibraryReport): LibraryDiagnosis {
  return foundAt === undefined ? library : { ...library, foundAt };
}
