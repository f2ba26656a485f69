/**
 * @file A file that is being downloaded. Its bytes go to `NAME.partial`; `NAME.partial.json` keeps, every so many bytes, how
 * far it is on the disk and the SHA-256 up to there. After a kill or a power cut the bytes are hashed again and kept as far as
 * they agree. The final name is given only to the whole file with the right sum.
 */

import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { constants, open, rename } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import path from "node:path";
import { isTachieError } from "../../contract/errors.ts";
import { syncFolder, writeFileAtomically } from "../../graph/atomic-file.ts";
import { writingError } from "../../graph/file-errors.ts";
import type { Digest } from "./remote-file.ts";

export const PARTIAL_SUFFIX = ".partial";
export const JOURNAL_SUFFIX = ".partial.json";

/** What the file must be in the end. */
export interface FileIdentity {
  readonly sizeBytes: number;
  /** Absent where nobody states one and the user has accepted that. */
  readonly digest?: Digest | undefined;
}

/** The calls that may fail when a disk is full, for tests to fail them. */
export type PartialHandle = Pick<FileHandle, "write" | "read" | "sync" | "truncate" | "close" | "stat">;

export interface PartialOptions {
  /** After how many bytes the state is made durable: the most that is fetched twice after a kill. */
  readonly checkpointBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** Called while bytes of an earlier run are hashed again. */
  readonly onChecked?: ((bytes: number) => void) | undefined;
  readonly openHandle?: ((file: string) => Promise<PartialHandle>) | undefined;
}

interface Checkpoint {
  readonly bytes: number;
  readonly sha256: string;
}

interface Journal {
  readonly format: 1;
  readonly sizeBytes: number;
  readonly digest: string;
  readonly etag?: string;
  readonly checkpoints: readonly Checkpoint[];
}

/** Hashing again reads the disk, so the pieces are large. */
const READ_BYTES = 4 << 20;

export class PartialFile {
  /** The server's tag of the version that the bytes come from. */
  etag: string | undefined;
  private readonly target: string;
  private readonly identity: FileIdentity;
  private readonly options: PartialOptions;
  private readonly handle: PartialHandle;
  private isOpen = true;
  private sha256: Hash;
  private gitSha1: Hash | undefined;
  private checkpoints: Checkpoint[] = [];
  private end = 0;

  private constructor(target: string, identity: FileIdentity, options: PartialOptions, handle: PartialHandle) {
    this.target = target;
    this.identity = identity;
    this.options = options;
    this.handle = handle;
    [this.sha256, this.gitSha1] = this.freshHashes();
  }

  /**
   * Goes on with what an earlier run has left, as far as its bytes agree with its notes and it was after the same file.
   * @param target the final name; its folder must exist
   * @throws disk.full, file.unwritable, the signal's reason
   */
  static async open(target: string, identity: FileIdentity, options: PartialOptions): Promise<PartialFile> {
    try {
      const handle = await (options.openHandle ?? openReadWrite)(target + PARTIAL_SUFFIX);
      const partial = new PartialFile(target, identity, options, handle);
      try {
        await partial.recover(readJournal(target + JOURNAL_SUFFIX));
        return partial;
      } catch (error) {
        await handle.close();
        throw error;
      }
    } catch (error) {
      throw writingError(error, target);
    }
  }

  /** Bytes that are there and hashed. */
  get position(): number {
    return this.end;
  }

  get isWhole(): boolean {
    return this.end === this.identity.sizeBytes;
  }

