/** @file Networks on the host: everything is loaded at once and stays. */

import type { Toggles } from "../contract/toggles.ts";
import type { NetworkVariant } from "../graph/network-variant.ts";
import type { InferenceRuntime, InferenceSession } from "../ort/session.ts";
import { hostDecoder } from "./host-decoder.ts";
import { hostDenoiser } from "./host-denoiser.ts";
import type { HostPrompt } from "./host-denoiser.ts";
import type { NetworkHome } from "./network-home.ts";
import type { LoadOptions } from "./network-options.ts";
import { throwIfCancelled } from "./solvers.ts";
import { inStage } from "./stage.ts";
import { tiledDecoder } from "./tiled-decoder.ts";
import { inferenceThreads } from "./threads.ts";

export function hostHome(
  runtime: InferenceRuntime,
  { toggles, signal, profile }: LoadOptions,
): NetworkHome<InferenceSession, Float32Array, HostPrompt> {
  const sessions: InferenceSession[] = [];
  return {
    variant: () => hostVariant(toggles),
    async open(_kind, name, graph) {
      throwIfCancelled(signal);
      const session = await inStage(`load, ${name}`, () =>
        runtime.createSession(graph, {
          graphOptimisation: toggles.optimise === "on",
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
    async decoder({ session: open, ...rest }) {
      const decoder = hostDecoder({ session: await open(), ...rest });
      return toggles.vae_tiling === "on" ? tiledDecoder(decoder) : decoder;
    },
    load: () => Promise.resolve(),
    async release() {
      await Promise.all(sessions.map((session) => session.release()));
    },
  };
}

/** The form of the graphs that toggles ask for. What only a GPU has is not among the toggles that come here. */
function hostVariant({ fused, attention }: Toggles): Partial<NetworkVariant> {
  return {
    operators: fused === "off" ? "plain" : "fused",
    attention: attention === "plain" ? "plain" : "fused",
  };
}
