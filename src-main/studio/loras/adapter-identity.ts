/**
 * @file Which bytes an adapter was when a picture was made with it, so that the picture is never made "again" with others. A
 * file is read once for each of its states.
 */

import { TachieError } from "../../contract/errors.ts";
import type { LoraChoice } from "../../contract/generation.ts";
import { hashFile } from "../../graph/checksums.ts";
import { fileStamp } from "./file-stamp.ts";
import type { LoraStore } from "./lora-store.ts";

/** Adapters with their sums, and whether their files are still what was summed. */
export interface IdentifiedAdapters {
  readonly loras: readonly LoraChoice[];
  /** @throws lora.changed */
  requireSame(): void;
}

export type IdentifyAdapters = (loras: readonly LoraChoice[], signal: AbortSignal) => Promise<IdentifiedAdapters>;

/** @returns throws file.not-found, file.unreadable; lora.changed for a file that is not what the choice says; the signal's reason */
export function createAdapterIdentity(store: Pick<LoraStore, "sum" | "keepSum">): IdentifyAdapters {
  async function sumOf(file: string, stamp: string, signal: AbortSignal): Promise<string> {
    const known = store.sum(file, stamp);
    if (known !== undefined) return known;
    const { sha256 } = await hashFile(file, { signal });
    if (fileStamp(file) === stamp) store.keepSum(file, stamp, sha256);
    return sha256;
  }
  return async (loras, signal) => {
    const stamps = new Map<string, string>();
    const identified: LoraChoice[] = [];
    for (const { file, strength, sha256: wanted } of loras) {
      const stamp = requireStamp(file);
      const sha256 = await sumOf(file, stamp, signal);
      if (wanted !== undefined && wanted !== sha256) throw changed(file, `${short(wanted)} then, ${short(sha256)} now`);
      stamps.set(file, stamp);
      identified.push({ file, strength, sha256 });
    }
    return {
      loras: identified,
      requireSame() {
        for (const [file, stamp] of stamps)
          if (fileStamp(file) !== stamp) throw changed(file, "while the picture was being made");
      },
    };
  };
}

/** What can be found out before a request is taken, without reading a file. @throws file.not-found */
export function requireAdapters(loras: readonly LoraChoice[] = []): void {
  for (const { file } of loras) requireStamp(file);
}

function requireStamp(file: string): string {
  const stamp = fileStamp(file);
  if (stamp !== undefined) return stamp;
  throw new TachieError("file.not-found", `the LoRA ${file} is not there`, {
    where: "loras",
    remedy: "Put the file back, or take the LoRA out of the settings.",
  });
}

const short = (sha256: string): string => sha256.slice(0, 12);

function changed(file: string, how: string): TachieError {
  return new TachieError("lora.changed", `the LoRA ${file} has changed (${how})`, { where: file });
}
