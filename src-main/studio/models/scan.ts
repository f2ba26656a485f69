/**
 * @file Looks through folders for weights and tokenizers, wherever a person or another program put them: a plain folder, a
 * ComfyUI models folder, the Hugging Face cache, a diffusers folder. What a file is, its content says; names only spare
 * opening what cannot be it. Bounded in depth and number; links are followed, each file and folder once.
 */

import type { Dirent } from "node:fs";
import { open, readFile, readdir, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { readingError } from "../../graph/file-errors.ts";
import { finding } from "./findings.ts";
import type { Finding } from "./findings.ts";
import { inspectWeights, isIndexFile } from "./inspect-weights.ts";
import type { Weights } from "./inspect-weights.ts";
import { looksLikeTokenizer, recogniseTokenizer } from "./tokenizer.ts";
import type { TokenizerFound } from "./tokenizer.ts";

export interface Scan {
  /** As given. */
  readonly roots: readonly string[];
  readonly weights: readonly Weights[];
  readonly tokenizers: readonly TokenizerFound[];
  /** About files that are neither but should be, and about the bounds. */
  readonly findings: readonly Finding[];
}

export interface ScanLimits {
  /** Folders below a root. */
  readonly depth: number;
  /** Files that are looked at, in all. */
  readonly files: number;
  readonly signal?: AbortSignal;
}

export const SCAN_LIMITS: ScanLimits = { depth: 10, files: 20_000 };

/** Endings under which weights are published: a file of such a name that is something else is worth a word. */
const WEIGHTS_NAME = /\.(safetensors|sft|gguf)$/i;
/** Endings that programs give to files that are not whole yet. */
const PARTIAL_NAME = /\.(part|partial|incomplete|crdownload|aria2|download|tmp)$/i;
/** Endings of files that PyTorch writes. */
const PICKLE_NAME = /\.(ckpt|pt|pth|bin)$/i;
/** Smaller ones are settings and embeddings. */
const LEAST_PICKLE_BYTES = 1 << 20;
/** What certainly is neither weights nor a tokenizer. */
const OTHER_NAME = /\.(png|jpe?g|webp|gif|mp4|webm|txt|md|py|pyc|ts|js|ya?ml|toml|csv|html?|css|svg|log|db|zip|7z)$/i;
const SKIPPED_FOLDERS = new Set(["node_modules", "__pycache__"]);
/** No tokenizer.json is larger; the published ones have up to 34 MB. */
const MAX_TOKENIZER_BYTES = 256 << 20;

/**
 * @throws file.not-found, file.unreadable for a root; anything below that cannot be read becomes a finding
 */
export async function scanFolders(roots: readonly string[], limits: ScanLimits = SCAN_LIMITS): Promise<Scan> {
  const walk = new Walk(limits);
  for (const root of roots) {
    const absolute = path.resolve(root);
    try {
      if ((await stat(absolute)).isDirectory()) await walk.visit(absolute, 0);
      else await walk.look(absolute);
    } catch (error) {
      throw readingError(error, absolute);
    }
  }
  return { roots, weights: walk.weights, tokenizers: walk.tokenizers, findings: walk.findings };
}

class Walk {
  readonly weights: Weights[] = [];
  readonly tokenizers: TokenizerFound[] = [];
  readonly findings: Finding[] = [];
  private readonly limits: ScanLimits;
  /** Real paths of what was seen, so that links cannot lead in circles and nothing counts twice. */
  private readonly seen = new Set<string>();
  private fileCount = 0;
  private isBounded = false;

  constructor(limits: ScanLimits) {
    this.limits = limits;
  }

  async visit(folder: string, depth: number): Promise<void> {
    this.limits.signal?.throwIfAborted();
    if (depth > this.limits.depth) {
      this.bound(`folders deeper than ${this.limits.depth} were not looked at`, folder);
      return;
    }
    if (!(await this.isNew(folder))) return;
    let entries: Dirent[];
    try {
      entries = await readdir(folder, { withFileTypes: true });
    } catch (error) {
      if (depth === 0) throw error;
      this.findings.push(finding("file.unreadable", `${folder} cannot be read (${errnoOf(error)})`, { where: folder }));
      return;
    }
    const names = new Set(entries.map(({ name }) => name));
    // Indexes come first: the parts they name are then theirs.
    entries.sort((a, b) => Number(isIndexFile(b.name)) - Number(isIndexFile(a.name)) || (a.name < b.name ? -1 : 1));
    for (const entry of entries) {
      const full = path.join(folder, entry.name);
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && (await isFolderLink(full)));
      // The Hugging Face cache keeps the bytes in `blobs`, without names; `snapshots` links to them.
      const isBlobs = entry.name === "blobs" && names.has("snapshots");
      const isSkipped = entry.name.startsWith(".") || SKIPPED_FOLDERS.has(entry.name) || isBlobs;
      if (isFolder && !isSkipped) await this.visit(full, depth + 1);
      if (!isFolder && (entry.isFile() || entry.isSymbolicLink())) await this.look(full);
      if (this.isBounded && this.fileCount >= this.limits.files) return;
    }
  }

  async look(file: string): Promise<void> {
    if (this.fileCount >= this.limits.files) {
      this.bound(`only the first ${this.limits.files} files were looked at`, file);
      return;
    }
    this.fileCount++;
    const name = path.basename(file);
    if (OTHER_NAME.test(name)) return;
    if (PARTIAL_NAME.test(name)) {
      if (WEIGHTS_NAME.test(name.replace(PARTIAL_NAME, "").replace(/\.[0-9a-f]{12}$/, "")))
        this.findings.push(finding("file.partial", `${file} is a download that is not finished`, { where: file }));
      return;
    }
    if (isIndexFile(name)) return this.addWeights(file);
    const beginning = await this.readBeginning(file);
    if (beginning === undefined || !(await this.isNew(file))) return;
    if (looksLikeSafetensors(beginning) || WEIGHTS_NAME.test(name)) return this.addWeights(file);
    if (PICKLE_NAME.test(name) && isPickle(beginning)) return this.addPickle(file);
    if (name === "tokenizer.json" || looksLikeTokenizer(beginning.toString("utf8"))) await this.addTokenizer(file);
  }

  private async addWeights(file: string): Promise<void> {
    const { weights, findings } = inspectWeights(file);
    this.findings.push(...findings);
    if (weights === undefined) return;
    this.weights.push(weights);
    for (const part of weights.files) await this.isNew(part.path);
  }

  private async addPickle(file: string): Promise<void> {
    if ((await stat(file)).size < LEAST_PICKLE_BYTES) return;
    this.findings.push(finding("file.pickle", `${file} is a file of PyTorch's own format`, { where: file }));
  }

  private async addTokenizer(file: string): Promise<void> {
    if ((await stat(file)).size > MAX_TOKENIZER_BYTES) return;
    const { tokenizer, findings } = recogniseTokenizer(await readFile(file, "utf8"), file);
    this.findings.push(...findings);
    if (tokenizer) this.tokenizers.push(tokenizer);
  }

  /** The first bytes; undefined for what is not a plain file or cannot be read. */
  private async readBeginning(file: string): Promise<Buffer | undefined> {
    try {
      if (!(await stat(file)).isFile()) return undefined;
      const handle = await open(file, "r");
      try {
        const { buffer, bytesRead } = await handle.read(Buffer.alloc(1024), 0, 1024, 0);
        return buffer.subarray(0, bytesRead);
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (WEIGHTS_NAME.test(file))
        this.findings.push(finding("file.unreadable", `${file} cannot be read (${errnoOf(error)})`, { where: file }));
      return undefined;
    }
  }

  /** False also for what has vanished since it was listed. */
  private async isNew(file: string): Promise<boolean> {
    let real: string;
    try {
      real = await realpath(file);
    } catch (error) {
      if (errnoOf(error) === "ENOENT") return false;
      throw error;
    }
    if (this.seen.has(real)) return false;
    this.seen.add(real);
    return true;
  }

  private bound(message: string, where: string): void {
    if (!this.isBounded) this.findings.push(finding("scan.bounded", message, { where }));
    this.isBounded = true;
  }
}

/** A length that a header may have, and the brace that it begins with. */
function looksLikeSafetensors(beginning: Buffer): boolean {
  return beginning.length > 9 && beginning.readBigUInt64LE(0) <= 100_000_000n && beginning[8] === 0x7b;
}

/** By itself, or in the zip archive that newer versions write. */
function isPickle(beginning: Buffer): boolean {
  return beginning[0] === 0x80 || beginning.toString("latin1", 0, 4) === "PK\u0003\u0004";
}

async function isFolderLink(link: string): Promise<boolean> {
  try {
    return (await stat(link)).isDirectory();
  } catch {
    // A link to nowhere is not a folder; `look` reports it where its name is that of weights.
    return false;
  }
}

function errnoOf(error: unknown): string {
  const code = (error as { code?: unknown }).code;
  if (typeof code !== "string") throw error;
  return code;
}