  /** @param bytes what follows in the file; not more than is missing @throws disk.full, file.unwritable */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < bytes.length;) {
        const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, this.end + done);
        done += bytesWritten;
      }
    } catch (error) {
      throw writingError(error, this.target);
    }
    this.sha256.update(bytes);
    this.gitSha1?.update(bytes);
    this.end += bytes.length;
    if (this.end - (this.checkpoints.at(-1)?.bytes ?? 0) >= this.options.checkpointBytes) await this.save();
  }

  /** Makes everything so far survive a kill and a power cut. @throws disk.full, file.unwritable */
  async save(): Promise<void> {
    try {
      await this.handle.sync();
    } catch (error) {
      throw writingError(error, this.target);
    }
    if (this.end > (this.checkpoints.at(-1)?.bytes ?? 0))
      this.checkpoints.push({ bytes: this.end, sha256: this.sha256.copy().digest("hex") });
    this.writeJournal();
  }

  /** Forgets all bytes: they are not of the file that is wanted. */
  async restart(): Promise<void> {
    this.end = 0;
    this.checkpoints = [];
    this.etag = undefined;
    [this.sha256, this.gitSha1] = this.freshHashes();
    try {
      await this.handle.truncate(0);
    } catch (error) {
      throw writingError(error, this.target);
    }
    this.writeJournal();
  }

  /**
   * Gives the whole file its name, durably, if its sum is right.
   * @returns the SHA-256, or undefined where the contents are not what they should be (nothing is changed then)
   */
  async commit(): Promise<string | undefined> {
    const sha256 = this.sha256.copy().digest("hex");
    const { digest } = this.identity;
    const found = digest?.algorithm === "git-sha1" ? this.gitSha1?.copy().digest("hex") : sha256;
    if (!this.isWhole || (digest !== undefined && digest.value !== found)) return undefined;
    try {
      // A shorter file than was written to would be a fault of the file system; a longer one is left over from before.
      await this.handle.truncate(this.end);
      await this.handle.sync();
      await this.close();
      await rename(this.target + PARTIAL_SUFFIX, this.target);
      syncFolder(path.dirname(this.target));
      rmSync(this.target + JOURNAL_SUFFIX, { force: true });
    } catch (error) {
      throw writingError(error, this.target);
    }
    return sha256;
  }

  /** Leaves a state that a later run can go on with. Never throws for a full disk. */
  async leave(): Promise<void> {
    if (!this.isOpen) return;
    try {
      await this.handle.truncate(this.end);
      await this.save();
    } catch (error) {
      // The notes of the last checkpoint are still there and true; that is all that a full disk allows.
      if (!isTachieError(writingError(error, this.target), "disk.full")) throw error;
    } finally {
      await this.close();
    }
  }

  /** Deletes what was fetched and the notes about it. */
  async discard(): Promise<void> {
    await this.close();
    rmSync(this.target + PARTIAL_SUFFIX, { force: true });
    rmSync(this.target + JOURNAL_SUFFIX, { force: true });
  }

  private async close(): Promise<void> {
    if (this.isOpen) await this.handle.close();
    this.isOpen = false;
  }

  private freshHashes(): [sha256: Hash, gitSha1: Hash | undefined] {
    const { digest, sizeBytes } = this.identity;
    const isGit = digest?.algorithm === "git-sha1";
    return [createHash("sha256"), isGit ? createHash("sha1").update(`blob ${sizeBytes}\0`) : undefined];
  }

  /** Hashes the bytes up to the last checkpoint they agree with; what follows is fetched again. */
  private async recover(journal: Journal | undefined): Promise<void> {
    const { size } = await this.handle.stat();
    if (
      journal === undefined ||
      journal.sizeBytes !== this.identity.sizeBytes ||
      journal.digest !== this.digestText()
    ) {
      if (size > 0) await this.handle.truncate(0);
      return;
    }
    this.etag = journal.etag;
    for (const checkpoint of journal.checkpoints) {
      if (checkpoint.bytes > size || checkpoint.bytes > this.identity.sizeBytes || checkpoint.bytes <= this.end) break;
      const [sha256, gitSha1] = [this.sha256.copy(), this.gitSha1?.copy()];
      await this.hashRange(this.end, checkpoint.bytes, sha256, gitSha1);
      if (sha256.copy().digest("hex") !== checkpoint.sha256) break;
      [this.sha256, this.gitSha1] = [sha256, gitSha1];
      this.end = checkpoint.bytes;
      this.checkpoints.push(checkpoint);
    }
    if (size > this.end) await this.handle.truncate(this.end);
  }

  private async hashRange(start: number, end: number, sha256: Hash, gitSha1: Hash | undefined): Promise<void> {
    const buffer = Buffer.allocUnsafe(Math.min(READ_BYTES, end - start));
    for (let position = start; position < end;) {
      this.options.signal?.throwIfAborted();
      const { bytesRead } = await this.handle.read(buffer, 0, Math.min(buffer.length, end - position), position);
      if (bytesRead === 0) return;
      const bytes = buffer.subarray(0, bytesRead);
      sha256.update(bytes);
      gitSha1?.update(bytes);
      position += bytesRead;
      this.options.onChecked?.(bytesRead);
    }
  }

  private digestText(): string {
    const { digest } = this.identity;
    return digest === undefined ? "none" : `${digest.algorithm}:${digest.value}`;
  }

  private writeJournal(): void {
    const journal: Journal = {
      format: 1,
      sizeBytes: this.identity.sizeBytes,
      digest: this.digestText(),
      ...(this.etag === undefined ? {} : { etag: this.etag }),
      checkpoints: this.checkpoints,
    };
    writeFileAtomically(this.target + JOURNAL_SUFFIX, (append) => append(Buffer.from(JSON.stringify(journal))), {
      canReplace: true,
    });
  }
}

function openReadWrite(file: string): Promise<FileHandle> {
  return open(file, constants.O_RDWR | constants.O_CREAT, 0o644);
}

/** Undefined where there are no notes, or none that can be read: then nothing is known of the bytes. */
function readJournal(file: string): Journal | undefined {
  try {
    const journal = JSON.parse(readFileSync(file, "utf8")) as Partial<Journal> | null;
    const isKnown =
      journal?.format === 1 && Array.isArray(journal.checkpoints) && journal.checkpoints.every(isCheckpoint);
    return isKnown ? (journal as Journal) : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || (error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
}

function isCheckpoint(value: unknown): value is Checkpoint {
  if (typeof value !== "object" || value === null) return false;
  const { bytes, sha256 } = value as Record<string, unknown>;
  return Number.isSafeInteger(bytes) && typeof sha256 === "string";
}
