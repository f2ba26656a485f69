/** @file Networks on the host: everything is loaded at once and stays. */

import type { InferenceRuntime, InferenceSession } from "../ort/session.ts";
import { hostDecoder } from "./host-decoder.ts";
import { hostDenoiser } from "./host-denoiser.ts";
import type { HostPrompt } from "./host-denoiser.ts";
import type { NetworkHome } from "./network-home.ts";
import type { LoadOptions } from "./network-options.ts";
import { throwIfCancelled } from "./solvers.ts";
import { inStage } from "./stage.ts";
import { inferenceThreads } from "./threads.ts";

export function hostHome(
  runtime: InferenceRuntime,
  { toggles, signal, profile }: LoadOptions,
): NetworkHome<InferenceSession, Float32Array, HostPrompt> {
  const sessions: InferenceSession[] = [];
  return {
    variant: () => ({}),
    async open(_kind, name, graph) {
      throwIfCancelled(signal);
      const session = await inStage(`load, ${name}`, () =>
        runtime.createSession(graph, {
          graphOptimisation: toggles.graph_optimisation === "on",
          mappedWeights: toggles.mapped_weights === "on",
          threads: inferenceThreads(),
          ...(profile === undefined ? {} : { profile: profile.pathFor(name) }),
        }),
      );
      sessions.push(session);
      return session;
    },
    text: (open) => open(),
    async denoiser({ sessions: open, ...rest }) {
      const { prompt, step } = await open();
      return hostDenoiser({ promptSession: prompt, stepSession: step, ...rest });
    },
    decoder: async ({ session: open, ...rest }) => hostDecoder({ session: await open(), ...rest }),
    load: () => Promise.resolve(),
    async release() {
      await Promise.all(sessions.map((session) => session.release()));
    },
  };
}
