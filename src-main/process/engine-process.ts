/** @file Starts and supervises the engine: the one process that loads ONNX Runtime. */

import type { EngineService } from "../contract/engine.ts";
import { ENGINE_METHODS } from "../contract/engine.ts";
import type { Launcher } from "./launcher.ts";
import { siblingModule } from "./sibling-module.ts";
import type { Supervisor, SupervisorLimits } from "./supervisor.ts";
import { supervise } from "./supervisor.ts";

export type EngineSupervisor = Supervisor<EngineService>;

export interface EngineProcessOptions {
  /** Another program that speaks the engine's protocol; tests use one that fails on command. */
  readonly program?: URL;
  readonly launcher?: Launcher;
  readonly limits?: Partial<SupervisorLimits>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly onLog?: (line: string) => void;
}

/** The engine starts with the first call of `connection()`. */
export function superviseEngine(options: EngineProcessOptions = {}): EngineSupervisor {
  const { program = siblingModule(import.meta.url, "../engine/main"), environment, ...others } = options;
  return supervise<EngineService>({
    title: "the inference process",
    service: "engine",
    methods: ENGINE_METHODS,
    start: { program, ...(environment === undefined ? {} : { environment }) },
    ...others,
  });
}
