/**
 * @file The engine as the shell passes it on to the studio: every call goes to the shell's own supervised engine, which
 * is started where none runs, with its progress and its cancelling; the supervisor's view of it goes along as an event.
 */

import type { EngineMethods, EngineService, RelayedEngineService } from "../contract/engine.ts";
import { ENGINE_METHODS } from "../contract/engine.ts";
import type { HandlerContext, Handlers, Port } from "../contract/wire.ts";
import { serve } from "../contract/wire.ts";
import type { EngineSupervisor } from "../process/engine-process.ts";

type AnyCall = (
  params: unknown,
  options: { readonly signal: AbortSignal; readonly onProgress: (value: unknown) => void },
) => Promise<unknown>;

export interface EngineBridge {
  /** Serves the engine on a channel of a studio that has just been started; the one before is forgotten. */
  serveOn(port: Port): void;
}

export function createEngineBridge(engine: EngineSupervisor): EngineBridge {
  const handlers = forwarding(engine);
  let tell: (() => void) | undefined;
  engine.on("state", () => tell?.());
  return {
    serveOn(port) {
      const served = serve<RelayedEngineService>(port, "engine", process.pid, handlers);
      tell = () => served.emit("state", engine.state);
      tell();
    },
  };
}

/** Parameters are the engine's to check. */
function forwarding(engine: EngineSupervisor): Handlers<RelayedEngineService> {
  const forward =
    (name: keyof EngineMethods) =>
    async (params: unknown, { signal, progress }: HandlerContext<unknown>): Promise<unknown> => {
      const { client } = await engine.connection();
      return (client[name] as unknown as AnyCall)(params, { signal, onProgress: progress });
    };
  return {
    ...(Object.fromEntries(ENGINE_METHODS.map((name) => [name, forward(name)])) as unknown as Handlers<EngineService>),
    async startAgain() {
      await engine.startAgain();
      return {};
    },
  };
}
