/** @file The text of a model's licence, as its makers publish it beside the weights. */

import { TachieError } from "../../contract/errors.ts";
import type { DownloadManifest } from "./download-manifest.ts";
import { TRANSFER_LIMITS } from "./fetch-file.ts";
import { connectionFault, request } from "./http-request.ts";
import { addressOf } from "./remote-file.ts";
import type { ServerAccess } from "./remote-file.ts";
import { withRetries } from "./retry.ts";

/** Licences have tens of kilobytes; a server that sends more sends something else. */
const MAX_BYTES = 1 << 20;
/** Somebody waits for it. */
const LIMITS = { ...TRANSFER_LIMITS, retries: 1 };

/** @throws download.*, or the signal's reason */
export async function fetchLicence(
  { licenceSource }: Pick<DownloadManifest, "licenceSource">,
  access: ServerAccess,
  signal: AbortSignal,
): Promise<string> {
  const address = addressOf(access.base, licenceSource);
  const what = "the licence";
  return withRetries(() => fetchText(address, access, signal), { limits: LIMITS, signal, what, address });
}

async function fetchText(address: string, { authorization }: ServerAccess, signal: AbortSignal): Promise<string> {
  const { response } = await request(address, { method: "GET", headers: {}, signal, authorization });
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      length += chunk.length;
      if (length > MAX_BYTES) throw new TachieError("download.mismatch", `${address} is no licence: it is too large`);
      chunks.push(chunk);
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TachieError) throw error;
    throw connectionFault(error, new URL(address));
  }
  return Buffer.concat(chunks).toString("utf8");
}
