/**
 * @file Looks for NaN and infinity in the weights of a safetensors file while its bytes stream past, as they do when the file
 * is hashed: one reading of 15 GB serves both.
 */

import { findNonFinite } from "../../graph/float-scan.ts";
import { SAFETENSORS_TYPE_BITS } from "../../graph/safetensors.ts";
import type { SafetensorsFile, TensorInfo } from "../../graph/safetensors.ts";
import { finding, listNames } from "./findings.ts";
import type { Finding } from "./findings.ts";

/** The widest element, in bytes. */
const WIDEST_BYTES = 8;

export class NonFiniteScan {
  private readonly file: string;
  private readonly tensors: readonly TensorInfo[];
  /** The first tensor that is not behind the reading yet. */
  private next = 0;
  /** The end of the piece before: an element may lie across two pieces. */
  private tail = Buffer.alloc(0);
  private readonly bad: string[] = [];

  /** @param label the file as a person knows it */
  constructor(file: SafetensorsFile, label: string) {
    this.file = label;
    this.tensors = [...file.tensors.values()].filter(({ length }) => length > 0);
  }

  /** Takes the file's bytes in order. `position` is the piece's place in the file. */
  feed(bytes: Uint8Array, position: number): void {
    const end = position + bytes.length;
    for (let index = this.next; index < this.tensors.length; index++) {
      const tensor = this.tensors[index]!; // index is below the length
      if (tensor.offset >= end) break;
      if (tensor.offset + tensor.length <= end) this.next = index + 1;
      if (this.bad.at(-1) !== tensor.name && this.hasNonFinite(tensor, bytes, position)) this.bad.push(tensor.name);
    }
    this.tail = Buffer.from(Buffer.concat([this.tail, bytes.subarray(-WIDEST_BYTES)]).subarray(-WIDEST_BYTES));
  }

  /** Empty where every value is finite. */
  get findings(): Finding[] {
    if (this.bad.length === 0) return [];
    const message = `${this.file} holds values that are not finite (NaN or infinity), in ${this.bad.length} tensors: ${listNames(this.bad)}`;
    return [finding("values.non-finite", message, { where: `${this.file}: ${this.bad[0] ?? ""}` })];
  }

  private hasNonFinite({ type, offset, length }: TensorInfo, bytes: Uint8Array, position: number): boolean {
    const elementBytes = Math.max(1, SAFETENSORS_TYPE_BITS[type] / 8);
    const from = Math.max(offset, position);
    const to = Math.min(offset + length, position + bytes.length);
    const firstWhole = offset + Math.ceil((from - offset) / elementBytes) * elementBytes;
    const lastWhole = offset + Math.floor((to - offset) / elementBytes) * elementBytes;
    if (firstWhole > from && firstWhole <= to) {
      const begun = firstWhole - elementBytes;
      const whole = Buffer.concat([this.tail.subarray(begun - position), bytes.subarray(0, firstWhole - position)]);
      if (findNonFinite(type, aligned(whole)) >= 0) return true;
    }
    if (lastWhole <= firstWhole) return false;
    return findNonFinite(type, aligned(bytes.subarray(firstWhole - position, lastWhole - position))) >= 0;
  }
}

/** The same bytes where typed arrays can look at them; copied only where they lie askew. */
function aligned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const isAligned = bytes.byteOffset % WIDEST_BYTES === 0 && bytes.buffer instanceof ArrayBuffer;
  return isAligned ? (bytes as Uint8Array<ArrayBuffer>) : new Uint8Array(bytes);
}
