/**
 * @file Small pictures for a gallery, made when they are first asked for and kept beside the library. They can be thrown
 * away at any time: nothing depends on them.
 */

import { mkdir, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import path from "node:path";
import { TachieError } from "../../contract/errors.ts";
import { TEMPORARY_SUFFIX } from "../files/durable-folder.ts";
import { errnoOf } from "../files/file-errors.ts";
import { thumbnailPath } from "../library/thumbnail-path.ts";
import { isInside } from "./picture-files.ts";
import type { PictureFiles } from "./picture-files.ts";

/** Pixels of the longer side; smaller pictures stay as they are. */
export const THUMBNAIL_SIDE = 320;
const QUALITY = 82;

export interface Thumbnail {
  readonly bytes: Buffer;
  /** Where it is kept; absent where it could not be. */
  readonly file?: string;
}

export class Thumbnails {
  readonly #folder: string;
  readonly #pictures: PictureFiles;
  /** Those being made, so that one that is asked for twice is made once. */
  readonly #making = new Map<string, Promise<Thumbnail | undefined>>();

  /** @param folder the library's, absolute */
  constructor(folder: string, pictures: PictureFiles) {
    this.#folder = folder;
    this.#pictures = pictures;
  }

  /**
   * @returns undefined for an id that has no picture
   * @throws image.invalid for a damaged picture; library.*
   */
  get(id: string): Promise<Thumbnail | undefined> {
    const making = this.#making.get(id);
    if (making !== undefined) return making;
    const made = this.#get(id).finally(() => this.#making.delete(id));
    this.#making.set(id, made);
    return made;
  }

  async #get(id: string): Promise<Thumbnail | undefined> {
    const picture = this.#pictures.find(id);
    if (picture === undefined) return undefined;
    const file = path.join(this.#folder, thumbnailPath(id));
    if (isInside(file, this.#folder)) return { bytes: await readFile(file), file };
    const bytes = await shrink(picture);
    return (await this.#keep(file, bytes)) ? { bytes, file } : { bytes };
  }

  /** A full disk or a read-only one is no reason to show nothing. */
  async #keep(file: string, bytes: Buffer): Promise<boolean> {
    const temporary = `${file}.${randomBytes(6).toString("hex")}${TEMPORARY_SUFFIX}`;
    try {
      await mkdir(path.dirname(file), { recursive: true });
      // A link in the place of the folder must not lead the new file away.
      const folder = await realpath(path.dirname(file));
      const root = await realpath(this.#folder);
      if (folder !== path.join(root, path.relative(this.#folder, path.dirname(file)))) return false;
      await writeFile(temporary, bytes, { flag: "wx" });
      await rename(temporary, file);
      return true;
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
      await rm(temporary, { force: true });
      return false;
    }
  }
}

async function shrink(picture: string): Promise<Buffer> {
  const { default: sharp } = await import("sharp");
  try {
    return await sharp(picture)
      .resize(THUMBNAIL_SIDE, THUMBNAIL_SIDE, { fit: "inside", withoutEnlargement: true })
      .webp({ quality: QUALITY })
      .toBuffer();
  } catch (cause) {
    throw new TachieError("image.invalid", `${picture} cannot be decoded: ${(cause as Error).message}`, {
      where: picture,
      cause,
    });
  }
}
