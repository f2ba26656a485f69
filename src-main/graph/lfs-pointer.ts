/** @file The small text that git-lfs leaves in place of a large file which it has not fetched. */

export const LFS_REMEDY = "Run `git lfs pull` in the repository it came from, or download the file from its web page.";

export function isLfsPointer(text: string): boolean {
  return text.startsWith("version https://git-lfs");
}
