/**
 * @file Encoded texts on disk, for encoders that take gigabytes and seconds to load: a prompt that was read once need not
 * wait for them again, be it after a restart or where they were given up for room.
 *
 * A file holds its whole key and a checksum of its values, so neither a collision nor a damaged file gives another
 * picture in silence. What cannot be stored is only slower.
 */

import { createHash } from "node:crypto";
import { readdirSync, rmSync, statSync, utimesSync } from "node:fs";
import path from "node:path";
import { isTachieError } from "../contract/errors.ts";
import { makeFolders } from "../graph/make-folders.ts";
import { openSafetensors, readTensor, writeSafetensors } from "../graph/safetensors.ts";
import { bytesOf } from "../ort/native-memory.ts";
import { float32Tensor } from "../ort/session.ts";
import type { TensorOf } from "../ort/session.ts";
import type { EncodedText } from "./roles.ts";

export type TextKey = readonly (string | number)[];

export interface TextStore {
  get(key: TextKey): EncodedText | undefined;
  put(key: TextKey, text: EncodedText): void;
}

/** About 500 prompts of 256 tokens for Gemma 3 4B. */
const LIMIT_BYTES = 1 << 30;
const ENDING = ".safetensors";
const TENSORS = ["states", "pooled"] as const;

/**
 * @param folder absolute path; made when the first text is stored
 * @param report told of what could not be stored; the text is used all the same
 * @param limitBytes the least recently used go when the files take more
 */
export function openTextStore(
  folder: string,
  report: (error: unknown) => void,
  limitBytes: number = LIMIT_BYTES,
): TextStore {
  const fileOf = (key: string): string => path.join(folder, `${sha256(Buffer.from(key))}${ENDING}`);

  function sweep(): void {
    const files = readdirSync(folder)
      .filter((name) => name.endsWith(ENDING))
      .map((name) => ({ file: path.join(folder, name), ...statOf(path.join(folder, name)) }))
      .sort((a, b) => a.usedAt - b.usedAt);
    let total = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    for (const { file, sizeBytes } of files) {
      if (total <= limitBytes) return;
      rmSync(file, { force: true });
      total -= sizeBytes;
    }
  }

  return {
    get(parts) {
      const key = JSON.stringify(parts);
      const file = fileOf(key);
      try {
        const text = read(file, key);
        if (text === undefined) rmSync(file, { force: true });
        else utimesSync(file, new Date(), new Date());
        return text;
      } catch (error) {
        if (!isTachieError(error, "file.not-found")) report(error);
        return undefined;
      }
    },
    put(parts, text) {
      const key = JSON.stringify(parts);
      const tensors = TENSORS.map((name) => ({
        name,
        type: "F32" as const,
        shape: text[name].dims,
        data: bytesOf(text[name].data),
      }));
      try {
        makeFolders(folder);
        const sum = sumOf(tensors.map(({ data }) => data));
        writeSafetensors(fileOf(key), tensors, { key, sum }, { canReplace: true });
        sweep();
      } catch (error) {
        report(error);
      }
    },
  };
}

/** @returns undefined for a file of another key or with other values than were written */
function read(file: string, key: string): EncodedText | undefined {
  const opened = openSafetensors(file);
  if (opened.metadata.get("key") !== key) return undefined;
  const values: TensorOf<"float32">[] = [];
  const bytes: Uint8Array[] = [];
  for (const name of TENSORS) {
    const info = opened.tensors.get(name);
    if (info?.type !== "F32") return undefined;
    const data = readTensor(opened, name).bytes;
    bytes.push(data);
    values.push(float32Tensor(new Float32Array(data.buffer, data.byteOffset, data.byteLength / 4), info.shape));
  }
  if (opened.metadata.get("sum") !== sumOf(bytes)) return undefined;
  const [states, pooled] = values as [TensorOf<"float32">, TensorOf<"float32">];
  return { states, pooled, byteLength: states.data.byteLength + pooled.data.byteLength };
}

function sumOf(parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}

function sha256(bytes: Uint8Array): string {
  return sumOf([bytes]);
}

function statOf(file: string): { readonly sizeBytes: number; readonly usedAt: number } {
  const { size, mtimeMs } = statSync(file);
  return { sizeBytes: size, usedAt: mtimeMs };
}
