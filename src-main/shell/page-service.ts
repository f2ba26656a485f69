/**
 * @file Serves the page what it may have done by the shell. Parameters come from a page and are checked by hand: what is
 * not asked for in exactly this form is refused.
 */

import { TachieError } from "../contract/errors.ts";
import { SHELL_LIMITS } from "../contract/shell.ts";
import type { ShellMethods, ShellService, StudioHealth } from "../contract/shell.ts";
import type { EngineState } from "../contract/studio.ts";
import type { Handlers, Port } from "../contract/wire.ts";
import { serve } from "../contract/wire.ts";

/** What is Electron's part of it. */
export interface Desktop {
  /** @returns whether it is shown: not while the window is looked at, nor where the desktop shows none */
  notify(title: string, body: string): boolean;
  writeClipboard(text: string): void | Promise<void>;
}

/** The studio's supervisor, as far as the page is told of it. */
export interface StudioWatch {
  readonly state: EngineState;
  on(event: "state", listener: (state: EngineState) => void): void;
  startAgain(): Promise<unknown>;
}

/** Gives every page that connects its service; pages that have gone are forgotten. */
export function createPageService(desktop: Desktop, studio: StudioWatch): (port: Port) => void {
  const handlers: Handlers<ShellService> = {
    notify(params) {
      const { title, body } = requireTexts("notify", params, { title: SHELL_LIMITS.title, body: SHELL_LIMITS.body });
      return { isShown: desktop.notify(title, body) };
    },
    async writeClipboard(params) {
      await desktop.writeClipboard(requireTexts("writeClipboard", params, { text: SHELL_LIMITS.clipboard }).text);
      return {};
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
    throw new TachieError("wire.invalid", `${method} takes ${wanted.join("; ") || "nothing"}, and no more`, {
      where: method,
    });
  }
  return Object.fromEntries(given.map(([name, text]) => [name, (text as string).toWellFormed()])) as Record<
    Name,
    string
  >;
}
