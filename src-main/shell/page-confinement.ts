/**
 * @file What the page must not do, whatever it has been made to run: ask for a device, leave its address, open a window,
 * hold a frame of a foreign kind, reach the network.
 */

import type { Session, WebContents } from "electron/main";
import { app } from "electron/main";
import { PAGE_ADDRESS, SCHEME, isPageAddress } from "./address.ts";
import { isExternalLink } from "./external-link.ts";

export interface Confinement {
  /** Opens a link in the system's browser. */
  readonly openExternal: (address: string) => void;
  /** Told of everything that was prevented. */
  readonly onPrevented: (what: string) => void;
  readonly onError: (error: unknown) => void;
  /** Whether the developer tools may be opened. */
  readonly isDevelopment: boolean;
}

/** Holds for every page there will ever be; to be called before the first. */
export function confinePages({ openExternal, onPrevented, onError }: Confinement): void {
  app.on("web-contents-created", (_, contents) => {
    contents.on("will-navigate", (event) => {
      // Reloading is no leaving.
      if (event.isMainFrame && isPageAddress(event.url)) return;
      event.preventDefault();
      leave(event.url);
    });
    contents.on("will-frame-navigate", (event) => {
      if (event.isMainFrame) return; // above
      event.preventDefault();
      onPrevented(`a frame of ${event.url}`);
    });
    contents.on("will-redirect", (event) => {
      event.preventDefault();
      onPrevented(`a redirection to ${event.url}`);
    });
    // Chromium asks nobody about empty documents.
    contents.on("did-navigate", (_event, url) => {
      if (isPageAddress(url)) return;
      onPrevented(`staying at ${url}`);
      contents.loadURL(PAGE_ADDRESS).catch(onError);
    });
    contents.on("will-attach-webview", (event) => {
      event.preventDefault();
      onPrevented("a webview");
    });
    contents.setWindowOpenHandler(({ url }) => {
      leave(url);
      return { action: "deny" };
    });
  });

  function leave(address: string): void {
    if (isExternalLink(address)) openExternal(address);
    else onPrevented(`leaving for ${address}`);
  }
}

/** What a session asks for in the page's name is refused. */
export function confineSession(session: Session, { onPrevented, isDevelopment }: Confinement): void {
  session.setPermissionRequestHandler((_, permission, answer) => {
    onPrevented(`the permission ${permission}`);
    answer(false);
  });
  session.setPermissionCheckHandler(() => false);
  session.setDevicePermissionHandler(() => false);
  session.on("will-download", (event, item) => {
    event.preventDefault();
    onPrevented(`a download of ${item.getURL()}`);
  });
  session.webRequest.onBeforeRequest(({ url }, answer) => {
    const { protocol } = new URL(url);
    const isOwn = protocol === `${SCHEME}:` || protocol === "blob:" || protocol === "data:";
    const cancel = !isOwn && !(isDevelopment && protocol === "devtools:");
    if (cancel) onPrevented(`a request to ${url}`);
    answer({ cancel });
  });
}

/** Opened by nobody in a product: not by the menu, not by a shortcut, not by a fault in the page. */
export function forbidDeveloperTools(contents: WebContents): void {
  contents.on("devtools-opened", () => contents.closeDevTools());
}
