/**
 * @file A session with buffers of its own for one set of shapes: written once a run or once a prompt, never moved, so that
 * nothing is allocated or looked up in a step, and a graph can be captured.
 */

import { elementBytes, elementCount } from "../../graph/onnx.ts";
import type {
  BoundRun,
  CapturedGraph,
  DeviceMemory,
  DeviceSession,
  DeviceTensor,
  GraphCapture,
} from "../../ort/device.ts";
import type { TensorSlot } from "../../ort/session.ts";
import type { PackedTensor } from "./packed-tensor.ts";
import type { SharedTensor } from "./shared-tensors.ts";
import { TachieError } from "../../contract/errors.ts";

type Shapes = Readonly<Record<string, readonly number[]>>;

export interface BoundShapeOptions {
  readonly session: DeviceSession;
  readonly memory: DeviceMemory;
  /** Dimensions of every input and output of the session. */
  readonly inputs: Shapes;
  readonly outputs: Shapes;
  /** Inputs and outputs, by name, whose memory belongs to several shapes. Given back when the shape is released. */
  readonly shared?: Readonly<Record<string, SharedTensor>> | undefined;
  /** Replay the second and every later run as a graph; absent: launch every kernel anew. */
  readonly capture?: GraphCapture | undefined;
}

export class BoundShape {
  readonly #memory: DeviceMemory;
  readonly #capture: GraphCapture | undefined;
  readonly #shared: Readonly<Record<string, SharedTensor>>;
  readonly #tensors = new Map<string, DeviceTensor>();
  readonly #bound: BoundRun;
  #graph: CapturedGraph | undefined;
  #runs = 0;

  /** @throws engine.out-of-memory; nothing stays allocated then */
  constructor({ session, memory, inputs, outputs, shared = {}, capture }: BoundShapeOptions) {
    this.#memory = memory;
    this.#shared = shared;
    this.#capture = capture;
    try {
      const place = (slots: readonly TensorSlot[], shapes: Shapes): Record<string, DeviceTensor> =>
        Object.fromEntries(
          slots.map((slot) => [slot.name, shared[slot.name]?.tensor ?? this.#allocate(slot, shapes[slot.name])]),
        );
      this.#bound = session.bind(place(session.inputs, inputs), place(session.outputs, outputs), { wait: false });
    } catch (error) {
      this.#free();
      throw error;
    }
  }

  /** Device memory of the shape's own buffers. */
  get sizeBytes(): number {
    let bytes = 0;
    for (const tensor of this.#tensors.values()) bytes += sizeOf(tensor);
    return bytes;
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  tensor(name: string): DeviceTensor {
    const tensor = this.#tensors.get(name) ?? this.#shared[name]?.tensor;
    if (tensor === undefined) throw new TachieError("internal.bug", `the session has no tensor ${name}`);
    return tensor;
  }

  /** Puts bytes of the buffer's own type into the buffer of that name. */
  write(name: string, { type, dims, bytes }: PackedTensor): void {
    const tensor = this.tensor(name);
    if (tensor.type !== type || bytes.byteLength !== sizeOf(tensor))
      throw new TachieError(
        "internal.bug",
        `${name} is ${tensor.type} [${tensor.dims.join(", ")}], but ${type} [${dims.join(", ")}] is written to it`,
      );
    this.#memory.upload(tensor.address, bytes);
  }

  /**
   * Puts one run on the stream. The first one is plain: it is when the runtime takes its memory and chooses its kernels,
   * which must not happen under capture.
   * @throws engine.out-of-memory, engine.run-failed
   */
  run(): void {
    this.#runs++;
    if (this.#capture === undefined || this.#runs === 1) {
      this.#bound.run();
      return;
    }
    this.#graph ??= this.#capture.capture(() => this.#bound.run());
    this.#graph.launch();
  }

  release(): void {
    this.#graph?.release();
    this.#graph = undefined;
    this.#bound.release();
    this.#free();
  }

  #allocate({ name, type }: TensorSlot, dims: readonly number[] | undefined): DeviceTensor {
    if (dims === undefined) throw new TachieError("internal.bug", `no shape is given for the tensor ${name}`);
    const elementType = type as DeviceTensor["type"];
    const address = this.#memory.allocate(elementCount(dims) * elementBytes(elementType));
    const tensor = { type: elementType, dims, address };
    this.#tensors.set(name, tensor);
    return tensor;
  }

  #free(): void {
    for (const { address } of this.#tensors.values()) this.#memory.free(address);
    this.#tensors.clear();
    for (const { release } of Object.values(this.#shared)) release();
  }
}

function sizeOf({ type, dims }: DeviceTensor): number {
  return elementCount(dims) * elementBytes(type);
}
