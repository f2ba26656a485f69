/**
 * @file Copies from the host inside a recorded graph, which must find at every replay what they found when recorded.
 *
 * A recorded copy remembers where it reads, not what it read. ONNX Runtime 1.29 stages small tables of its kernels
 * (offsets of Concat, addresses of a batched MatMul) in host memory that it uses again for other runs, so a replay after
 * those would read the others' tables: a wrong picture without an error. So what was read is kept on the device, and the
 * copies read it from there. (Known to the runtime's authors, who keep the staging memory in versions after that.)
 */

import { TachieError } from "../contract/errors.ts";
import type { CudaDriver } from "./driver.ts";

/** `CUgraphNodeType` of a copy. */
const COPY = 1;
const MEMORY = { host: 1, device: 2, unified: 4 } as const;
/** `CU_POINTER_ATTRIBUTE_MEMORY_TYPE` */
const MEMORY_TYPE = 2;
const ALIGNMENT = 256;

/** Offsets in `CUDA_MEMCPY3D`, bytes; each field is a 64-bit word but the memory types, which are its lower half. */
const FIELD = {
  sourceX: 0,
  sourceY: 8,
  sourceZ: 16,
  sourceMemory: 32,
  sourceHost: 40,
  sourceDevice: 48,
  width: 176,
  height: 184,
  depth: 192,
} as const;
export const COPY_BYTES = 200;

interface HostCopy {
  readonly node: bigint;
  readonly parameters: Uint8Array;
  readonly source: bigint;
  readonly sizeBytes: number;
  /** In the memory that keeps them all. */
  readonly offset: number;
}

/**
 * To be called right after the recording, while the sources are as they were.
 * @returns address of the memory that the graph needs for as long as it is launched; undefined where it copies nothing
 * from the host
 * @throws engine.run-failed for a copy of a kind that is not known; engine.out-of-memory
 */
export function keepHostSources(driver: CudaDriver, graph: bigint): bigint | undefined {
  const copies = hostCopies(driver, graph);
  const last = copies.at(-1);
  if (last === undefined) return undefined;
  const kept = driver.allocate(last.offset + last.sizeBytes);
  try {
    for (const { node, parameters, source, sizeBytes, offset } of copies) {
      const address = kept + BigInt(offset);
      driver.check(driver.functions.cuMemcpyHtoD_v2(address, source, sizeBytes), "keep what a graph copies");
      const view = new DataView(parameters.buffer);
      view.setUint32(FIELD.sourceMemory, MEMORY.device, true);
      view.setBigUint64(FIELD.sourceHost, 0n, true);
      view.setBigUint64(FIELD.sourceDevice, address, true);
      view.setBigUint64(FIELD.sourceX, 0n, true);
      driver.check(driver.functions.cuGraphMemcpyNodeSetParams(node, parameters), "change what a graph copies");
    }
  } catch (error) {
    driver.free(kept);
    throw error;
  }
  return kept;
}

/** Nodes of a graph, in no certain order. */
export function nodesOf(driver: CudaDriver, graph: bigint): BigUint64Array {
  const count = new BigUint64Array(1);
  driver.check(driver.functions.cuGraphGetNodes(graph, null, count), "count a graph's nodes");
  const nodes = new BigUint64Array(Number(count[0]));
  if (nodes.length > 0) driver.check(driver.functions.cuGraphGetNodes(graph, nodes, count), "list a graph's nodes");
  return nodes;
}

function hostCopies(driver: CudaDriver, graph: bigint): HostCopy[] {
  const copies: HostCopy[] = [];
  const type = new Int32Array(1);
  let offset = 0;
  for (const node of nodesOf(driver, graph)) {
    driver.check(driver.functions.cuGraphNodeGetType(node, type), "tell the kind of a graph's node");
    if (type[0] !== COPY) continue;
    const parameters = new Uint8Array(COPY_BYTES);
    driver.check(driver.functions.cuGraphMemcpyNodeGetParams(node, parameters), "tell what a graph copies");
    const source = hostSource(driver, parameters);
    if (source === undefined) continue;
    const sizeBytes = rowBytes(parameters);
    copies.push({ node, parameters, source, sizeBytes, offset });
    offset += Math.ceil(sizeBytes / ALIGNMENT) * ALIGNMENT;
  }
  return copies;
}

/** Where a copy reads on the host; undefined where it reads elsewhere. */
function hostSource(driver: CudaDriver, parameters: Uint8Array): bigint | undefined {
  const view = new DataView(parameters.buffer);
  const memory = view.getUint32(FIELD.sourceMemory, true);
  const start = view.getBigUint64(FIELD.sourceX, true);
  if (memory === MEMORY.host) return view.getBigUint64(FIELD.sourceHost, true) + start;
  if (memory !== MEMORY.unified) return undefined;
  const address = view.getBigUint64(FIELD.sourceDevice, true);
  const type = new Uint32Array(1);
  // Memory that the driver knows nothing of is the process's own.
  const isKnown = driver.functions.cuPointerGetAttribute(type, MEMORY_TYPE, address) === 0;
  return !isKnown || type[0] === MEMORY.host ? address + start : undefined;
}

/** @throws engine.run-failed for a copy of more than one row */
function rowBytes(parameters: Uint8Array): number {
  const view = new DataView(parameters.buffer);
  const word = (field: number): bigint => view.getBigUint64(field, true);
  const isRow =
    word(FIELD.height) <= 1n && word(FIELD.depth) <= 1n && word(FIELD.sourceY) === 0n && word(FIELD.sourceZ) === 0n;
  if (!isRow)
    throw new TachieError("engine.run-failed", "a recorded graph copies more than one row from the host", {
      where: "graph",
      remedy: "Turn CUDA graphs off (--set graph=off).",
    });
  return Number(word(FIELD.width));
}
