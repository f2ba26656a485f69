/**
 * @file A network's weights as graph builders see them: names, shapes and places in files. Nothing is read or copied.
 *
 * One file or several shards with an index; a prefix of the names can be stripped. Links are resolved, because ONNX Runtime
 * refuses symbolic links: `folder` is where the bytes really lie.
 */

import { readFileSync, readdirSync, realpathSync, statSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../contract/errors.ts";
import { readingError } from "./file-errors.ts";
import { openSafetensors } from "./safetensors.ts";
import type { SafetensorsFile } from "./safetensors.ts";
import { SafetensorsError, quoteName } from "./safetensors-refusal.ts";
import { SAFETENSORS_TYPE_BITS } from "./safetensors-types.ts";
import type { SafetensorsType } from "./safetensors-types.ts";

/** A tensor, or rows of one, by its place. */
export interface Weight {
  /** Without the stripped prefix; rows are named `name[start:end]`. */
  readonly name: string;
  /** File name inside the checkpoint's folder. */
  readonly file: string;
  readonly type: SafetensorsType;
  readonly shape: readonly number[];
  /** Position of the first byte in the file, bytes. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

export interface Checkpoint {
  /** The folder in which `Weight.file` lies, absolute and without links. */
  readonly folder: string;
  /** The path as it was given, for messages. */
  readonly label: string;
  /** The opened files, in the order of their names. */
  readonly files: readonly SafetensorsFile[];
  /** Of all files together; the first file wins where keys repeat. */
  readonly metadata: ReadonlyMap<string, string>;
  has(name: string): boolean;
  names(): Iterable<string>;
  /** @throws model.incomplete when it is missing, model.mismatch when the shape differs (both are named) */
  tensor(name: string, shape?: readonly number[]): Weight;
  /**
   * Rows [start, end) along the first axis, as an offset into the same bytes.
   * @throws model.incomplete when the tensor is missing, model.mismatch when it has no such rows
   */
  rows(name: string, start: number, end: number): Weight;
}

export interface CheckpointOptions {
  /** Only tensors whose name begins so are seen, and without it: `w.` */
  readonly prefix?: string;
}

/**
 * Opens a checkpoint: a `.safetensors` file, a `.safetensors.index.json` beside its shards, or a folder that holds one of these.
 * @throws safetensors.invalid, model.incomplete naming the missing shard or tensor, file.not-found, file.unreadable
 */
export function openCheckpoint(label: string, options: CheckpointOptions = {}): Checkpoint {
  const main = locate(label);
  const shards = main.endsWith(".json") ? readIndex(main, label) : { files: [main], owners: undefined };
  const opened = [...new Set(shards.files)].sort().map((file) => openShard(file, label));
  const folder = path.dirname(opened[0]?.path ?? main);
  for (const { path: file } of opened)
    if (path.dirname(file) !== folder)
      throw new TachieError(
        "model.unsupported",
        `${label}: its parts lie in different folders: ${folder} and ${file}`,
        {
          where: label,
          remedy: "Put all parts of the checkpoint into one folder; hard links will do.",
        },
      );
  const weights = collectWeights(opened, options.prefix ?? "", label);
  checkOwners(shards.owners, opened, label);
  return createView(folder, label, opened, weights);
}

/**
 * The checkpoint as if it were opened with the prefix that stands before the first name which ends in one of these: programs
 * put a network among others under `model.diffusion_model.` or `vae.`. The same checkpoint where there is no such name.
 * @param signs names of tensors that the network has once
 */
export function withoutPrefix(checkpoint: Checkpoint, signs: readonly string[]): Checkpoint {
  const prefix = findPrefix(checkpoint, signs);
  if (prefix === undefined || prefix === "") return checkpoint;
  return {
    ...checkpoint,
    has: (name) => checkpoint.has(prefix + name),
    *names() {
      for (const name of checkpoint.names()) if (name.startsWith(prefix)) yield name.slice(prefix.length);
    },
    tensor: (name, shape) => checkpoint.tensor(prefix + name, shape),
    rows: (name, start, end) => checkpoint.rows(prefix + name, start, end),
  };
}

function findPrefix(checkpoint: Checkpoint, signs: readonly string[]): string | undefined {
  if (signs.some((sign) => checkpoint.has(sign))) return "";
  for (const name of checkpoint.names())
    for (const sign of signs) if (name.endsWith(`.${sign}`)) return name.slice(0, -sign.length);
  return undefined;
}

/** The file to begin with: itself, or what a folder evidently means. */
function locate(label: string): string {
  try {
    if (!statSync(label).isDirectory()) return label;
    const names = readdirSync(label).sort();
    const indexes = names.filter((name) => name.endsWith(".safetensors.index.json"));
    const candidates = indexes.length > 0 ? indexes : names.filter((name) => name.endsWith(".safetensors"));
    const [only] = candidates;
    if (only !== undefined && candidates.length === 1) return path.join(label, only);
    const found = candidates.length === 0 ? "no .safetensors file" : `several: ${candidates.slice(0, 8).join(", ")}`;
    throw new TachieError("model.incomplete", `${label} holds ${found}`, {
      where: label,
      remedy: "Name the weights file itself, or the .safetensors.index.json of a checkpoint in parts.",
    });
  } catch (error) {
    throw readingError(error, label);
  }
}

interface Shards {
  readonly files: readonly string[];
  /** Shard path by tensor name, as the index states it. */
  readonly owners: ReadonlyMap<string, string> | undefined;
}

function readIndex(file: string, label: string): Shards {
  const fail = (message: string, cause?: unknown): never => {
    throw new TachieError("model.incomplete", `${file}: ${message}`, { where: file, cause });
  };
  let json: unknown;
  try {
    json = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return fail(`this index is not JSON: ${error.message}`, error);
    throw readingError(error, label);
  }
  const map = (json as { weight_map?: unknown } | null)?.weight_map;
  if (typeof map !== "object" || map === null || Array.isArray(map)) return fail("the index has no weight_map");
  const owners = new Map<string, string>();
  for (const [tensor, shard] of Object.entries(map)) {
    if (typeof shard !== "string" || shard === "" || shard !== path.basename(shard) || /[\\/]/.test(shard))
      return fail(`${quoteName(tensor)} is said to lie in ${JSON.stringify(shard)}, which is not a file name`);
    owners.set(tensor, path.join(path.dirname(file), shard));
  }
  if (owners.size === 0) return fail("the index names no tensors");
  return { files: [...owners.values()], owners };
}

function openShard(file: string, label: string): SafetensorsFile {
  let real: string;
  try {
    real = realpathSync(file);
  } catch (error) {
    const typed = readingError(error, file);
    if (file === label || !(typed instanceof TachieError)) throw typed;
    throw new TachieError("model.incomplete", `${label}: the part ${path.basename(file)} is missing`, {
      where: file,
      cause: error,
    });
  }
  return openSafetensors(real);
}

function collectWeights(files: readonly SafetensorsFile[], prefix: string, label: string): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  for (const { path: file, tensors } of files)
    for (const { name, type, shape, offset, length } of tensors.values()) {
      if (!name.startsWith(prefix)) continue;
      const stripped = name.slice(prefix.length);
      if (weights.has(stripped))
        throw new SafetensorsError("duplicate-key", label, "two parts of the checkpoint hold this tensor", {
          tensor: name,
        });
      weights.set(stripped, { name: stripped, file: path.basename(file), type, shape, offset, length });
    }
  return weights;
}

