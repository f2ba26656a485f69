/** @file The two channels between the shell and the preload script: all there is between the page and Electron. */

export const PAGE_CHANNELS = {
  /** From the page: it wants its ports. */
  connect: "tachie:connect",
  /** To the page: here they are, the studio's and the shell's. Also the text of the window message that carries them on. */
  port: "tachie:port",
} as const;
