/** @file The two channels between the shell and the preload script: all there is between the page and Electron. */

export const PAGE_CHANNELS = {
  /** From the page: it wants a port. */
  connect: "tachie:connect",
  /** To the page: here it is. Also the text of the window message that carries it on. */
  port: "tachie:port",
} as const;
