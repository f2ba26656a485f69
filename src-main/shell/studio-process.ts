/**
 * @file Starts and supervises the studio. Its one channel carries several connections: the engine, which the shell serves
 * to it; the shell's own client, whose heartbeats the supervisor watches; and one for every connection of a page.
 */

import { setTimeout as delay } from "node:timers/promises";
import { TachieError } from "../contract/errors.ts";
import type { StudioService } from "../contract/studio.ts";
import { STUDIO_METHODS } from "../contract/studio.ts";
import type { Port } from "../contract/wire.ts";
import type { Launcher } from "../process/launcher.ts";
import { forkLauncher } from "../process/launcher.ts";
import { STUDIO_CHANNELS, muxPort } from "../process/mux-port.ts";
import type { MuxPort } from "../process/mux-port.ts";
import { siblingModule } from "../process/sibling-module.ts";
import type { Supervisor } from "../process/supervisor.ts";
import { supervise } from "../process/supervisor.ts";
import { utilityLauncher } from "./utility-launcher.ts";

export interface StudioProcessOptions {
  readonly libraryFolder: string;
  /** Starts it with the Node that TACHIE_NODE names, as a process of its own, rather than with Electron's. */
  readonly isForked: boolean;
  /** Serves the engine on the channel of a studio that has just been started. */
  readonly serveEngine: (port: Port) => void;
  readonly onLog: (line: string) => void;
}

export interface StudioProcess {
  readonly supervisor: Supervisor<StudioService>;
  /**
   * A connection of its own for a page; the studio is started where none runs.
   * @throws studio.start-failed, studio.lost, wire.version
   */
  openClient(): Promise<PageChannel>;
  /** Where a picture's file lies, or a small one's of it. @throws studio.lost, and what the studio says */
  findPicture(kind: "image" | "thumbnail", id: string): Promise<string | undefined>;
}

export interface PageChannel {
  readonly port: Port;
  /** Why the port has closed; settles soon after it has. */
  readonly whyLost: () => Promise<TachieError>;
}

/** Time for the jobs to stop between two steps and for the library to be closed; see `SupervisorLimits.endMs`. */
const DRAIN_MS = 5000;
/** A damaged library is repaired before the studio answers, and a large one is read from its pictures for that. */
const OPENING_MS = 30 * 60_000;
/** From the end of its channel to the news of why it ended; without any the studio itself has closed the channel. */
const REASON_MS = 3000;

export function superviseStudio(options: StudioProcessOptions): StudioProcess {
  const start = options.isForked ? forkLauncher : utilityLauncher;
  let mux: MuxPort | undefined;
  let ended = Promise.resolve("");
  let clients = 0;
  let tellEnd: (message: string) => void = () => undefined;
  const launcher: Launcher = (program) => {
    const launched = start(program);
    const opened = muxPort(launched.port);
    mux = opened;
    ended = new Promise((resolve) => (tellEnd = resolve));
    options.serveEngine(opened.open(STUDIO_CHANNELS.engine));
    const own = opened.open(`${STUDIO_CHANNELS.clientPrefix}shell`);
    return {
      get pid() {
        return launched.pid;
      },
      // To close it is to end the studio, so that closes the channel below.
      port: { ...own, close: () => launched.port.close() },
      onLine: (listener) => launched.onLine(listener),
      onExit: (listener) => launched.onExit(listener),
      kill: (signal) => launched.kill(signal),
    };
  };
  const supervisor = supervise<StudioService>({
    title: "the studio process",
    service: "studio",
    methods: STUDIO_METHODS,
    start: {
      program: siblingModule(import.meta.url, "../studio/main"),
      arguments: ["--library", options.libraryFolder],
    },
    launcher,
    limits: { endMs: DRAIN_MS, handshakeMs: OPENING_MS },
    codes: { startFailed: "studio.start-failed", lost: "studio.lost" },
    onLog: options.onLog,
  });
  supervisor.on("exited", ({ message }) => tellEnd(message));
  return {
    supervisor,
    async openClient() {
      await supervisor.connection();
      // The supervisor's connection is that of the latest launch, as are the channel and the end.
      const port = (mux as MuxPort).open(`${STUDIO_CHANNELS.clientPrefix}page-${++clients}`);
      const end = ended;
      return {
        port,
        async whyLost() {
          const message = await Promise.race([end, delay(REASON_MS, "the studio process has closed the connection")]);
          return new TachieError("studio.lost", message);
        },
      };
    },
    async findPicture(kind, id) {
      const { client } = await supervisor.connection();
      return (await (kind === "image" ? client.imageFile({ id }) : client.thumbnailFile({ id }))).file;
    },
  };
}
