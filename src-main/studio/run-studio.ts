/**
 * @file The studio process. Its one port to whoever started it carries a channel for the engine, which the owner serves, and
 * one for each client, on which the studio is served; see `process/mux-port.ts`. Commands hand their jobs over by socket.
 *
 * It lives for its owner alone. When the owner is gone the running job waits again, handed-over jobs go back to those who
 * asked for them, and the library is closed.
 */

import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { HEARTBEAT_MS } from "../contract/engine.ts";
import { TachieError, isTachieError } from "../contract/errors.ts";
import type { StudioService } from "../contract/studio.ts";
import type { Port, Served } from "../contract/wire.ts";
import { endWithOwner, parentPort } from "../process/fork-port.ts";
import { STUDIO_CHANNELS, muxPort } from "../process/mux-port.ts";
import { createEngineChannel } from "./engine-door.ts";
import type { EngineDoor } from "./engine-door.ts";
import { hostHandOver } from "./hand-over.ts";
import type { HandOverHost } from "./hand-over.ts";
import { defaultLibraryFolder, modelPlaces } from "./places.ts";
import { serveStudio } from "./serve-studio.ts";
import { createStudio } from "./studio.ts";
import type { Studio } from "./studio.ts";

/** A command that is making pictures holds the library; one that has just ended lets it go at once. */
const LOCK_WAIT_MS = 20_000;
const LOCK_POLL_MS = 100;

/**
 * Serves the owner that started this process until it goes away. What keeps it from starting is written to standard error,
 * and the process ends with 1.
 * @throws engine.start-failed in a process that nobody started
 */
export async function runStudio(): Promise<void> {
  const port = parentPort();
  let studio: Studio | undefined;
  let host: HandOverHost | undefined;
  // Before the channels close, since a job must be known to be put back when the loss of its engine reaches it.
  port.onClose(() => {
    void studio?.stop();
    void host?.close();
  });
  const mux = muxPort(port);
  endWithOwner(port, async () => {
    await studio?.stop();
    await host?.close();
    studio?.close();
  });
  try {
    const { library } = readArguments();
    const engine = createEngineChannel();
    studio = await openStudio(library, engine);
    host = await hostHandOver(library, studio.handlers);
    serveChannels(mux, studio, (channel) => engine.attach(channel));
  } catch (error) {
    console.error(isTachieError(error) ? `${error.message}\n${error.remedy}` : error);
    studio?.close();
    process.exit(1);
  }
}

function readArguments(): { readonly library: string } {
  try {
    const { values } = parseArgs({ options: { library: { type: "string" } } });
    return { library: values.library ?? defaultLibraryFolder() };
  } catch (cause) {
    throw new TachieError("usage.invalid", (cause as Error).message, {
      remedy: "The only argument is --library DIR.",
      cause,
    });
  }
}

function tellDamage(finding: string): void {
  console.error(`the library is damaged and is being repaired: ${finding}`);
}

/** @throws library.locked where another process keeps the library for long; library.*, file.unwritable, disk.full */
async function openStudio(libraryFolder: string, engine: EngineDoor): Promise<Studio> {
  for (let waitedMs = 0; ; waitedMs += LOCK_POLL_MS)
    try {
      return createStudio({ libraryFolder, engine, places: modelPlaces(), onDamage: tellDamage });
    } catch (error) {
      if (!isTachieError(error, "library.locked") || waitedMs >= LOCK_WAIT_MS) throw error;
      await delay(LOCK_POLL_MS);
    }
}

function serveChannels(mux: ReturnType<typeof muxPort>, studio: Studio, attachEngine: (channel: Port) => void): void {
  const clients = new Set<Served<StudioService>>();
  mux.onOpen((name, channel) => {
    if (name === STUDIO_CHANNELS.engine) attachEngine(channel);
    else if (name.startsWith(STUDIO_CHANNELS.clientPrefix)) {
      const served = serveStudio(studio, channel);
      clients.add(served);
      channel.onClose(() => clients.delete(served));
    } else channel.close();
  });
  setInterval(() => {
    for (const client of clients) client.heartbeat();
  }, HEARTBEAT_MS);
}