/** An index that names tensors which are not there tells of a part from another model, or one that was replaced. */
function checkOwners(owners: Shards["owners"], files: readonly SafetensorsFile[], label: string): void {
  if (owners === undefined) return;
  const present = new Set(files.flatMap(({ tensors }) => [...tensors.keys()]));
  for (const [tensor, file] of owners)
    if (!present.has(tensor))
      throw new TachieError(
        "model.incomplete",
        `${label}: the index names the tensor ${quoteName(tensor)}, which is not in ${path.basename(file)}`,
        { where: `${file}: ${quoteName(tensor)}` },
      );
}

function createView(
  folder: string,
  label: string,
  files: readonly SafetensorsFile[],
  weights: ReadonlyMap<string, Weight>,
): Checkpoint {
  const metadata = new Map(files.toReversed().flatMap((file) => [...file.metadata]));
  const whereOf = (name: string): string => `${label}: ${quoteName(name)}`;
  const find = (name: string): Weight => {
    const weight = weights.get(name);
    if (weight) return weight;
    throw new TachieError("model.incomplete", `${label} has no tensor ${quoteName(name)}`, { where: whereOf(name) });
  };
  return {
    folder,
    label,
    files,
    metadata,
    has: (name) => weights.has(name),
    names: () => weights.keys(),
    tensor(name, shape) {
      const weight = find(name);
      if (shape === undefined || isSameShape(shape, weight.shape)) return weight;
      const message = `the tensor ${quoteName(name)} has the shape ${shapeText(weight.shape)} where ${shapeText(shape)} is needed`;
      throw new TachieError("model.mismatch", `${label}: ${message}`, { where: whereOf(name) });
    },
    rows(name, start, end) {
      const weight = find(name);
      const [count, ...rest] = weight.shape;
      const rowBits = rest.reduce((product, dimension) => product * dimension, SAFETENSORS_TYPE_BITS[weight.type]);
      const isInside = count !== undefined && Number.isInteger(start) && Number.isInteger(end) && start >= 0;
      if (!isInside || end < start || end > count || rowBits % 8 !== 0) {
        const message = `rows ${start} to ${end} of the tensor ${quoteName(name)}, which has the shape ${shapeText(weight.shape)}`;
        throw new TachieError("model.mismatch", `${label} has no ${message}`, { where: whereOf(name) });
      }
      const rowBytes = rowBits / 8;
      return {
        ...weight,
        name: `${name}[${start}:${end}]`,
        shape: [end - start, ...rest],
        offset: weight.offset + start * rowBytes,
        length: (end - start) * rowBytes,
      };
    },
  };
}

function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dimension, index) => dimension === b[index]);
}

function shapeText(shape: readonly number[]): string {
  return `[${shape.join(", ")}]`;
}
