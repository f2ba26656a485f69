/** @file The desktop as the window's shell reaches it, over the port that comes beside the studio's. */

import { TachieError } from "../../src-main/contract/errors.ts";
import { MOST_DRAGGED, SHELL_LIMITS, SHELL_METHODS } from "../../src-main/contract/shell.ts";
import type { ShellService, StudioHealth } from "../../src-main/contract/shell.ts";
import { connect } from "../../src-main/contract/wire.ts";
import type { Client, Port } from "../../src-main/contract/wire.ts";
import type { Desktop } from "./desktop.ts";

export interface WindowDesktop extends Desktop {
  /** Takes the shell's port; a new one takes the place of the one before. */
  attach(port: Port): void;
}

export function windowDesktop(): WindowDesktop {
  const listeners: ((health: StudioHealth) => void)[] = [];
  let connecting: Promise<Client<ShellService>> = Promise.reject(lostError());
  connecting.catch(() => undefined); // whoever calls is told
  return {
    attach(port) {
      const connection = connect<ShellService>(port, "shell", SHELL_METHODS, lostError);
      connecting = connection.then((opened) => {
        opened.onEvent("studio", (health) => {
          for (const listener of listeners) listener(health);
        });
        return opened.client;
      });
      connecting.catch(() => undefined);
    },
    async notify({ title, body }) {
      const client = await connecting;
      const message = { title: title.slice(0, SHELL_LIMITS.title), body: body.slice(0, SHELL_LIMITS.body) };
      return (await client.notify(message)).isShown;
    },
    leave: "given",
    askLeave: () => Promise.resolve(),
    async writeClipboard(text) {
      await (await connecting).writeClipboard({ text });
    },
    async dragPictures(ids) {
      await (await connecting).dragPictures({ ids: ids.slice(0, MOST_DRAGGED) });
    },
    async saveFile(name, bytes) {
      await (await connecting).saveFile({ name: name.slice(0, SHELL_LIMITS.fileName), bytes });
    },
    async startStudio() {
      await (await connecting).startStudio({});
    },
    onStudio: (listener) => void listeners.push(listener),
  };
}

function lostError(): TachieError {
  return new TachieError("studio.lost", "the connection to the window's shell is lost");
}
