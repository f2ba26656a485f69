/** @file The engine's methods as its main thread answers them: check, wait for the turn, pass to the inference thread. */

import type { EngineService } from "../contract/engine.ts";
import { PROVIDER_CHOICES } from "../contract/generation.ts";
import { requireOneOf } from "../contract/sampling.ts";
import { TOGGLES } from "../contract/toggles.ts";
import type { Handlers } from "../contract/wire.ts";
import type { InferenceThread } from "./inference-thread.ts";
import { checkBench } from "./bench/bench-check.ts";
import { checkCalibrate } from "./step-cache-check.ts";
import { checkJob, checkMeasure, checkModelPath, requireRecord, requireText } from "./job-check.ts";
import { peakMemoryBytes } from "./memory.ts";
import { createCancelBuffer, setCancelled } from "./shared-cancel.ts";
import type { CancelBuffer } from "./shared-cancel.ts";
import { createTurns } from "./turns.ts";

export function createEngineHandlers(inference: InferenceThread): Handlers<EngineService> {
  const { client } = inference;
  const turns = createTurns();
  const startedAt = performance.now();

  /** Takes a turn for work that can be cancelled while it runs. */
  function cancellable<T>(signal: AbortSignal, work: (cancel: CancelBuffer) => Promise<T>): Promise<T> {
    return turns.take(signal, async () => {
      const cancel = createCancelBuffer();
      const onAbort = (): void => setCancelled(cancel);
      signal.addEventListener("abort", onAbort);
      try {
        return await work(cancel);
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    });
  }

  return {
    async health() {
      const runtime = await inference.runtime;
      const { loadedModel } = inference;
      return {
        pid: process.pid,
        provider: runtime.provider,
        runtime: runtime.version,
        uptimeMs: performance.now() - startedAt,
        memoryBytes: process.memoryUsage.rss(),
        peakMemoryBytes: peakMemoryBytes(),
        ...(loadedModel === undefined ? {} : { loadedModel }),
      };
    },
    describe(params, { signal }) {
      const model = checkModelPath(requireRecord("the parameters", params)["model"]);
      return turns.take(signal, () => client.describe({ model }));
    },
    warm(params, { signal }) {
      const { model, job } = requireRecord("the parameters", params);
      const checked = { model: checkModelPath(model), ...(job === undefined ? {} : { job: checkJob(job) }) };
      return cancellable(signal, (cancel) => client.warm({ ...checked, cancel }));
    },
    generate(params, { signal, progress }) {
      const job = checkJob(params);
      return cancellable(signal, (cancel) => client.generate({ job, cancel }, { onProgress: progress }));
    },
    measure(params, { signal }) {
      const checked = checkMeasure(params);
      return turns.take(signal, () => client.measure(checked));
    },
    parity(params, { signal }) {
      const { file, tokenizer, provider, precision } = requireRecord("the parameters", params);
      const checked = {
        file: requireText("file", file),
        ...(provider === undefined ? {} : { provider: requireOneOf("provider", provider, PROVIDER_CHOICES) }),
        ...(precision === undefined
          ? {}
          : { precision: requireOneOf("precision", precision, TOGGLES.precision.values) }),
        ...(tokenizer === undefined ? {} : { tokenizer: requireText("tokenizer", tokenizer) }),
      };
      return turns.take(signal, () => client.parity(checked));
    },
    doctor(params, { signal }) {
      requireRecord("the parameters", params);
      return turns.take(signal, () => client.doctor({}));
    },
    calibrate(params, { signal }) {
      const checked = checkCalibrate(params);
      return cancellable(signal, (cancel) => client.calibrate({ ...checked, cancel }));
    },
    bench(params, { signal, progress }) {
      const checked = checkBench(params);
      return cancellable(signal, (cancel) => client.bench({ ...checked, cancel }, { onProgress: progress }));
    },
  };
}
