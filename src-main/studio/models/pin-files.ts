/**
 * @file Decides, before a byte is fetched, what every file of a download must be: size and sum from the manifest where it
 * states them, otherwise from the server's own metadata, fixed from then on together with the commit.
 */

import { TachieError, isTachieError } from "../../contract/errors.ts";
import type { DownloadManifest, FileSource, ManifestFile } from "./download-manifest.ts";
import type { PinnedFile } from "./download-state.ts";
import type { ModelRecord } from "./record.ts";
import { addressOf, askAbout } from "./remote-file.ts";
import type { Digest, RemoteFile, ServerAccess } from "./remote-file.ts";
import { withRetries } from "./retry.ts";
import type { RetryLimits } from "./retry.ts";
import { StallWatch } from "./stall-watch.ts";
import type { StallLimits } from "./stall-watch.ts";

export interface PinRequest {
  readonly manifest: DownloadManifest;
  readonly access: ServerAccess;
  /** Pins of an earlier run; they are kept. */
  readonly known: readonly PinnedFile[];
  /** Whether files of which no sum is stated may be fetched. */
  readonly isUnverifiedAccepted: boolean;
  readonly limits: RetryLimits & StallLimits;
  readonly signal: AbortSignal;
}

/**
 * @throws download.unverifiable, download.mismatch where server and manifest disagree, download.not-found, download.refused,
 *   download.unreachable, the signal's reason
 */
export async function pinFiles(request: PinRequest): Promise<PinnedFile[]> {
  const pins: PinnedFile[] = [];
  /** The commit that a branch means, so that all files of one repository come from one state of it. */
  const commits = new Map<string, string>();
  for (const file of request.manifest.files) {
    const known = request.known.find((pin) => pin.path === file.path && agrees(pin, file));
    const pin = known ?? (await pinFile(file, request, commits));
    if (/^[0-9a-f]{40}$/.test(pin.source.revision)) commits.set(pin.source.repository, pin.source.revision);
    pins.push(pin);
  }
  return pins;
}

/** What a finished download recorded, as pins: for fetching damaged files again. */
export function pinsFromRecord(record: ModelRecord, manifest: DownloadManifest): PinnedFile[] {
  return manifest.files.flatMap((file): PinnedFile[] => {
    const recorded = record.files.find(({ path }) => path === file.path);
    const [source] = file.sources;
    if (recorded === undefined || source === undefined) return [];
    const prefix = `${source.repository}@`;
    const commit = record.sources.find((place) => place.startsWith(prefix))?.slice(prefix.length);
    return [
      {
        path: file.path,
        source: commit === undefined ? source : { ...source, revision: commit },
        sizeBytes: recorded.sizeBytes,
        digest: { algorithm: "sha256", value: recorded.sha256 },
        pinnedBy: recorded.origin === "published" ? "server" : "nobody",
      },
    ];
  });
}

/** Whether an earlier pin is still what the manifest wants. */
function agrees(pin: PinnedFile, file: ManifestFile): boolean {
  const isSum = file.sha256 === undefined || (pin.digest?.algorithm === "sha256" && pin.digest.value === file.sha256);
  const isSource = file.sources.some(
    ({ repository, path }) => repository === pin.source.repository && path === pin.source.path,
  );
  return isSum && isSource && (file.sizeBytes === undefined || file.sizeBytes === pin.sizeBytes);
}

async function pinFile(
  file: ManifestFile,
  request: PinRequest,
  commits: ReadonlyMap<string, string>,
): Promise<PinnedFile> {
  const stated: Digest | undefined =
    file.sha256 === undefined ? undefined : { algorithm: "sha256", value: file.sha256 };
  const [first] = file.sources;
  // Everything is stated, and there is nothing to choose: no need to ask.
  if (stated && file.sizeBytes !== undefined && first && file.sources.length === 1)
    return { path: file.path, source: first, sizeBytes: file.sizeBytes, digest: stated, pinnedBy: "manifest" };
  const { source, remote } = await findSource(file, request, commits);
  const address = addressOf(request.access.base, source);
  const sizeBytes = file.sizeBytes ?? remote.sizeBytes;
  if (sizeBytes === undefined)
    throw new TachieError("download.unverifiable", `${address}: the server does not say how large the file is`, {
      where: address,
      remedy: "Use another server with --base.",
    });
  const isOther =
    (remote.sizeBytes !== undefined && remote.sizeBytes !== sizeBytes) ||
    (stated && remote.digest?.algorithm === "sha256" && remote.digest.value !== stated.value);
  if (isOther === true)
    throw new TachieError("download.mismatch", `${address} is another file than the manifest names`, {
      where: address,
    });
  const digest = stated ?? remote.digest;
  if (digest === undefined && !request.isUnverifiedAccepted)
    throw new TachieError(
      "download.unverifiable",
      `${address}: neither the manifest nor the server states a sum of the file`,
      {
        where: address,
      },
    );
  const pinned = {
    path: file.path,
    source: remote.commit === undefined ? source : { ...source, revision: remote.commit },
    sizeBytes,
  };
  if (digest === undefined) return { ...pinned, pinnedBy: "nobody" };
  return { ...pinned, digest, pinnedBy: stated ? "manifest" : "server" };
}

/** The first source that has the file. @throws the first source's error where none has */
async function findSource(
  file: ManifestFile,
  { access, limits, signal }: PinRequest,
  commits: ReadonlyMap<string, string>,
): Promise<{ source: FileSource; remote: RemoteFile }> {
  let firstError: unknown;
  for (const stated of file.sources) {
    const source = { ...stated, revision: commits.get(stated.repository) ?? stated.revision };
    const ask = async (): Promise<RemoteFile> => {
      using watch = new StallWatch({ ...limits, stallBytes: 1 });
      try {
        return await askAbout(source, access, AbortSignal.any([signal, watch.signal]));
      } catch (error) {
        if (watch.signal.aborted && !signal.aborted) throw watch.signal.reason;
        throw error;
      }
    };
    try {
      const address = addressOf(access.base, source);
      return { source, remote: await withRetries(ask, { limits, signal, what: file.path, address }) };
    } catch (error) {
      if (!isTachieError(error, "download.not-found") && !isTachieError(error, "download.refused")) throw error;
      firstError ??= error;
    }
  }
  throw firstError;
}
