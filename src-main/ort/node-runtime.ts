/**
 * @file The session interface on `onnxruntime-node`: the CPU.
 *
 * The graph comes as bytes and its weights stay in the checkpoint: the runtime maps or reads them from the weights
 * folder, and nothing is written to disk. Every run blocks the thread it is called on, so this belongs in a worker.
 */

import type * as OnnxRuntime from "onnxruntime-node";
import type { InferenceSession as NativeSession, Tensor as NativeTensor } from "onnxruntime-node";
import { TachieError } from "../contract/errors.ts";
import type { GraphModel } from "../graph/onnx.ts";
import { messageOf, nativeError } from "./native-error.ts";
import { profileFile } from "./profile-file.ts";
import type { ProfileFile } from "./profile-file.ts";
import { checkFeeds } from "./session.ts";
import type { InferenceRuntime, InferenceSession, SessionOptions, Tensor, Tensors, TensorSlot } from "./session.ts";

type Library = typeof OnnxRuntime;

/** Errors come as exceptions: they are not to be printed as well. */
const LOG_FATAL_ONLY = 4;

/**
 * Loads the runtime's library.
 * @throws engine.start-failed where there is no build of it for this machine
 */
export async function createNodeRuntime(): Promise<InferenceRuntime> {
  const library = await loadLibrary();
  return {
    provider: "cpu",
    version: `onnxruntime-node ${library.env.versions.node ?? library.env.versions.common}`,
    createSession: (model, options) => createSession(library, model, options),
  };
}

async function loadLibrary(): Promise<Library> {
  try {
    return await import("onnxruntime-node");
  } catch (cause) {
    const message = `ONNX Runtime cannot be loaded on ${process.platform} ${process.arch}: ${messageOf(cause)}`;
    throw new TachieError("engine.start-failed", message, {
      remedy: "Run `npm install` again; on Linux the C++ runtime library (libstdc++6) must be installed.",
      cause,
    });
  }
}

async function createSession(library: Library, model: GraphModel, options: SessionOptions): Promise<InferenceSession> {
  const { threads } = options;
  const profile = options.profile === undefined ? undefined : profileFile(options.profile);
  const settings: NativeSession.SessionOptions = {
    executionProviders: ["cpu"],
    graphOptimizationLevel: options.graphOptimisation ? "all" : "disabled",
    logSeverityLevel: LOG_FATAL_ONLY,
    extra: {
      session: {
        model_external_initializers_file_folder_path: model.weightsFolder,
        disable_prepacking: options.mappedWeights ? "1" : "0",
      },
    },
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: profile.prefix }),
  };
  try {
    const native = await library.InferenceSession.create(model.bytes, settings);
    return new NodeSession(library, native, profile);
  } catch (error) {
    throw nativeError("the graph cannot be loaded", error);
  }
}

class NodeSession implements InferenceSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly #library: Library;
  readonly #inputs: readonly TensorSlot[];
  readonly #profile: ProfileFile | undefined;
  #native: NativeSession | undefined;
  /** Ends when the run that was asked for last has ended. */
  #lastRun: Promise<unknown> = Promise.resolve();

  constructor(library: Library, native: NativeSession, profile: ProfileFile | undefined) {
    this.#library = library;
    this.#native = native;
    this.#profile = profile;
    this.inputNames = native.inputNames;
    this.outputNames = native.outputNames;
    this.#inputs = native.inputMetadata.map((slot) =>
      slot.isTensor
        ? { name: slot.name, type: slot.type, dims: slot.shape }
        : { name: slot.name, type: "other", dims: [] },
    );
  }

  async run(feeds: Tensors): Promise<Tensors> {
    const native = this.#native;
    if (native === undefined) throw new TachieError("internal.bug", "the session has been released");
    checkFeeds(this.#inputs, feeds);
    const run = this.#runNative(native, feeds);
    // Without the last link every run's outputs would stay reachable through the chain.
    this.#lastRun = Promise.allSettled([this.#lastRun, run]).then(() => undefined);
    return await run;
  }

  async release(): Promise<void> {
    const native = this.#native;
    if (native === undefined) return;
    this.#native = undefined;
    await this.#lastRun;
    native.endProfiling();
    await native.release();
    this.#profile?.finish();
  }

  async #runNative(native: NativeSession, feeds: Tensors): Promise<Tensors> {
    const { Tensor: NativeTensor } = this.#library;
    const nativeFeeds: Record<string, NativeTensor> = {};
    for (const [name, { type, data, dims }] of Object.entries(feeds))
      nativeFeeds[name] = new NativeTensor(type, data, [...dims]);
    let outputs: NativeSession.OnnxValueMapType;
    try {
      outputs = await native.run(nativeFeeds);
    } catch (error) {
      throw nativeError("a run failed", error);
    }
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, fromNative(name, value)]));
  }
}

const TENSOR_TYPES: ReadonlySet<string> = new Set(["float32", "float64", "int64", "int32", "uint8", "bool"]);

function fromNative(name: string, value: NativeTensor): Tensor {
  const { type, dims, data } = value;
  if (!TENSOR_TYPES.has(type))
    throw new TachieError("internal.bug", `the output ${name} is of type ${type}, which is not handled`);
  return { type, dims, data } as Tensor;
}
