/**
 * @file Loads ONNX Runtime's library and makes its C API callable. Every status is checked in one place, `checked`.
 */

import { existsSync } from "node:fs";
import koffi from "koffi";
import type { TypeObject } from "koffi";
import { TachieError } from "../../contract/errors.ts";
import { keptLibrary } from "../kept-library.ts";
import { messageOf, nativeError } from "../native-error.ts";
import { FUNCTION_INDEX } from "./function-names.ts";
import { CHECKED, RELEASES } from "./signatures.ts";
import type { CheckedCalls, CheckedName, Kind, ReleaseCalls } from "./signatures.ts";

/** Of ONNX Runtime 1.29: the table that `FUNCTION_INDEX` describes. */
export const API_VERSION = 29;

export interface OrtApi extends CheckedCalls, ReleaseCalls {
  /** Such as `1.29.0`. */
  readonly version: string;
  /** A status that reports a failure to the library, which releases it. */
  createStatus(message: string): bigint;
}

const POINTER: TypeObject = koffi.types.uintptr_t;
const VOID_POINTER = koffi.pointer(koffi.types.void);
const ORT_FAIL = 1;

/** Typed arrays are passed where they lie, so that what the library writes is read from them without a copy. */
const NATIVE: Readonly<Record<Kind, TypeObject>> = {
  handle: VOID_POINTER,
  out: VOID_POINTER,
  int: koffi.types.int,
  size: koffi.types.size_t,
  text: koffi.types.str,
  path: process.platform === "win32" ? koffi.types.str16 : koffi.types.str,
  texts: koffi.pointer(koffi.types.str),
  handles: VOID_POINTER,
  int64s: VOID_POINTER,
  bytes: VOID_POINTER,
  outInt: VOID_POINTER,
  outFloat: VOID_POINTER,
};

const loaded = new Map<string, OrtApi>();

/**
 * The library at that path, loaded once for a process.
 * @throws engine.start-failed when it is missing, cannot be loaded or is too old
 */
export function loadOrtApi(libraryPath: string): OrtApi {
  const known = loaded.get(libraryPath);
  if (known !== undefined) return known;
  const api = load(libraryPath);
  loaded.set(libraryPath, api);
  return api;
}

function load(libraryPath: string): OrtApi {
  const base = openLibrary(libraryPath);
  const [getApi, getVersion] = koffi.decode(base, POINTER, 2) as [bigint, bigint];
  const version = functionAt(getVersion, koffi.types.str, [])() as string;
  // An older library would print a complaint when asked for a version that it does not have.
  const isNewEnough = version.startsWith("1.") && Number(version.split(".")[1]) >= API_VERSION;
  const table = isNewEnough
    ? (functionAt(getApi, VOID_POINTER, [koffi.types.uint32_t])(API_VERSION) as bigint | null)
    : null;
  if (table === null)
    throw startFailed(libraryPath, `it is version ${version}, and 1.${API_VERSION} or newer is needed`);
  return bind(table, version);
}

/** Where the library's `OrtApiBase` lies: two function pointers, GetApi and GetVersionString. */
function openLibrary(libraryPath: string): bigint {
  if (!existsSync(libraryPath)) throw startFailed(libraryPath, "there is no such file");
  try {
    return keptLibrary(libraryPath).func("OrtGetApiBase", VOID_POINTER, [])() as bigint;
  } catch (cause) {
    throw startFailed(libraryPath, messageOf(cause), cause);
  }
}

function bind(table: bigint, version: string): OrtApi {
  const pointers = koffi.decode(table, POINTER, FUNCTION_INDEX.size) as ArrayLike<bigint | number>;
  const native = (name: string, result: TypeObject, parameters: readonly TypeObject[]): NativeFunction =>
    functionAt(BigInt(pointers[FUNCTION_INDEX.get(name)!]!), result, parameters);

  const getMessage = native("GetErrorMessage", koffi.types.str, [VOID_POINTER]);
  const releaseStatus = native("ReleaseStatus", koffi.types.void, [VOID_POINTER]);
  const createStatus = native("CreateStatus", VOID_POINTER, [koffi.types.int, koffi.types.str]);

  const checked = (name: string, kinds: readonly Kind[]): NativeFunction => {
    const call = native(
      name,
      VOID_POINTER,
      kinds.map((kind) => NATIVE[kind]),
    );
    return (...values) => {
      const status = call(...values) as bigint | null;
      if (status === null) return;
      const message = getMessage(status) as string;
      releaseStatus(status);
      throw nativeError(PURPOSES[name as CheckedName] ?? `ONNX Runtime refused ${name}`, message);
    };
  };

  return {
    version,
    createStatus: (message) => createStatus(ORT_FAIL, message) as bigint,
    ...Object.fromEntries(Object.entries(CHECKED).map(([name, kinds]) => [name, checked(name, kinds)])),
    ...Object.fromEntries(RELEASES.map((name) => [name, native(name, koffi.types.void, [VOID_POINTER])])),
  } as OrtApi;
}

type NativeFunction = (...values: unknown[]) => unknown;

function functionAt(pointer: bigint | number, result: TypeObject, parameters: readonly TypeObject[]): NativeFunction {
  return koffi.decode(BigInt(pointer), koffi.proto(result, [...parameters])) as NativeFunction;
}

/** What a person was doing when the call was refused; others are named by the function. */
const PURPOSES: Partial<Record<CheckedName, string>> = {
  CreateSessionFromArray: "the graph cannot be loaded",
  Run: "a run failed",
  RunWithBinding: "a run failed",
};

function startFailed(libraryPath: string, why: string, cause?: unknown): TachieError {
  return new TachieError("engine.start-failed", `ONNX Runtime cannot be loaded from ${libraryPath}: ${why}`, {
    where: libraryPath,
    remedy: "Run `npm install` again; on Linux the C++ runtime library (libstdc++6) must be installed.",
    cause,
  });
}
