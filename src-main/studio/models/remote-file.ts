/**
 * @file What a server says about a file before it is fetched: its size, its sum, the commit it belongs to. Understands the
 * headers of the Hugging Face Hub, which mirrors pass on.
 */

import { TachieError, isTachieError } from "../../contract/errors.ts";
import type { FileSource } from "./download-manifest.ts";
import { request } from "./http-request.ts";

/** A sum over a file's contents. `git-sha1` is over `blob`, the size and the contents, as git names its objects. */
export interface Digest {
  readonly algorithm: "sha256" | "git-sha1";
  /** Hex, lower case. */
  readonly value: string;
}

export interface RemoteFile {
  /** Undefined where the server does not say. */
  readonly sizeBytes: number | undefined;
  readonly digest: Digest | undefined;
  /** The commit that the revision means now. */
  readonly commit: string | undefined;
}

export interface ServerAccess {
  /** Address of the server, such as `https://huggingface.co`. */
  readonly base: string;
  readonly authorization?: string | undefined;
}

/** Where a file is to be had. @throws usage.invalid for a base that is no address of the web */
export function addressOf(base: string, { repository, revision, path }: FileSource): string {
  const escape = (text: string): string => text.split("/").map(encodeURIComponent).join("/");
  return `${checkBase(base)}/${escape(repository)}/resolve/${encodeURIComponent(revision)}/${escape(path)}`;
}

/** Whether it can be kept as a setting: an address of a server, without a name and a password. */
export function isServerAddress(value: unknown): boolean {
  if (typeof value !== "string" || value.length > 2048 || !URL.canParse(value)) return false;
  const { protocol, search, hash, username, password } = new URL(value);
  return /^https?:$/.test(protocol) && [search, hash, username, password].every((part) => part === "");
}

/** @returns the base without a final slash and without credentials */
export function checkBase(base: string): string {
  let address: URL;
  try {
    address = new URL(base);
  } catch (cause) {
    throw new TachieError("usage.invalid", `${JSON.stringify(base)} is not an address`, { where: "--base", cause });
  }
  if (!/^https?:$/.test(address.protocol) || address.search !== "" || address.hash !== "")
    throw new TachieError("usage.invalid", `${JSON.stringify(base)} is not the address of a server`, {
      where: "--base",
    });
  return `${address.origin}${address.pathname}`.replace(/\/+$/, "");
}

/**
 * Access to a server from an address that may contain a name and a password, or with a token.
 * @param token of the Hugging Face Hub or its mirror; sent to this server only, and never unencrypted over a network
 */
export function accessTo(base: string, token: string | undefined): ServerAccess {
  const address = checkBase(base);
  const { username, password } = new URL(base);
  if (username !== "") {
    const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return { base: address, authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
  }
  return token === undefined || token === "" ? { base: address } : { base: address, authorization: `Bearer ${token}` };
}

/** @throws TransferFault, download.refused, download.not-found, download.unreachable, the signal's reason */
export async function askAbout(source: FileSource, access: ServerAccess, signal: AbortSignal): Promise<RemoteFile> {
  const address = addressOf(access.base, source);
  // The hub itself states size and sum; the storage that it leads to only the bytes.
  const options = { signal, authorization: access.authorization, isFirstHostOnly: true };
  try {
    const { response, hops } = await request(address, { ...options, method: "HEAD", headers: {} });
    await response.body?.cancel();
    return describeRemote(hops, response.ok);
  } catch (error) {
    if (!isTachieError(error, "download.unreachable")) throw error;
    // Some mirrors answer no HEAD: one byte of the file tells the same.
    const { response, hops } = await request(address, { ...options, method: "GET", headers: { range: "bytes=0-0" } });
    await response.body?.cancel();
    const total = /\/(\d+)$/.exec(response.headers.get("content-range") ?? "")?.[1];
    const remote = describeRemote(hops, response.status === 200);
    return remote.sizeBytes === undefined && total !== undefined ? { ...remote, sizeBytes: Number(total) } : remote;
  }
}

/** @param isFinal whether the last hop is the file itself rather than a redirect, so that its length is the file's */
export function describeRemote(hops: readonly Headers[], isFinal: boolean): RemoteFile {
  const find = (name: string): string | undefined =>
    hops.map((headers) => headers.get(name)).find((value) => value !== null) ?? undefined;
  const commit = find("x-repo-commit");
  const linked = find("x-linked-etag");
  const last = hops.at(-1);
  // Only the hub's own tags are sums; those of other servers may look like some.
  const tag = linked ?? (commit === undefined ? undefined : (last?.get("etag") ?? undefined));
  const size = find("x-linked-size") ?? (isFinal ? (last?.get("content-length") ?? undefined) : undefined);
  return {
    sizeBytes: size !== undefined && /^\d{1,15}$/.test(size) ? Number(size) : undefined,
    digest: tag === undefined ? undefined : parseTag(tag),
    commit: commit !== undefined && /^[0-9a-f]{40}$/.test(commit) ? commit : undefined,
  };
}

function parseTag(tag: string): Digest | undefined {
  const value = tag.replace(/^W\//, "").replaceAll('"', "").toLowerCase();
  if (/^[0-9a-f]{64}$/.test(value)) return { algorithm: "sha256", value };
  return /^[0-9a-f]{40}$/.test(value) ? { algorithm: "git-sha1", value } : undefined;
}
