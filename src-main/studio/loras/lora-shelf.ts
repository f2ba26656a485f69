/** @file The adapters that can be chosen: those in Tachie's own folder for them, and those named by their paths. */

import { mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import type { ErrorCode } from "../../contract/errors.ts";
import type { LoraFile, LoraShelf } from "../../contract/loras.ts";
import { readingError, writingError } from "../../graph/file-errors.ts";
import { TRASH_FOLDER } from "../models/remove-model.ts";
import { fileStamp } from "./file-stamp.ts";
import { inspectLora } from "./inspect-lora.ts";
import type { LoraStore } from "./lora-store.ts";

/** Folders inside the folder, as people sort their files. */
const DEPTH = 3;

export class Loras {
  readonly folder: string;
  readonly #store: LoraStore;
  /** By path, for the state in which it was looked at. */
  readonly #known = new Map<string, { readonly stamp: string; readonly lora: LoraFile }>();

  /** @param folder Tachie's own for adapters, absolute; it need not exist */
  constructor(folder: string, store: LoraStore) {
    this.folder = folder;
    this.#store = store;
  }

  /** @throws file.unreadable, library.* */
  shelf(): LoraShelf {
    const inside = listFolder(this.folder, DEPTH);
    const added = this.#store.added().filter((file) => !inside.includes(file));
    const loras = [
      ...inside.map((file) => this.#describe(file, "folder")),
      ...added.map((file) => this.#describe(file, "added")),
    ];
    return { folder: this.folder, loras: loras.sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true })) };
  }

  /**
   * @param file absolute
   * @throws file.not-found; model.unsupported for what cannot be used, saying why
   */
  add(file: string): LoraFile {
    const lora = this.#describe(file, "added");
    requireReady(lora);
    const isInside = listFolder(this.folder, DEPTH).includes(file);
    if (!isInside) this.#store.add(file);
    return isInside ? { ...lora, origin: "folder" } : lora;
  }

  /** One that has just been put into the folder. */
  describe(file: string): LoraFile {
    return this.#describe(file, "folder");
  }

  /**
   * Forgets a file; one in the folder is moved to a trash folder there.
   * @throws file.not-found for one that is not listed; file.unwritable
   */
  remove(file: string): LoraShelf {
    const listed = this.shelf().loras.find((lora) => lora.file === file);
    if (listed === undefined)
      throw new TachieError("file.not-found", `${file} is not among the LoRAs`, { where: file });
    if (listed.origin === "folder") this.#moveToTrash(file);
    else this.#store.remove(file);
    this.#known.delete(file);
    return this.shelf();
  }

  #moveToTrash(file: string): void {
    const stamp = new Date().toISOString().replaceAll(/[:.]/g, "-");
    const trash = path.join(this.folder, TRASH_FOLDER);
    try {
      mkdirSync(trash, { recursive: true });
      renameSync(file, path.join(trash, `${stamp}-${path.basename(file)}`));
    } catch (error) {
      throw writingError(error, file);
    }
  }

  #describe(file: string, origin: LoraFile["origin"]): LoraFile {
    const stamp = fileStamp(file);
    if (stamp === undefined) {
      const problem = `${file} is not there`;
      return { file, name: path.parse(file).name, origin, condition: "missing", problem };
    }
    const known = this.#known.get(file);
    if (known?.stamp === stamp) return { ...known.lora, origin };
    const lora = inspectLora(file, origin, statSync(file).size);
    this.#known.set(file, { stamp, lora });
    return lora;
  }
}

const CODES: Readonly<Record<Exclude<LoraFile["condition"], "ready">, ErrorCode>> = {
  unsuitable: "model.unsupported",
  missing: "file.not-found",
};

/** @throws file.not-found, model.unsupported */
export function requireReady({ file, condition, problem = "" }: LoraFile): void {
  if (condition === "ready") return;
  const message = condition === "missing" ? problem : `${file} cannot be used as a LoRA: ${problem}`;
  throw new TachieError(CODES[condition], message, {
    where: file,
    ...(condition === "missing" ? {} : { remedy: "Use a LoRA for NewBie in the PEFT, kohya or LoKr format." }),
  });
}

/** `.safetensors` files, absolute; names that begin with a dot are passed over. */
function listFolder(folder: string, depth: number): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
      const full = path.join(folder, entry.name);
      if (entry.name.startsWith(".")) return [];
      const isFolder = entry.isDirectory() || (entry.isSymbolicLink() && isDirectory(full));
      if (isFolder) return depth > 0 ? listFolder(full, depth - 1) : [];
      return /\.safetensors$/i.test(entry.name) ? [full] : [];
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return [];
    throw readingError(error, folder);
  }
}

function isDirectory(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true;
}
