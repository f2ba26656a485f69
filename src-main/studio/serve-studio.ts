/** @file The studio for one client: answers its calls and passes every event on to it until it goes. */

import type { StudioService } from "../contract/studio.ts";
import type { Port, Served } from "../contract/wire.ts";
import { serve } from "../contract/wire.ts";
import type { Studio } from "./studio.ts";

export function serveStudio(studio: Pick<Studio, "handlers" | "onEvent">, port: Port): Served<StudioService> {
  const served = serve<StudioService>(port, "studio", process.pid, studio.handlers);
  port.onClose(studio.onEvent((name, payload) => served.emit(name, payload)));
  return served;
}
