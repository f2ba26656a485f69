/**
 * @file The libraries that computing on an NVIDIA GPU takes, what each is for, and where a person gets it.
 *
 * Which ones: what the CUDA provider of ONNX Runtime 1.29 for CUDA 13 is linked to or opens by name, and NVRTC, which
 * compiles our own kernels.
 */

export type Source = "provider" | "driver" | "cuda" | "cudnn";

export interface WantedLibrary {
  /** As a person knows it. */
  readonly name: string;
  /** Of the file; one of the same name and another version does not serve. */
  readonly file: string;
  readonly source: Source;
  /** Without it the GPU cannot be used at all. */
  readonly isRequired: boolean;
}

export const PROVIDER_FILES = {
  win32: ["onnxruntime_providers_shared.dll", "onnxruntime_providers_cuda.dll"],
  linux: ["libonnxruntime_providers_shared.so", "libonnxruntime_providers_cuda.so"],
} as const;

export type CudaPlatform = keyof typeof PROVIDER_FILES;

export function isCudaPlatform(platform: NodeJS.Platform): platform is CudaPlatform {
  return platform in PROVIDER_FILES;
}

/** In an order in which each finds the ones that it is linked to already loaded. */
export function wantedLibraries(platform: CudaPlatform): readonly WantedLibrary[] {
  const file = (linux: string, windows: string): string => (platform === "win32" ? windows : linux);
  const [shared, cuda] = PROVIDER_FILES[platform];
  const required = { isRequired: true } as const;
  return [
    { name: "NVIDIA driver", file: file("libcuda.so.1", "nvcuda.dll"), source: "driver", ...required },
    { name: "CUDA 13 runtime", file: file("libcudart.so.13", "cudart64_13.dll"), source: "cuda", ...required },
    { name: "cuBLASLt 13", file: file("libcublasLt.so.13", "cublasLt64_13.dll"), source: "cuda", ...required },
    { name: "cuBLAS 13", file: file("libcublas.so.13", "cublas64_13.dll"), source: "cuda", ...required },
    { name: "cuRAND 10", file: file("libcurand.so.10", "curand64_10.dll"), source: "cuda", ...required },
    { name: "NVRTC 13", file: file("libnvrtc.so.13", "nvrtc64_130_0.dll"), source: "cuda", ...required },
    // Only Fourier transforms need it, and none of our networks has one.
    { name: "cuFFT 12", file: file("libcufft.so.12", "cufft64_12.dll"), source: "cuda", isRequired: false },
    { name: "cuDNN 9", file: file("libcudnn.so.9", "cudnn64_9.dll"), source: "cudnn", ...required },
    { name: "ONNX Runtime's provider interface", file: shared, source: "provider", ...required },
    { name: "ONNX Runtime's CUDA provider", file: cuda, source: "provider", ...required },
  ];
}

const REMEDIES: Readonly<Record<CudaPlatform, Readonly<Record<Source, string>>>> = {
  linux: {
    provider: "`tachie doctor --fix` fetches it.",
    driver: "Install NVIDIA's driver, version 580 or newer, from your distribution.",
    cuda: "Install CUDA 13 from NVIDIA's package repository: `cuda-libraries-13-0` and `cuda-nvrtc-13-0` are enough.",
    cudnn: "Install cuDNN 9 for CUDA 13 from NVIDIA's package repository: `cudnn9-cuda-13`.",
  },
  win32: {
    provider: "`tachie doctor --fix` fetches it.",
    driver: "Install NVIDIA's driver, version 580 or newer, from nvidia.com.",
    cuda: "Install the CUDA 13 toolkit from NVIDIA: its run-time libraries and NVRTC are enough.",
    cudnn: "Install cuDNN 9 for CUDA 13 from NVIDIA.",
  },
};

export function remedyFor(platform: CudaPlatform, source: Source): string {
  return REMEDIES[platform][source];
}
