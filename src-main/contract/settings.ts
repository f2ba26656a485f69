/** @file What an author has chosen for good; kept in the library. */

export const LANGUAGES = ["en", "zh-CN", "ja"] as const;
export type Language = (typeof LANGUAGES)[number];
export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export interface Settings {
  /** `system` follows the operating system. */
  readonly language: Language | "system";
  readonly theme: Theme;
  /** Of the interface's size; from 0.5 to 3. */
  readonly zoom: number;
  /** Whether a desktop notification tells that the queue is done while the window is in the background. */
  readonly isNotificationWanted: boolean;
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
};
