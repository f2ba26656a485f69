/**
 * @file Whether a window can be opened here: a display, the window's program, and Electron's binary, which Electron's own
 * package fetches on first use. That is given a limited time, since the network may be one that answers nothing.
 */

import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { packageRoot } from "../process/package-root.ts";

export type WindowChoice =
  | { readonly kind: "possible"; readonly electron: string; readonly program: string }
  /** A clause that says why not. */
  | { readonly kind: "impossible"; readonly reason: string };

export interface WindowSearch {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly platform: NodeJS.Platform;
  /** The program that Electron runs: the built shell. */
  readonly program: string;
  /** The folder of the npm package `electron`; undefined where that is not installed. */
  readonly electronPackage: string | undefined;
  /** Called before the binary is fetched. */
  readonly onFetch: (timeoutMs: number) => void;
  readonly fetchTimeoutMs: number;
  readonly signal: AbortSignal;
}

/** About 120 MB. */
export const FETCH_TIMEOUT_MS = 180_000;

export function shellProgram(): string {
  return path.join(packageRoot(), "dist/src-main/shell/main.js");
}

export function electronPackage(): string | undefined {
  try {
    return path.dirname(createRequire(import.meta.url).resolve("electron/package.json"));
  } catch (error) {
    // The package is not part of an installation without development dependencies.
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}

export async function findWindow(search: WindowSearch): Promise<WindowChoice> {
  const { environment, platform, program, electronPackage: folder } = search;
  const impossible = (reason: string): WindowChoice => ({ kind: "impossible", reason });
  const hasDisplay = ["DISPLAY", "WAYLAND_DISPLAY"].some((name) => (environment[name] ?? "") !== "");
  if (platform !== "win32" && platform !== "darwin" && !hasDisplay)
    return impossible("there is no display (neither DISPLAY nor WAYLAND_DISPLAY is set)");
  if (!existsSync(program)) return impossible(`the window's program is not built (${program})`);

  // Electron's own variable for a binary that lies elsewhere.
  const elsewhere = environment["ELECTRON_OVERRIDE_DIST_PATH"];
  if (elsewhere !== undefined && elsewhere !== "") {
    const electron = path.join(elsewhere, binaryName(folder, platform));
    if (existsSync(electron)) return { kind: "possible", electron, program };
    return impossible(`Electron is not where ELECTRON_OVERRIDE_DIST_PATH says (${electron})`);
  }
  if (folder === undefined) return impossible("Electron is not installed");
  const electron = (): string => path.join(folder, "dist", binaryName(folder, platform));
  if (existsSync(electron())) return { kind: "possible", electron: electron(), program };
  search.onFetch(search.fetchTimeoutMs);
  const failure = await fetchBinary(path.join(folder, "install.js"), search);
  if (failure !== undefined) return impossible(`Electron could not be fetched: ${failure}`);
  if (!existsSync(electron())) return impossible(`Electron was fetched, but is not in ${path.dirname(electron())}`);
  return { kind: "possible", electron: electron(), program };
}

/** Electron's package writes it down once the binary is there. */
function binaryName(folder: string | undefined, platform: NodeJS.Platform): string {
  const written = folder === undefined ? undefined : path.join(folder, "path.txt");
  if (written !== undefined && existsSync(written)) return readFileSync(written, "utf8").trim();
  if (platform === "win32") return "electron.exe";
  return platform === "darwin" ? "Electron.app/Contents/MacOS/Electron" : "electron";
}

/** @returns why not, in words; undefined once the binary is there */
function fetchBinary(installer: string, { fetchTimeoutMs, signal }: WindowSearch): Promise<string | undefined> {
  if (!existsSync(installer)) return Promise.resolve(`there is no ${installer}`);
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [installer], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill("SIGKILL");
    }, fetchTimeoutMs);
    const onAbort = (): void => void child.kill("SIGKILL");
    signal.addEventListener("abort", onAbort, { once: true });
    const settle = (failure: string | undefined): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(failure);
    };
    child.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-2000)));
    child.on("error", (error) => settle(error.message));
    child.on("close", (code) => {
      if (code === 0) settle(undefined);
      else if (isLate)
        settle(`it took longer than ${fetchTimeoutMs / 1000} s; \`npx install-electron\` takes its time`);
      else settle(said.trim().split("\n")[0] ?? "it said nothing");
    });
  });
}
