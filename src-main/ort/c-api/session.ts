/**
 * @file The session interface on ONNX Runtime's C API: the CPU, and CUDA where its provider is.
 *
 * Every run blocks the thread that it is called on, so this belongs in a worker.
 */

import { TachieError } from "../../contract/errors.ts";
import type { GraphModel } from "../../graph/onnx.ts";
import type {
  BindOptions,
  BoundRun,
  DeviceMemory,
  DeviceSession,
  DeviceSessionOptions,
  DeviceTensor,
} from "../device.ts";
import { profileFile } from "../profile-file.ts";
import type { ProfileFile } from "../profile-file.ts";
import { checkFeeds, checkSlots } from "../session.ts";
import type { Tensors, TensorSlot } from "../session.ts";
import type { OrtApi } from "./api.ts";
import { NativeBoundRun, NO_GRAPH, runOptionsFor } from "./bound-run.ts";
import type { BindingSession } from "./bound-run.ts";
import type { OperatorRegistry } from "./custom-operators.ts";
import { borrowing, owning, received } from "./handles.ts";
import type { Handles } from "./handles.ts";
import { appendCuda, nativeOptions } from "./session-options.ts";
import { inputSlots, outputSlots, ownedText } from "./slots.ts";
import { hostValue, readHostValue } from "./values.ts";

/** What a runtime lends its sessions. */
export interface SessionContext {
  readonly api: OrtApi;
  readonly env: bigint;
  readonly memory: DeviceMemory;
  readonly memoryInfo: bigint;
  readonly operators: OperatorRegistry;
}

export class NativeSession implements DeviceSession {
  readonly inputs: readonly TensorSlot[];
  readonly outputs: readonly TensorSlot[];
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  readonly #binding: BindingSession;
  readonly #handles: Handles;
  readonly #runOptions: bigint;
  readonly #profile: ProfileFile | undefined;
  readonly #boundRuns = new Set<BoundRun>();
  readonly #onRelease: (session: NativeSession) => void;
  #isReleased = false;

  /** @throws as `DeviceRuntime.createSession` */
  constructor(
    context: SessionContext,
    model: GraphModel,
    options: DeviceSessionOptions,
    onRelease: (session: NativeSession) => void,
  ) {
    const { api, operators, memory, memoryInfo } = context;
    const graphCapture = options.graphCapture === true;
    this.#onRelease = onRelease;
    this.#profile = options.profile === undefined ? undefined : profileFile(options.profile);
    [this.#handles, this.#binding, this.#runOptions, this.inputs, this.outputs] = owning((handles) => {
      const session = createSession(context, handles, model, options, this.#profile?.prefix);
      const shrunkArenas = options.arenaShrinks === true ? arenaOf(memory) : undefined;
      const graphId = graphCapture ? NO_GRAPH : undefined;
      const runOptions = runOptionsFor(api, handles, { graphId, wait: true, shrunkArenas });
      const binding = { api, operators, session, memory, memoryInfo, graphCapture, shrunkArenas };
      return [handles, binding, runOptions, inputSlots(api, session), outputSlots(api, session)] as const;
    });
    this.inputNames = this.inputs.map(({ name }) => name);
    this.outputNames = this.outputs.map(({ name }) => name);
  }

  // eslint-disable-next-line @typescript-eslint/require-await -- the interface's promise; here every run blocks
  async run(feeds: Tensors): Promise<Tensors> {
    this.#checkOpen();
    checkFeeds(this.inputs, feeds);
    const { api, operators, session } = this.#binding;
    return borrowing((handles) => {
      const inputs = BigUint64Array.from(this.inputNames, (name) => hostValue(api, handles, feeds[name]!));
      const outputs = new BigUint64Array(this.outputNames.length);
      operators.guard(() =>
        api.Run(
          session,
          this.#runOptions,
          this.inputNames,
          inputs,
          inputs.length,
          this.outputNames,
          outputs.length,
          outputs,
        ),
      );
      for (const value of outputs) handles.own(value, api.ReleaseValue);
      return Object.fromEntries(
        this.outputNames.map((name, index) => [name, readHostValue(api, name, outputs[index]!)]),
      );
    });
  }

  bind(
    inputs: Readonly<Record<string, DeviceTensor>>,
    outputs: Readonly<Record<string, DeviceTensor>>,
    options: BindOptions = {},
  ): BoundRun {
    this.#checkOpen();
    checkSlots("input", this.inputs, inputs);
    checkSlots("output", this.outputs, outputs);
    const run = new NativeBoundRun(this.#binding, inputs, outputs, options, () => this.#boundRuns.delete(run));
    this.#boundRuns.add(run);
    return run;
  }

  release(): Promise<void> {
    return Promise.resolve().then(() => this.releaseNow());
  }

  releaseNow(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    for (const run of [...this.#boundRuns]) run.release();
    const { api, session } = this.#binding;
    if (this.#profile !== undefined)
      ownedText(api, (allocator, out) => api.SessionEndProfiling(session, allocator, out));
    this.#handles.release();
    this.#onRelease(this);
    this.#profile?.finish();
  }

  #checkOpen(): void {
    if (this.#isReleased) throw new TachieError("internal.bug", "the session has been released");
  }
}

/** The arena of a device, as the run option names it. */
function arenaOf({ kind, deviceId }: DeviceMemory): string {
  return `${kind === "cuda" ? "gpu" : "cpu"}:${deviceId}`;
}

function createSession(
  { api, env, memory, operators }: SessionContext,
  handles: Handles,
  model: GraphModel,
  options: DeviceSessionOptions,
  profilePrefix: string | undefined,
): bigint {
  return borrowing((temporary) => {
    const native = nativeOptions(api, temporary, model, options, profilePrefix, memory.kind === "cuda");
    if (operators.domain !== undefined) api.AddCustomOpDomain(native, operators.domain);
    if (memory.kind === "cuda") appendCuda(api, native, memory, options);
    const session = operators.guard(() =>
      received((out) => api.CreateSessionFromArray(env, model.bytes, model.bytes.length, native, out)),
    );
    return handles.own(session, api.ReleaseSession);
  });
}
