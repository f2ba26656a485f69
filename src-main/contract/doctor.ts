/** @file What `tachie doctor` tells: of the machine, of what computing on its GPU takes, and of what belongs to the studio. */

import type { ErrorData } from "./errors.ts";
import type { InstalledModel } from "./models.ts";

/** A library that computing on a GPU takes. */
export interface LibraryDiagnosis {
  /** As a person knows it, such as `cuDNN 9`. */
  readonly name: string;
  /** Name of the file. */
  readonly wanted: string;
  /** Where it comes from. */
  readonly source: "provider" | "driver" | "cuda" | "cudnn";
  readonly isRequired: boolean;
  /** Absolute path; absent where it was not found. */
  readonly foundAt?: string;
  /** Folders, in the order in which they were looked into. */
  readonly searched: readonly string[];
  /** Where to get it, in a sentence. */
  readonly remedy: string;
}

/** Kernels that compute attention, from the plainest on. */
export const ATTENTION_KERNELS = ["math", "efficient", "flash", "cudnn"] as const;
export type AttentionKernelName = (typeof ATTENTION_KERNELS)[number];

export interface GpuDevice {
  readonly deviceId: number;
  readonly name: string;
  /** Such as [9, 0]. */
  readonly computeCapability: readonly [major: number, minor: number];
  readonly multiprocessors: number;
  readonly memoryBytes: number;
  /** Now; absent where the driver does not tell, as for a GPU that another process has for itself. */
  readonly freeMemoryBytes?: number;
  /** The kernel that ONNX Runtime chooses for attention by its own rules, by the type that is computed in. */
  readonly attention: { readonly bf16: AttentionKernelName; readonly fp32: AttentionKernelName };
}

/**
 * `ready`: pictures can be made on it. `unusable`: there is one, and something is missing. `absent`: there is none, or the
 * system has no CUDA.
 */
export type GpuState = "ready" | "unusable" | "absent";

export interface GpuDiagnosis {
  readonly state: GpuState;
  readonly devices: readonly GpuDevice[];
  /** NVIDIA's graphics cards that the system lists, driver or not, by their PCI address; absent where it lists none to us. */
  readonly cards?: readonly string[];
  /** Newest version of CUDA that the driver serves, such as [13, 0]. */
  readonly driverCuda?: readonly [major: number, minor: number];
  /** Empty on a system for which there is no CUDA. */
  readonly libraries: readonly LibraryDiagnosis[];
  /** Where the fetched provider lies, or would. */
  readonly componentFolder: string;
  /** What keeps it from being used; absent where it is ready. */
  readonly problem?: ErrorData;
}

export interface CpuDiagnosis {
  readonly name: string;
  /** Of the machine, and those that this process may use at once. */
  readonly cores: number;
  readonly usableCores: number;
  readonly memoryBytes: number;
  readonly freeMemoryBytes: number;
}

/** What the engine knows of the machine that it runs on. */
export interface EngineDiagnosis {
  readonly cpu: CpuDiagnosis;
  /** ONNX Runtime for the CPU, name and version; absent where it cannot be loaded. */
  readonly runtime?: string;
  readonly runtimeProblem?: ErrorData;
  readonly gpu: GpuDiagnosis;
}

/** A folder that things are written to. */
export interface FolderDiagnosis {
  /** Absolute; it may not exist yet. */
  readonly folder: string;
  readonly exists: boolean;
  /** Bytes that may still be written to its disk. */
  readonly freeBytes?: number;
  /** Why nothing can be written. */
  readonly problem?: ErrorData;
}

/** The object that `tachie doctor --json` prints. */
export interface DoctorReport {
  readonly versions: {
    readonly tachie: string;
    readonly node: string;
    /** Of the operating system: its name, its own version, the processor's kind. */
    readonly system: string;
  };
  /** Absent where the engine does not start. */
  readonly engine?: EngineDiagnosis;
  readonly engineProblem?: ErrorData;
  readonly library: FolderDiagnosis;
  readonly data: FolderDiagnosis;
  readonly models: readonly InstalledModel[];
  readonly canMakePictures: boolean;
  /** On which a picture is made when nothing is chosen; absent where none can be. */
  readonly provider?: "cpu" | "cuda";
  /** Everything that is wrong, the worst first; a GPU that is not there is nothing wrong. */
  readonly problems: readonly ErrorData[];
}
