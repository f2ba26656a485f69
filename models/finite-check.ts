/**
 * @file Finds weights that are NaN or infinite before they turn every picture black.
 */

import { TachieError } from "../src-main/contract/errors.ts";
import type { Checkpoint } from "../src-main/graph/checkpoint.ts";
import { findNonFinite } from "../src-main/graph/float-scan.ts";
import { SAFETENSORS_TYPE_BITS, readFileRange } from "../src-main/graph/safetensors.ts";
import { sampleBlocks } from "./tensor-sample.ts";

/** Checkpoints up to this size are looked at whole: 0.2 s. In larger ones, four blocks of every tensor are. */
const WHOLE_CHECKPOINT_BYTES = 256 << 20;
const BLOCK_BYTES = 64 << 10;
/** Bytes read at a time. */
const READ_BYTES = 4 << 20;

export interface FiniteCheckOptions {
  /** Look at every value, however large the checkpoint is. */
  readonly isExhaustive?: boolean;
}

/**
 * Looks at the floating-point tensors of a checkpoint: at all of them, and at every value up to 256 MiB in all.
 * @throws model.non-finite naming the tensor, the element and what it holds; safetensors.invalid when a file changed
 */
export function checkFinite(checkpoint: Checkpoint, options: FiniteCheckOptions = {}): void {
  const bytes = checkpoint.files.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  const isWhole = options.isExhaustive === true || bytes <= WHOLE_CHECKPOINT_BYTES;
  for (const file of checkpoint.files)
    for (const { name, type, offset, length } of file.tensors.values())
      for (const block of isWhole ? consecutiveBlocks(length) : sampleBlocks(length, BLOCK_BYTES)) {
        const data = readFileRange(file, offset + block.offset, block.length);
        const index = findNonFinite(type, data);
        if (index < 0) continue;
        const element = (block.offset * 8) / SAFETENSORS_TYPE_BITS[type] + index;
        const where = `${file.path}: ${JSON.stringify(name)}`;
        throw new TachieError("model.non-finite", `${where} holds a value that is not finite, at element ${element}`, {
          where,
        });
      }
}

function* consecutiveBlocks(length: number): Iterable<{ offset: number; length: number }> {
  for (let offset = 0; offset < length; offset += READ_BYTES)
    yield { offset, length: Math.min(READ_BYTES, length - offset) };
}
