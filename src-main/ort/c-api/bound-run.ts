/**
 * @file Inputs and outputs in device memory, tied to a session.
 */

import { TachieError } from "../../contract/errors.ts";
import type { BindOptions, BoundRun, DeviceMemory, DeviceTensor } from "../device.ts";
import type { OrtApi } from "./api.ts";
import type { OperatorRegistry } from "./custom-operators.ts";
import { owning, received } from "./handles.ts";
import type { Handles } from "./handles.ts";
import { deviceValue } from "./values.ts";

type DeviceTensors = Readonly<Record<string, DeviceTensor>>;

/** What bindings need of their session. */
export interface BindingSession {
  readonly api: OrtApi;
  readonly operators: OperatorRegistry;
  readonly session: bigint;
  /** Of the device. */
  readonly memoryInfo: bigint;
  readonly graphCapture: boolean;
  readonly memory: DeviceMemory;
  /** The arenas to give back after each run, in the library's words; undefined for none. */
  readonly shrunkArenas: string | undefined;
}

/** Under graph capture: this run neither captures nor replays. */
export const NO_GRAPH = -1;

export class NativeBoundRun implements BoundRun {
  readonly #of: BindingSession;
  readonly #handles: Handles;
  readonly #binding: bigint;
  readonly #runOptions: bigint;
  readonly #onRelease: (run: NativeBoundRun) => void;
  readonly #graphId: number | undefined;
  readonly #waits: boolean;
  #isReleased = false;

  constructor(
    of: BindingSession,
    inputs: DeviceTensors,
    outputs: DeviceTensors,
    { graphId, wait = true }: BindOptions,
    onRelease: (run: NativeBoundRun) => void,
  ) {
    const { api, session, memoryInfo, graphCapture, shrunkArenas } = of;
    if (graphId !== undefined && (!graphCapture || !Number.isInteger(graphId) || graphId < 1))
      throw new TachieError(
        "internal.bug",
        `graph ${graphId}: the session must be made with graph capture, and graphs are counted from 1`,
      );
    this.#of = of;
    this.#onRelease = onRelease;
    this.#graphId = graphId;
    this.#waits = wait;
    [this.#handles, this.#binding, this.#runOptions] = owning((handles) => {
      const binding = handles.own(
        received((out) => api.CreateIoBinding(session, out)),
        api.ReleaseIoBinding,
      );
      for (const [name, tensor] of Object.entries(inputs))
        api.BindInput(binding, name, deviceValue(api, handles, memoryInfo, tensor));
      for (const [name, tensor] of Object.entries(outputs))
        api.BindOutput(binding, name, deviceValue(api, handles, memoryInfo, tensor));
      const captured = graphCapture ? (graphId ?? NO_GRAPH) : undefined;
      const runOptions = runOptionsFor(api, handles, { graphId: captured, wait, shrunkArenas });
      return [handles, binding, runOptions] as const;
    });
  }

  run(): void {
    if (this.#isReleased) throw new TachieError("internal.bug", "the binding has been released");
    const { api, operators, session } = this.#of;
    operators.guard(() => api.RunWithBinding(session, this.#runOptions, this.#binding));
  }

  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    try {
      // What the device may still be working with must not go.
      if (!this.#waits) this.#of.memory.synchronise();
      if (this.#graphId !== undefined) this.#of.api.SessionReleaseCapturedGraph(this.#of.session, this.#graphId);
    } finally {
      this.#handles.release();
      this.#onRelease(this);
    }
  }
}

export interface RunOptions {
  /** Undefined where the session does not capture graphs. */
  readonly graphId: number | undefined;
  readonly wait: boolean;
  readonly shrunkArenas: string | undefined;
}

/** Keys: onnxruntime_run_options_config_keys.h. */
export function runOptionsFor(api: OrtApi, handles: Handles, { graphId, wait, shrunkArenas }: RunOptions): bigint {
  const options = handles.own(
    received((out) => api.CreateRunOptions(out)),
    api.ReleaseRunOptions,
  );
  if (graphId !== undefined) api.AddRunConfigEntry(options, "gpu_graph_id", String(graphId));
  if (!wait) api.AddRunConfigEntry(options, "disable_synchronize_execution_providers", "1");
  if (shrunkArenas !== undefined) api.AddRunConfigEntry(options, "memory.enable_memory_arena_shrinkage", shrunkArenas);
  return options;
}
