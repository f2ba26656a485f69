/**
 * @file ONNX Runtime writes a profile as `PREFIX_TIMESTAMP.json` and says nothing when it cannot; ours goes exactly where
 * it was asked for.
 */

import fs from "node:fs";
import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import { messageOf } from "./native-error.ts";

export interface ProfileFile {
  /** What the library is told. */
  readonly prefix: string;
  /** Puts the written profile where it was asked for. To be called once profiling has ended. @throws file.unwritable */
  finish(): void;
}

let nextProfile = 1;

/**
 * Fails before hours of work rather than after.
 * @throws file.unwritable
 */
export function profileFile(profile: string): ProfileFile {
  try {
    fs.accessSync(path.dirname(path.resolve(profile)), fs.constants.W_OK);
  } catch (cause) {
    throw profileError(profile, cause);
  }
  const prefix = `${path.resolve(profile)}.${process.pid}-${nextProfile++}`;
  return { prefix, finish: () => moveProfile(prefix, profile) };
}

function moveProfile(prefix: string, profile: string): void {
  try {
    const folder = path.dirname(prefix);
    const written = fs.readdirSync(folder).find((name) => name.startsWith(`${path.basename(prefix)}_`));
    if (written === undefined) throw new Error("ONNX Runtime wrote none");
    fs.renameSync(path.join(folder, written), profile);
  } catch (cause) {
    throw profileError(profile, cause);
  }
}

function profileError(profile: string, cause: unknown): TachieError {
  return new TachieError("file.unwritable", `the profile ${profile} cannot be written: ${messageOf(cause)}`, {
    where: profile,
    cause,
  });
}
