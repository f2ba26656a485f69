/** @file Where messages to the shell may come from. */

import { isPageAddress } from "./address.ts";

export function isFromPage(sender: { readonly isMainFrame: boolean; readonly url: string | undefined }): boolean {
  return sender.isMainFrame && sender.url !== undefined && isPageAddress(sender.url);
}
