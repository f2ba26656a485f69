/**
 * @file A driver of one GPU that is not there: memory of a given size with real bytes behind it, streams, events, modules
 * and launches that are written down, and faults on order. What is done to a handle that does not exist is refused with
 * the driver's own status.
 */

import type { DriverFunctions } from "../../../src-main/cuda/driver-functions.ts";

const OK = 0;
const INVALID_VALUE = 1;
const OUT_OF_MEMORY = 2;
const INVALID_DEVICE = 101;
const INVALID_HANDLE = 400;
const NOT_FOUND = 500;

const NAMES: Readonly<Record<number, string>> = {
  2: "CUDA_ERROR_OUT_OF_MEMORY",
  100: "CUDA_ERROR_NO_DEVICE",
  700: "CUDA_ERROR_ILLEGAL_ADDRESS",
};

export interface FakeLaunch {
  readonly name: string;
  readonly grid: readonly number[];
  readonly block: readonly number[];
  readonly stream: bigint;
  /** Address of the table of arguments. */
  readonly parameters: bigint;
}

/** A copy from the host that a stream recorded: `CUDA_MEMCPY3D`. */
export interface FakeCopy {
  readonly parameters: Uint8Array;
}

/** The fields of `CUDA_MEMCPY3D` that copies of one row use, as words of 64 bits. */
const COPY_WORD = { sourceMemory: 4, sourceHost: 5, sourceDevice: 6, toDevice: 17, width: 22, height: 23, depth: 24 };
const COPY_WORDS = 25;

export interface FakeOptions {
  readonly memoryBytes?: number;
  readonly devices?: number;
  /** What cuInit answers. */
  readonly initStatus?: number;
  /** Names of the kernels that every module has. */
  readonly kernels?: readonly string[];
}

export class FakeDriver {
  readonly memory = new Map<bigint, Uint8Array>();
  readonly handles = new Map<bigint, string>();
  /** Bytes on the host that a recorded copy may read, by address. */
  readonly hostMemory = new Map<bigint, Uint8Array>();
  readonly launches: FakeLaunch[] = [];
  readonly images: Uint8Array[] = [];
  /** Primary contexts held, by device. */
  readonly retained = new Map<number, number>();
  /** Every call by name, in order. */
  readonly calls: string[] = [];
  /** Launches that a stream records rather than runs, between begin and end of a recording. */
  recording: (FakeLaunch | FakeCopy)[] | undefined;
  /** What was recorded, by graph and by executable graph. */
  readonly graphs = new Map<bigint, readonly (FakeLaunch | FakeCopy)[]>();
  /** The status that every call answers from now on, as after a kernel's fault. */
  fault: number | undefined;
  readonly functions: DriverFunctions;
  readonly #options: Required<FakeOptions>;
  readonly #nodes = new Map<bigint, FakeLaunch | FakeCopy>();
  #next = 0x1000n;

  constructor(options: FakeOptions = {}) {
    this.#options = { memoryBytes: 1 << 20, devices: 1, initStatus: OK, kernels: [], ...options };
    this.functions = this.#recorded(this.#implementation());
  }

  get usedBytes(): number {
    return [...this.memory.values()].reduce((sum, bytes) => sum + bytes.length, 0);
  }

  /** As a library does while its work is recorded. */
  recordHostCopy(to: bigint, from: bigint, sizeBytes: number, rows = 1): void {
    const words = new BigUint64Array(COPY_WORDS);
    words[COPY_WORD.sourceMemory] = 1n;
    words[COPY_WORD.sourceHost] = from;
    words[COPY_WORD.toDevice] = to;
    words[COPY_WORD.width] = BigInt(sizeBytes);
    words[COPY_WORD.height] = BigInt(rows);
    words[COPY_WORD.depth] = 1n;
    this.recording?.push({ parameters: new Uint8Array(words.buffer) });
  }

