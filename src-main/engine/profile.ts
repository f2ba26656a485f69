/**
 * @file One profile of a job out of one a session: ONNX Runtime writes a file for each session when that is released, and
 * a person asks for one file. It is a trace as browsers read it (an array of events), so each session becomes a process
 * of its own in it.
 */

import { accessSync, constants, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import { writeFileAtomically } from "../graph/atomic-file.ts";

export interface ProfileParts {
  /** Where the session of that name is to write its own profile. */
  pathFor(session: string): string;
  /**
   * Puts the parts together into the file that was asked for and removes them. To be called when all sessions are released.
   * @throws file.unwritable, disk.full
   */
  merge(): void;
  /** Removes the parts of a job that failed. */
  discard(): void;
}

/**
 * @param file absolute path of the profile; what is there is replaced
 * @throws file.unwritable before any work is done when it cannot be written there
 */
export function createProfile(file: string): ProfileParts {
  checkWritable(file);
  const parts = new Map<string, string>();
  const discard = (): void => {
    for (const part of parts.values()) rmSync(part, { force: true });
  };
  return {
    pathFor(session) {
      const part = `${file}.${session}.part`;
      parts.set(session, part);
      return part;
    },
    merge() {
      try {
        const events = [...parts].flatMap(([session, part], index) => readPart(file, session, part, index + 1));
        const trace = `[\n${events.map((event) => JSON.stringify(event)).join(",\n")}\n]\n`;
        discard(); // first, since there may be no room for both
        writeFileAtomically(file, (append) => append(Buffer.from(trace)), { canReplace: true });
      } finally {
        discard();
      }
    },
    discard,
  };
}

/** ONNX Runtime says nothing about a profile that it could not write: the part is then missing, or ends in the middle. */
function readPart(file: string, session: string, part: string, processNumber: number): object[] {
  let events: object[];
  try {
    events = JSON.parse(readFileSync(part, "utf8")) as object[];
  } catch (cause) {
    throw new TachieError(
      "file.unwritable",
      `the profile ${file} could not be written: what the session ${session} wrote is not whole (${(cause as Error).message})`,
      { where: file, remedy: "Check that there is room on the disk, or name another place for the profile.", cause },
    );
  }
  const name = { name: "process_name", ph: "M", pid: processNumber, args: { name: session } };
  return [name, ...events.map((event) => ({ ...event, pid: processNumber }))];
}

function checkWritable(file: string): void {
  const folder = path.dirname(file);
  try {
    accessSync(existsSync(file) ? file : folder, constants.W_OK);
    if (existsSync(file) && statSync(file).isDirectory()) throw new Error("it is a folder");
  } catch (cause) {
    throw new TachieError("file.unwritable", `the profile ${file} cannot be written: ${(cause as Error).message}`, {
      where: file,
      cause,
    });
  }
}
