/** @file A folder that goes away when the test ends. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestContext } from "node:test";

export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(path.join(tmpdir(), "tachie-test-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The bytes of a safetensors file with the header as given and `dataBytes` zeros. */
export function safetensorsBytes(header: string, dataBytes = 0): Buffer {
  const json = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  return Buffer.concat([length, json, Buffer.alloc(dataBytes)]);
}
