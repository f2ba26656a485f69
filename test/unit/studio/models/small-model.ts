/** @file A whole small NewBie model on disk, and the same files laid out as other programs keep them. */

import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import os from "node:os";
import path from "node:path";
import { newbieCheckpoint } from "../../../../models/make-checkpoint.ts";
import { writeSyntheticModel } from "../../../../models/synthetic.ts";
import { openSafetensors, readTensor, writeSafetensors } from "../../../../src-main/graph/safetensors.ts";

/** A folder of its own for a test file. */
export function temporaryFolder(): Disposable & { readonly path: string; at(...names: string[]): string } {
  const folder = mkdtempSync(path.join(os.tmpdir(), "tachie-models-"));
  return {
    path: folder,
    at: (...names) => path.join(folder, ...names),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Files of the small model by what they are, relative to its folder. */
export const FILES = {
  transformer: "transformer/diffusion_pytorch_model.safetensors",
  vae: "vae/diffusion_pytorch_model.safetensors",
  textEncoder: "text_encoder/gemma3-4b-it.safetensors",
  textTokenizer: "text_encoder/tokenizer.json",
  pooledEncoder: "clip_model/jina-clip-v2.safetensors",
  pooledTokenizer: "clip_model/tokenizer.json",
} as const;

/** The model as published, with `model.json`; without it where `isBare`. */
export function writeSmallModel(folder: string, isBare = false, seed = 1): string {
  writeSyntheticModel(folder, newbieCheckpoint("small", seed));
  if (isBare) rmSync(path.join(folder, "model.json"));
  return folder;
}

/** As ComfyUI keeps it: folders by kind, other names, no tokenizers, prefixes. */
export function layOutAsComfy(model: string, comfy: string): string {
  const place = (from: string, to: string, rename: (name: string) => string): void =>
    rewrite(path.join(model, from), path.join(comfy, to), rename);
  place(FILES.transformer, "diffusion_models/anime.safetensors", (name) => `model.diffusion_model.${name}`);
  place(FILES.vae, "vae/ae.safetensors", (name) => name);
  place(FILES.textEncoder, "text_encoders/a.safetensors", (name) => name.replace("language_model.", ""));
  place(FILES.pooledEncoder, "text_encoders/b.safetensors", (name) =>
    name.replace("text_model.transformer.roberta", "model"),
  );
  return comfy;
}

/** As the Hugging Face cache keeps it: bytes in `blobs` under their sums, names as links; the text encoder in two parts. */
export function layOutAsCache(model: string, cache: string): string {
  const repository = path.join(cache, "models--NewBie-AI--NewBie-image-Exp0.1");
  const snapshot = path.join(repository, "snapshots", "0123456789abcdef0123456789abcdef01234567");
  const put = (file: string, bytes: Buffer): void => {
    const blob = path.join(repository, "blobs", createHash("sha256").update(bytes).digest("hex"));
    mkdirSync(path.dirname(blob), { recursive: true });
    writeFileSync(blob, bytes);
    const link = path.join(snapshot, file);
    mkdirSync(path.dirname(link), { recursive: true });
    symlinkSync(path.relative(path.dirname(link), blob), link);
  };
  for (const file of [FILES.transformer, FILES.vae, FILES.textTokenizer, FILES.pooledEncoder, FILES.pooledTokenizer])
    put(file, readFileSync(path.join(model, file)));
  const whole = openSafetensors(path.join(model, FILES.textEncoder));
  const names = [...whole.tensors.keys()];
  const weightMap: Record<string, string> = {};
  for (const [part, own] of [names.slice(0, 40), names.slice(40)].entries()) {
    const shard = `model-0000${part + 1}-of-00002.safetensors`;
    const temporary = path.join(cache, shard);
    mkdirSync(cache, { recursive: true });
    writeSafetensors(
      temporary,
      own.map((name) => tensorOf(whole.path, name, name)),
      Object.fromEntries(whole.metadata),
    );
    put(`text_encoder/${shard}`, readFileSync(temporary));
    rmSync(temporary);
    for (const name of own) weightMap[name] = shard;
  }
  put(
    "text_encoder/model.safetensors.index.json",
    Buffer.from(JSON.stringify({ metadata: {}, weight_map: weightMap })),
  );
  return cache;
}

/** Copies weights with other names; `undefined` leaves a tensor out. */
export function rewrite(from: string, to: string, rename: (name: string) => string | undefined): void {
  mkdirSync(path.dirname(to), { recursive: true });
  const file = openSafetensors(from);
  const tensors = [...file.tensors.keys()].flatMap((name) => {
    const renamed = rename(name);
    return renamed === undefined ? [] : [tensorOf(from, name, renamed)];
  });
  writeSafetensors(to, tensors, Object.fromEntries(file.metadata), { canReplace: true });
}

export function copy(from: string, to: string): void {
  mkdirSync(path.dirname(to), { recursive: true });
  copyFileSync(from, to);
}

/** Changes one bit in place. */
export function flipBit(file: string, bit: number): void {
  const bytes = readFileSync(file);
  const place = Math.floor(bit / 8) % bytes.length;
  bytes[place] = (bytes[place] ?? 0) ^ (1 << (bit % 8));
  writeFileSync(file, bytes);
}

function tensorOf(file: string, name: string, renamed: string) {
  const { type, shape, bytes } = readTensor(openSafetensors(file), name);
  return { name: renamed, type, shape, data: bytes };
}
