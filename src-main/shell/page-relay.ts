/**
 * @file Carries messages between a page and the studio. The page is told why the studio is gone by the answers of the
 * calls it was waiting for; then its port closes, and it may connect again.
 */

import type { TachieError } from "../contract/errors.ts";
import { toErrorData } from "../contract/errors.ts";
import type { Port, WireMessage } from "../contract/wire.ts";
import { WIRE_VERSION, isWireMessage } from "../contract/wire.ts";

/**
 * @param studio a channel that the studio serves itself on
 * @param whyLost asked when the studio is gone
 */
export function relay(page: Port, studio: Port, whyLost: () => Promise<TachieError>): void {
  const waiting = new Set<number>();
  page.onMessage((message) => {
    if (!isFromClient(message)) return;
    if (message.kind === "call") waiting.add(message.seq);
    studio.post(message);
  });
  studio.onMessage((message) => {
    if (!isWireMessage(message)) return;
    if (message.kind === "result" || message.kind === "error") waiting.delete(message.seq);
    page.post(message);
  });
  page.onClose(() => studio.close());
  studio.onClose(() => {
    void whyLost().then((reason) => {
      const error = toErrorData(reason);
      for (const seq of waiting) page.post({ kind: "error", seq, error });
      page.close();
    });
  });
}

/**
 * Stands in for a studio that could not be started: says why to every call. As soon as `retry` succeeds the port closes,
 * so that the page connects anew.
 * @param retry asked with every call; rejects with the reason while there is still no studio
 */
export function standIn(page: Port, retry: () => Promise<unknown>): void {
  page.onMessage((message) => {
    if (!isFromClient(message) || message.kind !== "call") return;
    const { seq } = message;
    retry().then(
      () => page.close(),
      (error: unknown) => page.post({ kind: "error", seq, error: toErrorData(error) }),
    );
  });
  page.post({ kind: "hello", version: WIRE_VERSION, service: "studio", pid: process.pid });
}

/** A page is a client: whatever else it sends is dropped. */
function isFromClient(message: unknown): message is Extract<WireMessage, { readonly kind: "call" | "cancel" }> {
  return isWireMessage(message) && (message.kind === "call" || message.kind === "cancel");
}