  #copy({ parameters }: FakeCopy): number {
    const words = new BigUint64Array(parameters.slice().buffer);
    const sizeBytes = Number(words[COPY_WORD.width]);
    const source =
      words[COPY_WORD.sourceMemory] === 1n
        ? this.hostMemory.get(words[COPY_WORD.sourceHost] ?? 0n)
        : this.#range(words[COPY_WORD.sourceDevice] ?? 0n, sizeBytes);
    const target = this.#range(words[COPY_WORD.toDevice] ?? 0n, sizeBytes);
    if (!source || !target) return INVALID_VALUE;
    target.set(source.subarray(0, sizeBytes));
    return OK;
  }

  #recorded(functions: DriverFunctions): DriverFunctions {
    return new Proxy(functions, {
      get: (target, name: keyof DriverFunctions) => {
        if (name === "errorName" || name === "errorText") return target[name];
        return (...values: unknown[]) => {
          this.calls.push(name);
          return this.fault ?? (target[name] as (...values: unknown[]) => number)(...values);
        };
      },
    });
  }

  #handle(kind: string, into: BigUint64Array): number {
    into[0] = this.#next += 0x100n;
    this.handles.set(into[0], kind);
    return OK;
  }

  #drop(kind: string, handle: bigint): number {
    if (this.handles.get(handle) !== kind) return INVALID_HANDLE;
    this.handles.delete(handle);
    return OK;
  }

  /** Bytes at an address inside an allocation, or undefined where the range is not in one. */
  #range(address: bigint, sizeBytes: number): Uint8Array | undefined {
    for (const [start, bytes] of this.memory) {
      const offset = Number(address - start);
      if (offset >= 0 && offset + sizeBytes <= bytes.length) return bytes.subarray(offset, offset + sizeBytes);
    }
    return undefined;
  }

  #implementation(): DriverFunctions {
    const { memoryBytes, devices, initStatus, kernels } = this.#options;
    const put = (into: Int32Array, value: number): number => ((into[0] = value), OK);
    const inRange = (address: bigint, sizeBytes: number, use: (bytes: Uint8Array) => void): number => {
      const bytes = this.#range(address, sizeBytes);
      if (!bytes) return INVALID_VALUE;
      use(bytes);
      return OK;
    };
    const exists = (kind: string, handle: bigint): number => (this.handles.get(handle) === kind ? OK : INVALID_HANDLE);
    return {
      cuInit: () => initStatus,
      cuDriverGetVersion: (version) => put(version, 13_020),
      cuDeviceGetCount: (count) => put(count, devices),
      cuDeviceGet: (device, ordinal) => (ordinal < devices ? put(device, ordinal) : INVALID_DEVICE),
      cuDeviceGetName(name) {
        name.set(Buffer.from("Fake GPU\0"));
        return OK;
      },
      cuDeviceGetAttribute: (value, attribute) => put(value, { 16: 132, 75: 9, 76: 0 }[attribute] ?? -1),
      cuDeviceTotalMem_v2: (sizeBytes) => ((sizeBytes[0] = BigInt(memoryBytes)), OK),
      cuDevicePrimaryCtxRetain: (context, device) => {
        this.retained.set(device, (this.retained.get(device) ?? 0) + 1);
        context[0] = 0xc0n + BigInt(device);
        return OK;
      },
      cuDevicePrimaryCtxRelease_v2: (device) => {
        this.retained.set(device, (this.retained.get(device) ?? 0) - 1);
        return OK;
      },
      cuCtxSetCurrent: () => OK,
      cuMemGetInfo_v2: (freeBytes, totalBytes) => {
        freeBytes[0] = BigInt(memoryBytes - this.usedBytes);
        totalBytes[0] = BigInt(memoryBytes);
        return OK;
      },
      cuMemAlloc_v2: (address, sizeBytes) => {
        if (this.usedBytes + sizeBytes > memoryBytes) return OUT_OF_MEMORY;
        address[0] = this.#next += 0x10_0000n;
        this.memory.set(address[0], new Uint8Array(sizeBytes).fill(0xcd));
        return OK;
      },
      cuMemFree_v2: (address) => (this.memory.delete(address) ? OK : INVALID_VALUE),
      cuMemcpyHtoD_v2: (to, from, sizeBytes) => {
        const source = this.hostMemory.get(from);
        return source ? inRange(to, sizeBytes, (bytes) => bytes.set(source.subarray(0, sizeBytes))) : INVALID_VALUE;
      },
      cuMemcpyHtoDAsync_v2: (to, from, sizeBytes) => inRange(to, sizeBytes, (bytes) => bytes.set(from)),
      cuMemcpyDtoHAsync_v2: (to, from, sizeBytes) => inRange(from, sizeBytes, (bytes) => to.set(bytes)),
      cuMemcpyDtoDAsync_v2: (to, from, sizeBytes) =>
        inRange(from, sizeBytes, (source) => inRange(to, sizeBytes, (bytes) => bytes.set(source))),
      cuMemsetD8Async: (address, value, sizeBytes) => inRange(address, sizeBytes, (bytes) => bytes.fill(value)),
      cuStreamCreate: (stream) => this.#handle("stream", stream),
      cuStreamDestroy_v2: (stream) => this.#drop("stream", stream),
      cuStreamSynchronize: (stream) => exists("stream", stream),
      cuEventCreate: (event) => this.#handle("event", event),
      cuEventDestroy_v2: (event) => this.#drop("event", event),
      cuEventRecord: (event) => exists("event", event),
      cuEventSynchronize: (event) => exists("event", event),
      cuEventElapsedTime(milliseconds) {
        milliseconds[0] = 1.5;
        return OK;
      },
      cuModuleLoadData: (module, image) => {
        this.images.push(image);
        return this.#handle("module", module);
      },
      cuModuleUnload: (module) => this.#drop("module", module),
      cuModuleGetFunction: (kernel, module, name) => {
        if (!kernels.includes(name)) return NOT_FOUND;
        return exists("module", module) === OK ? this.#handle(name, kernel) : INVALID_HANDLE;
      },
      cuLaunchKernel: (kernel, gx, gy, gz, bx, by, bz, _sharedBytes, stream, parameters) => {
        const name = this.handles.get(kernel);
        if (name === undefined || gx === 0) return INVALID_VALUE;
        const launch = { name, grid: [gx, gy, gz], block: [bx, by, bz], stream, parameters };
        (this.recording ?? this.launches).push(launch);
        return OK;
      },
      cuStreamBeginCapture_v2: (stream) => {
        if (this.recording) return INVALID_VALUE;
        this.recording = [];
        return exists("stream", stream);
      },
      cuStreamEndCapture: (_stream, graph) => {
        if (!this.recording) return INVALID_VALUE;
        const recorded = this.recording;
        this.recording = undefined;
        this.#handle("graph", graph);
        this.graphs.set(graph[0]!, recorded);
        return OK;
      },
      cuGraphInstantiateWithFlags: (executable, graph) => {
        if (exists("graph", graph) !== OK) return INVALID_HANDLE;
        this.#handle("executable graph", executable);
        this.graphs.set(executable[0]!, this.graphs.get(graph)!);
        return OK;
      },
      cuGraphGetNodes: (graph, nodes, count) => {
        const recorded = this.graphs.get(graph) ?? [];
        count[0] = BigInt(recorded.length);
        if (nodes)
          for (const [index, entry] of recorded.entries()) {
            nodes[index] = this.#next += 0x100n;
            this.#nodes.set(nodes[index], entry);
          }
        return exists("graph", graph);
      },
      cuGraphNodeGetType: (node, type) => {
        const entry = this.#nodes.get(node);
        return entry ? put(type, "name" in entry ? 0 : 1) : INVALID_HANDLE;
      },
      cuGraphMemcpyNodeGetParams: (node, parameters) => {
        const entry = this.#nodes.get(node);
        if (!entry || "name" in entry) return INVALID_HANDLE;
        parameters.set(entry.parameters);
        return OK;
      },
      cuGraphMemcpyNodeSetParams: (node, parameters) => {
        const entry = this.#nodes.get(node);
        if (!entry || "name" in entry) return INVALID_HANDLE;
        entry.parameters.set(parameters);
        return OK;
      },
      cuPointerGetAttribute: () => INVALID_VALUE,
      cuGraphLaunch: (executable) => {
        for (const entry of this.graphs.get(executable) ?? [])
          if ("name" in entry) this.launches.push(entry);
          else if (this.#copy(entry) !== OK) return INVALID_VALUE;
        return exists("executable graph", executable);
      },
      cuGraphExecDestroy: (executable) => this.#drop("executable graph", executable),
      cuGraphDestroy: (graph) => this.#drop("graph", graph),
      errorName: (status) => NAMES[status] ?? "",
      errorText: (status) => `status ${status} in words`,
    };
  }
}
