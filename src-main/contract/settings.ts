/** @file What an author has chosen for good; kept in the library. */

import type { MemoryChoice, MemoryManner } from "./memory.ts";

export const LANGUAGES = ["en", "zh-CN", "ja"] as const;
export type Language = (typeof LANGUAGES)[number];
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

/** How much larger or smaller than usual the interface may be, and by how much a step changes that. */
export const ZOOM = { min: 0.5, max: 3, step: 0.1 } as const;

/** @param steps 1 is larger, -1 smaller */
export function zoomBy(zoom: number, steps: number): number {
  const next = Math.round((zoom + steps * ZOOM.step) * 100) / 100;
  return Math.min(ZOOM.max, Math.max(ZOOM.min, next));
}

export interface Settings {
  /** `system` follows the operating system. */
  readonly language: Language | "system";
  readonly theme: Theme;
  /** Of the interface's size; from 0.5 to 3. */
  readonly zoom: number;
  /** Whether a desktop notification tells that the queue is done while the window is in the background. */
  readonly isNotificationWanted: boolean;
  /** How the engine takes a GPU's memory. */
  readonly memory: MemoryManner;
  /** Most of it, in gigabytes (10^9 bytes); no limit where absent or 0. */
  readonly memoryLimitGb?: number;
  /** The model for new drafts; the starter where absent. */
  readonly model?: string;
  /** Address of the server that models are downloaded from; the usual one where absent or empty. */
  readonly downloadBase?: string;
}

export const INITIAL_SETTINGS: Settings = {
  language: "system",
  theme: "system",
  zoom: 1,
  isNotificationWanted: true,
  memory: "auto",
};

export function memoryChoiceOf({ memory, memoryLimitGb }: Settings): MemoryChoice {
  return { manner: memory, ...(memoryLimitGb === undefined || memoryLimitGb === 0 ? {} : { limitGb: memoryLimitGb }) };
}
