/**
 * @file Serves the page what it may have done by the shell. Parameters come from a page and are checked by hand: what is
 * not asked for in exactly this form is refused.
 */

import { TachieError } from "../contract/errors.ts";
import { MOST_DRAGGED, MOST_SAVED_BYTES, SHELL_LIMITS } from "../contract/shell.ts";
import type { ShellMethods, ShellService, StudioHealth } from "../contract/shell.ts";
import type { EngineState } from "../contract/studio.ts";
import type { Handlers, Port } from "../contract/wire.ts";
import { serve } from "../contract/wire.ts";

/** What is Electron's part of it. */
export interface Desktop {
  /** @returns whether it is shown: not while the window is looked at, nor where the desktop shows none */
  notify(title: string, body: string): boolean;
  writeClipboard(text: string): void | Promise<void>;
  /** @param files absolute, at least one */
  dragFiles(files: readonly string[]): void;
  /** @returns where it was saved; undefined where the reader thought better of it. @throws file.unwritable, disk.full */
  saveFile(name: string, bytes: Uint8Array): Promise<string | undefined>;
}

/** The studio's supervisor, as far as the page is told of it. */
export interface StudioWatch {
  readonly state: EngineState;
  on(event: "state", listener: (state: EngineState) => void): void;
  startAgain(): Promise<unknown>;
}

/**
 * Gives every page that connects its service; pages that have gone are forgotten.
 * @param findImage the file of a stored picture: a page names pictures, never files
 */
export function createPageService(
  desktop: Desktop,
  studio: StudioWatch,
  findImage: (id: string) => Promise<string | undefined>,
): (port: Port) => void {
  const handlers: Handlers<ShellService> = {
    notify(params) {
      const { title, body } = requireTexts("notify", params, { title: SHELL_LIMITS.title, body: SHELL_LIMITS.body });
      return { isShown: desktop.notify(title, body) };
    },
    async writeClipboard(params) {
      await desktop.writeClipboard(requireTexts("writeClipboard", params, { text: SHELL_LIMITS.clipboard }).text);
      return {};
    },
    async dragPictures(params) {
      const files = await Promise.all(requireIds(params).map(findImage));
      const found = files.filter((file) => file !== undefined);
      if (found.length === 0) throw new TachieError("library.not-found", "none of these pictures has a file");
      desktop.dragFiles(found);
      return {};
    },
    async saveFile(params) {
      const { name, bytes } = requireFile(params);
      const file = await desktop.saveFile(name, bytes);
      return file === undefined ? {} : { file };
    },
    async startStudio(params) {
      requireTexts("startStudio", params, {});
      await studio.startAgain();
      return {};
    },
  };
  const pages = new Set<ReturnType<typeof serve<ShellService>>>();
  studio.on("state", (state) => {
    for (const page of pages) page.emit("studio", healthOf(state));
  });
  return (port) => {
    const served = serve<ShellService>(port, "shell", process.pid, handlers);
    pages.add(served);
    port.onClose(() => pages.delete(served));
    served.emit("studio", healthOf(studio.state));
  };
}

function healthOf(state: EngineState): StudioHealth {
  return state.kind === "failed" ? state : { kind: "fine" };
}

function requireIds(params: unknown): readonly string[] {
  const { ids } = requireFields("dragPictures", params, ["ids"], `ids, a list of 1 to ${MOST_DRAGGED} texts`);
  const areIds =
    Array.isArray(ids) &&
    ids.length > 0 &&
    ids.length <= MOST_DRAGGED &&
    Object.keys(ids).length === ids.length && // nothing else on it, such as another `constructor`
    Array.from<unknown>(ids).every((id) => typeof id === "string" && id.length <= SHELL_LIMITS.id);
  if (!areIds) throw refused("dragPictures", `ids, a list of 1 to ${MOST_DRAGGED} texts`);
  return ids as string[];
}

/** A name is no path: what could lead elsewhere is left out of it. */
function requireFile(params: unknown): { readonly name: string; readonly bytes: Uint8Array } {
  const wanted = `name, a text of at most ${SHELL_LIMITS.fileName}; bytes, at most ${MOST_SAVED_BYTES} of them`;
  const { name, bytes } = requireFields("saveFile", params, ["name", "bytes"], wanted);
  if (
    typeof name !== "string" ||
    name.length > SHELL_LIMITS.fileName ||
    !(bytes instanceof Uint8Array) ||
    bytes.length > MOST_SAVED_BYTES
  )
    throw refused("saveFile", wanted);
  return { name: name.toWellFormed().replaceAll(/[/\\:*?"<>|\p{Cc}]/gu, "_"), bytes };
}

function requireFields<Name extends string>(
  method: keyof ShellMethods,
  params: unknown,
  names: readonly Name[],
  wanted: string,
): Readonly<Record<Name, unknown>> {
  const given = typeof params === "object" && params !== null && !Array.isArray(params) ? Object.keys(params) : [];
  if (given.length !== names.length || !names.every((name) => given.includes(name))) throw refused(method, wanted);
  return params as Record<Name, unknown>;
}

function refused(method: keyof ShellMethods, wanted: string): TachieError {
  return new TachieError("wire.invalid", `${method} takes ${wanted}, and no more`, { where: method });
}

/** @param fields the longest that each text may be; there must be all of them and no others */
function requireTexts<Name extends string>(
  method: keyof ShellMethods,
  params: unknown,
  fields: Readonly<Record<Name, number>>,
): Record<Name, string> {
  const given: [string, unknown][] = typeof params === "object" && params !== null ? Object.entries(params) : [];
  const isPlain = params !== null && typeof params === "object" && !Array.isArray(params);
  const isAsked =
    isPlain &&
    given.length === Object.keys(fields).length &&
    given.every(
      ([name, value]) =>
        Object.hasOwn(fields, name) && typeof value === "string" && value.length <= fields[name as Name],
    );
  if (!isAsked) {
    const wanted = Object.entries<number>(fields).map(([name, length]) => `${name}, a text of at most ${length}`);
    throw refused(method, wanted.join("; ") || "nothing");
  }
  return Object.fromEntries(given.map(([name, text]) => [name, (text as string).toWellFormed()])) as Record<
    Name,
    string
  >;
}
