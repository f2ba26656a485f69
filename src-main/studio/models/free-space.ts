/** @file Whether a disk has room for what is about to be fetched. */

import { statfs } from "node:fs/promises";
import { TachieError } from "../../contract/errors.ts";

/** File systems need some room of their own, and a disk filled to the last block serves nobody. */
const MARGIN = 1.05;

/** Bytes that this user may still write to the disk of a folder. */
export async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}

/** @throws disk.full saying what is needed and what is there */
export function checkSpace(neededBytes: number, freeBytes: number, folder: string): void {
  const wanted = Math.ceil(neededBytes * MARGIN);
  if (wanted <= freeBytes) return;
  throw new TachieError(
    "disk.full",
    `${formatBytes(wanted)} are needed in ${folder}, but only ${formatBytes(freeBytes)} are free`,
    {
      where: folder,
      remedy: `Free at least ${formatBytes(wanted - freeBytes)}, or move Tachie's data with TACHIE_DATA.`,
    },
  );
}

/** `6.97 GB`, in powers of ten as disks and published sizes are given. */
export function formatBytes(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  const power = bytes < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(bytes) / 3));
  const value = bytes / 1000 ** power;
  const digits = power === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${value.toFixed(digits)} ${units[power] ?? ""}`;
}
