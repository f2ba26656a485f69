/**
 * @file Sessions whose inputs and outputs stay where the device computes, so that nothing is copied between runs.
 *
 * A `DeviceMemory` is injected, so that the same code serves CUDA and, with ordinary memory, the CPU (where it is tested).
 */

import type { ElementType } from "../graph/onnx-types.ts";
import type { GraphModel } from "../graph/onnx.ts";
import type { InferenceRuntime, InferenceSession, SessionOptions, TensorSlot } from "./session.ts";

/** Memory of one device. All addresses are its own; copies and kernels follow each other on `stream`. */
export interface DeviceMemory {
  readonly kind: "cpu" | "cuda";
  /** Of the device among those of its kind. */
  readonly deviceId: number;
  /** The stream that sessions, copies and kernels share; 0 on the CPU. */
  readonly stream: bigint;
  /** @throws engine.out-of-memory saying how much was wanted and how much is free */
  allocate(sizeBytes: number): bigint;
  free(address: bigint): void;
  /** Copies to the device. `data` may change once this returns. */
  upload(address: bigint, data: Uint8Array): void;
  /** Copies from the device, after everything on the stream before it. */
  download(data: Uint8Array, address: bigint): void;
  /** Waits for everything on the stream. */
  synchronise(): void;
}

/** A tensor in device memory that somebody else allocated. */
export interface DeviceTensor {
  readonly type: ElementType;
  readonly dims: readonly number[];
  readonly address: bigint;
}

/** Inputs and outputs tied to a session once, to be run any number of times. The addresses must stay allocated. */
export interface BoundRun {
  /**
   * Puts the work on the stream. Blocks the thread at most until it is done.
   * @throws engine.out-of-memory, engine.run-failed
   */
  run(): void;
  release(): void;
}

export interface BindOptions {
  /**
   * Under graph capture: the number, from 1, of the graph that this binding captures on its first run and replays later.
   * Absent: no capture.
   */
  readonly graphId?: number;
  /**
   * Whether `run` returns only when the device is done, which is the default. Otherwise it may return as soon as the work
   * is on the stream: then every kernel of the graph must run on the device.
   */
  readonly wait?: boolean;
}

/** Records what is put on a stream, to be put there again at once. */
export interface GraphCapture {
  /**
   * Records instead of computing. `work` must neither allocate device memory nor wait for the device.
   * @throws engine.run-failed when it did
   */
  capture(work: () => void): CapturedGraph;
}

export interface CapturedGraph {
  /** Puts the recorded work on the stream. The memory that it uses must still be as it was. */
  launch(): void;
  release(): void;
}

export interface DeviceSession extends InferenceSession {
  readonly inputs: readonly TensorSlot[];
  readonly outputs: readonly TensorSlot[];
  /** @throws internal.bug for tensors that do not fit the graph's inputs and outputs */
  bind(
    inputs: Readonly<Record<string, DeviceTensor>>,
    outputs: Readonly<Record<string, DeviceTensor>>,
    options?: BindOptions,
  ): BoundRun;
}

/** Which kernel may compute attention; `default` is the runtime's own choice for the GPU. */
export type AttentionKernel = "default" | "math" | "flash" | "cudnn";

export interface DeviceSessionOptions extends SessionOptions {
  /** Prepare the session for CUDA graphs; see `BindOptions`. */
  readonly graphCapture?: boolean;
  readonly attention?: AttentionKernel;
  /** Let float32 products use 19-bit TF32 factors. */
  readonly tf32?: boolean;
  /** How the runtime's arena grows: by doubling, or by what is asked for, which fragments less. */
  readonly arena?: "doubling" | "as-requested";
  /** Most device memory of the session beside its weights, bytes. */
  readonly memoryLimitBytes?: number;
  /** Give back after every run what the arena has grown to: runs begin slower, and no graph may be captured. */
  readonly arenaShrinks?: boolean;
  /** Let cuDNN's convolutions take as much scratch memory as their fastest kernels want, which is the default. */
  readonly largeWorkspaces?: boolean;
  /** How cuDNN's kernel for a convolution is chosen: by trying all, by rule (the default), or always the same. */
  readonly convolutionSearch?: "exhaustive" | "heuristic" | "default";
  /** Refuse a graph with nodes that the device cannot compute, instead of computing them on the host. */
  readonly refuseHostNodes?: boolean;
}

export interface DeviceRuntime extends InferenceRuntime {
  readonly memory: DeviceMemory;
  createSession(model: GraphModel, options: DeviceSessionOptions): Promise<DeviceSession>;
}
