/** @file What the driver's status codes mean to us: one door from a number to a typed error. */

import { TachieError } from "../contract/errors.ts";
import type { ErrorCode } from "../contract/errors.ts";

/** Statuses of `CUresult` that we tell apart. */
export const CUDA_STATUS = {
  success: 0,
  outOfMemory: 2,
  stubLibrary: 34,
  noDevice: 100,
  invalidDevice: 101,
  noBinaryForGpu: 209,
  systemDriverMismatch: 803,
  compatNotSupported: 804,
} as const;

/**
 * After one of these every further call in the process fails in the same way: uncorrectable memory faults (214, 220),
 * faults of a kernel (700, 702, 710, 714 to 719, 721), a device or context that is gone (4, 46, 709), and whatever the
 * driver has no name for (999).
 */
const STICKY = new Set([4, 46, 214, 220, 700, 702, 709, 710, 714, 715, 716, 717, 718, 719, 721, 999]);

/** Whether the process must end before the GPU can be used again. */
export function isSticky(status: number): boolean {
  return STICKY.has(status);
}

const CODES = new Map<number, ErrorCode>([
  [CUDA_STATUS.outOfMemory, "engine.out-of-memory"],
  [CUDA_STATUS.stubLibrary, "engine.unsupported"],
  [CUDA_STATUS.noDevice, "engine.unsupported"],
  [CUDA_STATUS.invalidDevice, "engine.unsupported"],
  [CUDA_STATUS.noBinaryForGpu, "engine.unsupported"],
  [CUDA_STATUS.systemDriverMismatch, "engine.unsupported"],
  [CUDA_STATUS.compatNotSupported, "engine.unsupported"],
]);

const REMEDIES_BY_STATUS = new Map<number, string>([
  [
    CUDA_STATUS.stubLibrary,
    "Take the toolkit's stub folder out of the library path, so that the driver's own library is found.",
  ],
  [CUDA_STATUS.noDevice, "Use --provider cpu, or check that the system sees an NVIDIA GPU: `nvidia-smi` lists them."],
  [CUDA_STATUS.invalidDevice, "Choose a GPU that `nvidia-smi` lists, counting from 0."],
  [CUDA_STATUS.systemDriverMismatch, "Restart the computer: the driver was updated while it was running."],
  [CUDA_STATUS.compatNotSupported, "Update the graphics driver."],
]);

/** @param action what was tried, as in "cannot …" */
export function statusError(status: number, action: string, name: string, text: string): TachieError {
  const code = CODES.get(status) ?? (isSticky(status) ? "engine.device-lost" : "engine.run-failed");
  const remedy = REMEDIES_BY_STATUS.get(status);
  const lost = code === "engine.device-lost" ? "; this process can no longer use the GPU" : "";
  const described = name === "" ? `status ${status}` : `${name}, ${text}`;
  return new TachieError(code, `the GPU's driver cannot ${action} (${described})${lost}`, {
    ...(remedy === undefined ? {} : { remedy }),
  });
}

const UNITS = ["bytes", "KiB", "MiB", "GiB"] as const;

/** Such as `1.5 GiB`. */
export function formatBytes(sizeBytes: number): string {
  const power = Math.min(Math.floor(Math.log2(Math.max(sizeBytes, 1)) / 10), UNITS.length - 1);
  const value = sizeBytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power] ?? ""}`;
}
