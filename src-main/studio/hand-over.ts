/**
 * @file Only one process writes to a library. Whoever comes second hands its job to the first, over a local socket whose
 * address and token lie in the library folder, readable by its user alone.
 *
 * The file also tells that the writer is about to end: it takes no new jobs then, and whoever comes waits for the library.
 */

import { randomBytes } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import type { GenerateProgress, HandOverService } from "../contract/studio.ts";
import { HAND_OVER_METHODS } from "../contract/studio.ts";
import type { Connection, HandlerContext, Handlers, Port, Served } from "../contract/wire.ts";
import { connect, serve } from "../contract/wire.ts";
import { isProcessAlive } from "../process/process-alive.ts";
import type { SocketAddress } from "../process/socket-port.ts";
import { connectSocket, isOwnSocket, listenSocket } from "../process/socket-port.ts";

export const HAND_OVER_FILE = "studio.json";

interface HandOverNote {
  readonly pid: number;
  /** Absent where the writer takes no more jobs. */
  readonly address?: SocketAddress;
}

/** The writer's end. */
export interface HandOverHost {
  /** Takes no new jobs, and resolves once those that were handed over are done. */
  drain(): Promise<void>;
  /** Cuts every connection at once: the others then do their jobs themselves. The library must still be locked. */
  close(): Promise<void>;
}

/** A connection that was just accepted may not have sent its job yet. */
const QUIET_MS = 250;
const DRAIN_POLL_MS = 25;

/**
 * Offers `handlers` to other processes. To be called by the process that holds the library's lock.
 * @throws file.unwritable
 */
export async function hostHandOver(libraryFolder: string, handlers: Handlers<HandOverService>): Promise<HandOverHost> {
  const socketHandlers = withoutPreviews(handlers);
  const open = new Map<Port, { served: Served<HandOverService>; quietSince: number }>();
  const listener = await listenSocket((port) => {
    port.onClose(() => {
      open.delete(port);
    });
    open.set(port, { served: serve(port, "studio", process.pid, socketHandlers), quietSince: performance.now() });
  });
  try {
    writeNote(libraryFolder, { pid: process.pid, address: listener.address });
  } catch (error) {
    await listener.stop();
    throw error;
  }
  return {
    async drain() {
      try {
        writeNote(libraryFolder, { pid: process.pid });
      } catch {
        removeNote(libraryFolder); // the disk may be full by now: others then wait without knowing for what
      }
      await listener.stop();
      while (open.size > 0) {
        for (const [port, connection] of open) {
          if (connection.served.activeCalls > 0) connection.quietSince = performance.now();
          else if (performance.now() - connection.quietSince > QUIET_MS) port.close();
        }
        await delay(DRAIN_POLL_MS);
      }
    },
    async close() {
      await listener.stop();
      for (const port of [...open.keys()]) port.close();
      removeNote(libraryFolder);
    },
  };
}

/** What a process finds that wanted to write to a library, but could not. */
export type WriterState =
  | { readonly kind: "ready"; readonly pid: number; readonly connection: Connection<HandOverService> }
  /** It finishes what it has and then leaves. */
  | { readonly kind: "ending" }
  /** Nobody answers: the writer has just begun, has just gone, or is no studio. */
  | { readonly kind: "silent" };

/** What calls reject with when the writer goes away in the middle. */
const WRITER_GONE = "the Tachie that this job was handed to has gone";

/** @throws wire.version where the writer is of another version */
export async function reachWriter(libraryFolder: string): Promise<WriterState> {
  const note = readNote(libraryFolder);
  if (note === undefined) return { kind: "silent" };
  if (note.address === undefined) return isProcessAlive(note.pid) ? { kind: "ending" } : { kind: "silent" };
  const port = await connectSocket(note.address);
  if (port === undefined) return { kind: "silent" };
  try {
    const gone = (): TachieError => new TachieError("engine.lost", WRITER_GONE);
    return {
      kind: "ready",
      pid: note.pid,
      connection: await connect<HandOverService>(port, "studio", HAND_OVER_METHODS, gone),
    };
  } catch (error) {
    if (isWriterGone(error)) return { kind: "silent" };
    throw error;
  }
}

/** Whether a call failed because its writer went away, and not because of what the writer answered. */
export function isWriterGone(error: unknown): boolean {
  return error instanceof TachieError && error.code === "engine.lost" && error.message === WRITER_GONE;
}

/** The methods of a command alone. A socket carries no pictures, and a command line shows no previews. */
function withoutPreviews(handlers: Handlers<HandOverService>): Handlers<HandOverService> {
  type Context = HandlerContext<GenerateProgress>;
  const narrow = ({ signal, progress }: Context): Context => ({
    signal,
    progress(value) {
      if (value.kind !== "step" || value.preview === undefined) {
        progress(value);
        return;
      }
      const others: { -readonly [K in keyof typeof value]: (typeof value)[K] } = { ...value };
      delete others.preview;
      progress(others);
    },
  });
  const { trashPictures, restorePictures, emptyTrash, backupLibrary, importPictures } = handlers;
  return {
    ...{ trashPictures, restorePictures, emptyTrash, backupLibrary, importPictures },
    generate: (params, context) => handlers.generate(params, narrow(context)),
    again: (params, context) => handlers.again(params, narrow(context)),
  };
}

function writeNote(libraryFolder: string, note: HandOverNote): void {
  const file = path.join(libraryFolder, HAND_OVER_FILE);
  const temporary = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    writeFileSync(temporary, JSON.stringify(note), { mode: 0o600, flag: "wx" });
    renameSync(temporary, file);
  } catch (cause) {
    rmSync(temporary, { force: true });
    throw new TachieError("file.unwritable", `${file} cannot be written: ${(cause as Error).message}`, {
      where: file,
      cause,
    });
  }
}

function removeNote(libraryFolder: string): void {
  try {
    rmSync(path.join(libraryFolder, HAND_OVER_FILE), { force: true });
  } catch {
    // A note that stays behind leads to a socket where nobody listens, which is found out at once.
  }
}

/** A library may have been copied from anywhere, so what the note says is checked; undefined where it is no good. */
function readNote(libraryFolder: string): HandOverNote | undefined {
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(path.join(libraryFolder, HAND_OVER_FILE), "utf8"));
  } catch {
    return undefined; // missing, unreadable or cut off: as good as no writer; the caller tries again for a while
  }
  if (typeof json !== "object" || json === null) return undefined;
  const { pid, address } = json as { pid?: unknown; address?: { path?: unknown; token?: unknown } | null };
  if (!Number.isSafeInteger(pid) || (pid as number) <= 0) return undefined;
  if (address === undefined) return { pid: pid as number };
  const { path: socket, token } = address ?? {};
  if (typeof socket !== "string" || typeof token !== "string" || !isOwnSocket(socket)) return undefined;
  return { pid: pid as number, address: { path: socket, token } };
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
