/**
 * @file A message as one run of bytes, for transports that carry frames, such as a WebSocket: used by the server and by
 * the page alike.
 *
 * JSON, so that a stranger's frame can build nothing but plain data, with the byte arrays (previews, PNG files) moved out
 * behind it as they are. A frame is: four bytes with the length of the JSON (little endian), the JSON in UTF-8, the bytes of
 * all arrays one after the other. The JSON is `{ message, arrays: [{ path, length }] }`; in `message`, null stands at the
 * path of each array.
 */

import { TachieError } from "./errors.ts";

export interface MessageLimits {
  /** The whole frame. */
  readonly frameBytes: number;
  /** Its JSON. */
  readonly jsonBytes: number;
}

/** Room for the PNG of a large picture. The JSON: the longest draft, each of its characters escaped. */
export const MESSAGE_LIMITS: MessageLimits = { frameBytes: 64 * 1024 * 1024, jsonBytes: 16 * 1024 * 1024 };
/** Objects and arrays inside one another; messages of ours have about ten. */
const MAX_DEPTH = 64;
/** Byte arrays in one message; messages of ours have one. */
const MAX_ARRAYS = 64;
const LENGTH_BYTES = 4;

type Path = readonly (string | number)[];
interface ArrayPlace {
  readonly path: Path;
  /** Bytes. */
  readonly length: number;
}

/**
 * Plain data only: what JSON has, and `Uint8Array`. As in JSON, properties that are undefined are left out.
 * @throws wire.invalid for anything else, and for a message over the limits
 */
export function encodeMessage(message: unknown, limits = MESSAGE_LIMITS): Uint8Array<ArrayBuffer> {
  const arrays: { readonly path: Path; readonly bytes: Uint8Array }[] = [];
  const plain = withoutArrays(message, [], (path, bytes) => arrays.push({ path, bytes }));
  const places: ArrayPlace[] = arrays.map(({ path, bytes }) => ({ path, length: bytes.length }));
  const json = new TextEncoder().encode(JSON.stringify({ message: plain, arrays: places }));
  if (arrays.length > MAX_ARRAYS) throw refused(`a message with ${arrays.length} byte arrays`);
  if (json.length > limits.jsonBytes) throw refused(`a message of ${json.length} bytes of JSON`);
  const length = arrays.reduce((sum, { bytes }) => sum + bytes.length, LENGTH_BYTES + json.length);
  if (length > limits.frameBytes) throw refused(`a message of ${length} bytes`);
  const frame = new Uint8Array(length);
  new DataView(frame.buffer).setUint32(0, json.length, true);
  frame.set(json, LENGTH_BYTES);
  let offset = LENGTH_BYTES + json.length;
  for (const { bytes } of arrays) {
    frame.set(bytes, offset);
    offset += bytes.length;
  }
  return frame;
}

/**
 * The inverse of `encodeMessage`, for any bytes whatever. What it returns is plain data; its form is for the receiver to
 * check. Byte arrays are copies with memory of their own.
 * @throws wire.invalid for what no `encodeMessage` has written
 */
export function decodeMessage(frame: Uint8Array, limits = MESSAGE_LIMITS): unknown {
  if (frame.length > limits.frameBytes) throw refused(`a frame of ${frame.length} bytes`);
  if (frame.length < LENGTH_BYTES) throw refused("a frame without its length");
  const jsonLength = new DataView(frame.buffer, frame.byteOffset, frame.byteLength).getUint32(0, true);
  if (jsonLength > limits.jsonBytes) throw refused(`a frame with ${jsonLength} bytes of JSON`);
  if (jsonLength > frame.length - LENGTH_BYTES) throw refused("a frame that is cut off");
  const envelope = parseJson(frame.subarray(LENGTH_BYTES, LENGTH_BYTES + jsonLength));
  requireDepth(envelope, MAX_DEPTH + 3);
  if (!isEnvelope(envelope)) throw refused("a frame without a message and its list of arrays");
  let offset = LENGTH_BYTES + jsonLength;
  for (const { path, length } of envelope.arrays) {
    if (length > frame.length - offset) throw refused("a byte array that is cut off");
    const bytes = new Uint8Array(length);
    bytes.set(frame.subarray(offset, offset + length));
    offset += length;
    put(envelope, ["message", ...path], bytes);
  }
  if (offset !== frame.length) throw refused("a frame with more bytes than its message");
  return envelope.message;
}

function withoutArrays(value: unknown, path: Path, take: (path: Path, bytes: Uint8Array) => void): unknown {
  if (typeof value === "bigint" || typeof value === "function" || typeof value === "symbol")
    throw refused(`a ${typeof value} at ${placeName(path)}`);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) {
    take(path, value);
    return null;
  }
  if (path.length >= MAX_DEPTH) throw refused("a message that is too deep or holds itself");
  if (Array.isArray(value)) return value.map((item, index) => withoutArrays(item, [...path, index], take));
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null)
    throw refused(`something other than plain data at ${placeName(path)}`);
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, withoutArrays(item, [...path, key], take)]),
  );
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (cause) {
    throw refused("a frame that is not JSON", cause);
  }
}

/** So that whoever walks through the message later cannot run out of stack. */
function requireDepth(value: unknown, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth === 0) throw refused("a message that is too deep");
  for (const item of Object.values(value)) requireDepth(item, depth - 1);
}

interface Envelope {
  message: unknown;
  readonly arrays: readonly ArrayPlace[];
}

function isEnvelope(value: unknown): value is Envelope {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, "message")) return false;
  const { arrays } = value as { arrays?: unknown };
  return Array.isArray(arrays) && arrays.length <= MAX_ARRAYS && arrays.every(isPlace);
}

function isPlace(value: unknown): value is ArrayPlace {
  if (typeof value !== "object" || value === null) return false;
  const { path, length } = value as { path?: unknown; length?: unknown };
  const isPath = Array.isArray(path) && path.every((key) => typeof key === "string" || Number.isSafeInteger(key));
  return isPath && Number.isSafeInteger(length) && (length as number) >= 0;
}

/** Only own properties, so that no path leads out of the message. */
function put(root: object, path: Path, bytes: Uint8Array): void {
  let place: unknown = root;
  for (const key of path.slice(0, -1)) place = ownProperty(place, key);
  const last = path.at(-1);
  if (last === undefined || ownProperty(place, last) !== null) throw refused("a byte array without a place");
  (place as Record<string | number, unknown>)[last] = bytes;
}

function ownProperty(place: unknown, key: string | number): unknown {
  if (typeof place !== "object" || place === null || !Object.hasOwn(place, key))
    throw refused("a byte array without a place");
  return (place as Record<string | number, unknown>)[key];
}

function placeName(path: Path): string {
  return path.length === 0 ? "the top of a message" : path.join(".");
}

function refused(what: string, cause?: unknown): TachieError {
  return new TachieError(
    "wire.invalid",
    `${what} cannot be carried between the page and Tachie`,
    cause === undefined ? {} : { cause },
  );
}
