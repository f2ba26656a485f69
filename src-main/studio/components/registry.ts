/**
 * @file Where a package's archive is to be had, asked of the npm registry: the client's usual one, or the one that npm is
 * told of by its own environment variable, as in companies that keep a mirror.
 */

import registryFetch from "npm-registry-fetch";
import { TachieError } from "../../contract/errors.ts";
import { cancelledError } from "../../contract/wire.ts";
import type { ComponentPackage } from "./component-manifest.ts";

export interface RegistryOptions {
  readonly signal: AbortSignal;
  /** Address of another registry than the usual one. */
  readonly registry?: string | undefined;
  /** Further tries, and the shortest pause before one in milliseconds. */
  readonly retries?: number;
  readonly pauseMs?: number;
}

const TIMEOUT_MS = 30_000;

/** The registry that npm is configured with, where the environment says so. */
export function configuredRegistry(): string | undefined {
  const chosen = process.env["npm_config_registry"];
  return chosen === undefined || chosen === "" ? undefined : chosen;
}

/**
 * The archive's address.
 * @throws download.unreachable, download.refused, download.not-found; download.mismatch where the registry has other bytes
 *   under that version than are pinned; job.cancelled
 */
export async function findArchive(wanted: ComponentPackage, options: RegistryOptions): Promise<string> {
  const name = `${wanted.package}@${wanted.version}`;
  const described = await describe(wanted, name, options);
  const dist = isRecord(described["dist"]) ? described["dist"] : {};
  const { tarball, integrity } = dist;
  if (integrity !== wanted.integrity)
    throw new TachieError("download.mismatch", `the registry states another sum for ${name} than is pinned`, {
      where: `${String(integrity)} instead of ${wanted.integrity}`,
      remedy: "Nothing that differs is ever used. Try again later, or report it.",
    });
  if (typeof tarball === "string" && URL.canParse(tarball) && /^https?:/.test(tarball)) return tarball;
  throw new TachieError("download.not-found", `the registry does not say where the archive of ${name} is`, {
    remedy: "Try again later.",
  });
}

async function describe(
  { package: packageName, version }: ComponentPackage,
  name: string,
  { signal, registry, retries = 2, pauseMs = 1000 }: RegistryOptions,
): Promise<Record<string, unknown>> {
  try {
    return await registryFetch.json(`/${packageName}/${version}`, {
      ...(registry === undefined ? {} : { registry }),
      timeout: TIMEOUT_MS,
      fetchRetries: retries,
      fetchRetryMintimeout: pauseMs,
      signal,
    });
  } catch (error) {
    if (signal.aborted) throw cancelledError();
    throw registryError(error, name);
  }
}

function registryError(cause: unknown, name: string): unknown {
  if (!(cause instanceof Error)) return cause;
  const { statusCode, code } = cause as Error & { statusCode?: unknown; code?: unknown };
  if (statusCode === 404)
    return new TachieError("download.not-found", `the registry has no ${name}`, {
      where: name,
      remedy: "Where npm_config_registry names a mirror, it may lack the package: unset it, or try again later.",
      cause,
    });
  if (statusCode === 401 || statusCode === 403)
    return new TachieError("download.refused", `the registry does not give ${name} to us (${String(statusCode)})`, {
      where: name,
      remedy: "Where npm_config_registry names a registry that wants a sign-in, name one that does not.",
      cause,
    });
  // Errors of the network and of answers that are no answers have a code; anything else thrown is a bug.
  if (typeof code !== "string") return cause;
  return new TachieError("download.unreachable", `the registry cannot be asked for ${name}: ${cause.message}`, {
    where: name,
    remedy: "Check the connection and run the command again.",
    cause,
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
