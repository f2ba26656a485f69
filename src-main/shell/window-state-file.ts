/** @file Keeps the window's state in a file of the shell's own folder. Losing it costs a place on the screen, no more. */

import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { WindowState } from "./window-state.ts";
import { parseWindowState } from "./window-state.ts";

export interface WindowStateFile {
  read(): WindowState | undefined;
  write(state: WindowState): void;
}

/** @param onError told of what could not be read or written; the window goes on without */
export function windowStateFile(folder: string, onError: (error: unknown) => void): WindowStateFile {
  const file = path.join(folder, "window-state.json");
  return {
    read() {
      try {
        return parseWindowState(readFileSync(file, "utf8"));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") onError(error);
        return undefined;
      }
    },
    write(state) {
      try {
        mkdirSync(folder, { recursive: true });
        writeFileSync(`${file}.tmp`, JSON.stringify(state));
        renameSync(`${file}.tmp`, file);
      } catch (error) {
        onError(error);
      }
    },
  };
}
