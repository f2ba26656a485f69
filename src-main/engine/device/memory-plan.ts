/** @file What a wish about memory means for the sessions on a GPU. */

import { TachieError } from "../../contract/errors.ts";
import { limitBytesOf } from "../../contract/memory.ts";
import type { MemoryChoice } from "../../contract/memory.ts";
import type { DeviceSessionOptions } from "../../ort/device.ts";
import { formatBytes } from "../../cuda/status.ts";
import type { NetworkKind } from "../network-home.ts";

/**
 * Below this `auto` is sparing. The published model takes 17 GB of weights in bfloat16 with both text encoders, and a
 * picture of 1024 x 1024 about 5 GB beside them where nothing is spared.
 */
const AMPLE_BYTES = 23e9;

export interface MemoryPlan {
  /** Convolutions do with little scratch memory. */
  readonly isSparing: boolean;
  /** What runs took beside weights is given back after them. */
  readonly isGivenBack: boolean;
  /** Most device memory of the whole engine, bytes; undefined without a limit. */
  readonly limitBytes: number | undefined;
}

export const AMPLE_MEMORY: MemoryPlan = { isSparing: false, isGivenBack: false, limitBytes: undefined };

/** @param totalBytes of the GPU */
export function memoryPlan(choice: MemoryChoice, totalBytes: number): MemoryPlan {
  const limitBytes = limitBytesOf(choice);
  const haveBytes = Math.min(limitBytes ?? Infinity, totalBytes);
  const isSparing = choice.manner === "sparing" || (choice.manner === "auto" && haveBytes < AMPLE_BYTES);
  return { isSparing, isGivenBack: isSparing, limitBytes };
}

/**
 * How a network's session is to take memory.
 * @param isReplayed graphs are captured of it: what they write to must stay where it is
 */
export function arenaOptions(
  kind: NetworkKind,
  isReplayed: boolean,
  { isSparing, isGivenBack }: MemoryPlan,
): Pick<DeviceSessionOptions, "arena" | "arenaShrinks" | "largeWorkspaces"> {
  return {
    // Doubling would keep up to twice as much of a decoder's arena, which is large for a moment only.
    arena: "as-requested",
    // The transformer's would be taken anew in every step of a picture.
    arenaShrinks: isGivenBack && kind !== "step" && !isReplayed,
    largeWorkspaces: !isSparing,
  };
}

export interface MemoryDemand {
  /** Names the network in messages. */
  readonly name: string;
  readonly weightBytes: number;
  /** Of the engine now. */
  readonly usedBytes: number;
  readonly limitBytes: number;
}

/**
 * What is left beside a network's weights for everything else that its runs need, bytes.
 * @throws engine.out-of-memory where the weights do not fit
 */
export function roomBeside({ name, weightBytes, usedBytes, limitBytes }: MemoryDemand): number {
  const room = limitBytes - usedBytes - weightBytes;
  if (room > 0) return room;
  throw new TachieError(
    "engine.out-of-memory",
    `the weights of the ${name} are ${formatBytes(weightBytes)}, but of the limit of ${formatBytes(limitBytes)} ` +
      `${formatBytes(Math.max(0, limitBytes - usedBytes))} are left`,
    {
      remedy: `Set the memory limit to more than ${formatBytes(usedBytes + weightBytes)}, or turn encoder_offload on.`,
    },
  );
}
