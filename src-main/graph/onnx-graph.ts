/**
 * @file Builds an ONNX graph and writes it as bytes, weights left where they are.
 *
 * Initialisers point by file name, offset and length into the user's checkpoint, so that nothing is converted or copied.
 * Every use is checked as it is made (inputs defined, names unique, dimensions positive), so a mistake shows at the
 * line that makes it. The same calls give the same bytes. Knows tensors and operators, not models.
 */

import { TachieError } from "../contract/errors.ts";
import { elementBytes, elementCount, elementTypeCode, encodeNumbers } from "./onnx-types.ts";
import type { Attribute, Attributes, Dimension, ElementType, Value } from "./onnx-types.ts";
import { ProtobufWriter } from "./protobuf-writer.ts";

/** A finished graph, ready for a session. */
export interface GraphModel {
  readonly bytes: Uint8Array;
  /** Folder that the names of the weight files are relative to. */
  readonly weightsFolder: string;
  /** Bytes of the weights that lie in files; what a session keeps of them may be more where they are converted. */
  readonly weightBytes?: number;
}

/** Where an initialiser's data lies: a region of a file inside the weights folder, little-endian, row-major. */
export interface ExternalTensor {
  readonly name: string;
  /** Relative to the weights folder, with `/`, without `..`. */
  readonly file: string;
  readonly type: ElementType;
  readonly dims: readonly number[];
  /** Bytes from the start of the file. */
  readonly offset: number;
  /** Bytes. */
  readonly length: number;
}

export interface NodeOptions {
  readonly attributes?: Attributes;
  /** Of the first output; one that tells the operator and its place where absent. */
  readonly name?: string;
  /** Empty for the operators of ONNX itself. */
  readonly domain?: OperatorDomain;
}

/**
 * The version of the ONNX standard that graphs are written in unless they ask for another. A provider's kernel without an
 * upper end serves only the version of the operator that it names, and the CUDA provider has sine, cosine, identity and
 * instance normalisation as they were in 20: in later versions they would run on the host in the middle of a graph.
 */
export const STANDARD_OPERATORS = 20;

/** Version of each operator set that a graph may import. */
const DOMAIN_VERSIONS = {
  /** The ONNX standard. */
  "": STANDARD_OPERATORS,
  /** ONNX Runtime's own operators. */
  "com.microsoft": 1,
  /** This project's custom operators. */
  tachie: 1,
} as const;

export type OperatorDomain = keyof typeof DOMAIN_VERSIONS;

const IR_VERSION = 11;
const EXTERNAL_DATA = 1;

// Field numbers of onnx.proto.
const MODEL = { irVersion: 1, producerName: 2, graph: 7, opsetImport: 8 };
const OPERATOR_SET = { domain: 1, version: 2 };
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 };
const NODE = { input: 1, output: 2, name: 3, operator: 4, attribute: 5, domain: 7 };
const ATTRIBUTE = { name: 1, float: 2, integer: 3, text: 4, tensor: 5, floats: 7, integers: 8, texts: 9, type: 20 };
const ATTRIBUTE_TYPE = { float: 1, integer: 2, text: 3, tensor: 4, floats: 6, integers: 7, texts: 8 };
const TENSOR = { dims: 1, type: 2, name: 8, rawData: 9, externalData: 13, dataLocation: 14 };
const ENTRY = { key: 1, value: 2 };
const VALUE_INFO = { name: 1, type: 2 };
const TYPE = { tensor: 1 };
const TENSOR_TYPE = { element: 1, shape: 2 };
const SHAPE = { dimension: 1 };
const DIMENSION = { value: 1, name: 2 };

export class GraphBuilder {
  readonly #graphName: string;
  readonly #nodes = new ProtobufWriter(1 << 16);
  readonly #initialisers = new ProtobufWriter(1 << 14);
  readonly #inputs = new ProtobufWriter(1024);
  readonly #outputs = new ProtobufWriter(1024);
  readonly #values = new Map<string, Value>();
  readonly #constants = new Map<string, Value>();
  readonly #externals = new Map<string, Value>();
  readonly #outputNames = new Set<string>();
  readonly #domains = new Set<OperatorDomain>([""]);
  #scope = "";
  /** Names of what nodes give. */
  readonly #results = new Set<string>();
  readonly #standard: number;
  #nodeCount = 0;
  #externalBytes = 0;

  /** @param standard version of the ONNX standard's operators */
  constructor(graphName: string, standard = STANDARD_OPERATORS) {
    this.#graphName = graphName;
    this.#standard = standard;
  }

  /** Of all tensors that lie in files. */
  get externalBytes(): number {
    return this.#externalBytes;
  }

  /** Names of nodes made in `build` begin with `name/`, which is what profiles show. */
  scope<T>(name: string, build: () => T): T {
    const outer = this.#scope;
    this.#scope = `${outer}${name}/`;
    try {
      return build();
    } finally {
      this.#scope = outer;
    }
  }

  input(name: string, type: ElementType, dims: readonly Dimension[]): Value {
    const value = this.#define(name, type);
    writeValueInfo(this.#inputs, GRAPH.input, value, dims);
    return value;
  }

  /** Makes `value` an output of the graph under a name of its own. */
  output(name: string, value: Value, dims: readonly Dimension[]): void {
    // What a node gives under that name already needs no copy.
    const isThere = value.name === name && this.#results.has(name) && !this.#outputNames.has(name);
    const [output] = isThere ? [value] : this.#write("Identity", [value], [name], [value.type], {});
    writeValueInfo(this.#outputs, GRAPH.output, output, dims);
    this.#outputNames.add(name);
  }

  /** One node with one output. The output has the first input's type unless `type` says otherwise. */
  node(
    operator: string,
    inputs: readonly (Value | undefined)[],
    options: NodeOptions & { readonly type?: ElementType } = {},
  ): Value {
    const type = options.type ?? inputs[0]?.type;
    if (type === undefined) throw new TachieError("internal.bug", `${operator} has neither inputs nor a type`);
    return this.#write(operator, inputs, [options.name ?? this.#nextName(operator)], [type], options)[0];
  }

  /** One node with several outputs, of the given types; undefined is an optional output that is left out. */
  nodes<const Types extends readonly (ElementType | undefined)[]>(
    operator: string,
    inputs: readonly (Value | undefined)[],
    types: Types,
    options: NodeOptions = {},
  ): { readonly [Index in keyof Types]: Types[Index] extends undefined ? undefined : Value } {
    const name = options.name ?? this.#nextName(operator);
    const names = types.map((type, index) => (type === undefined ? "" : index === 0 ? name : `${name}.${index}`));
    return this.#write(operator, inputs, names, types, options) as never;
  }

  /** A constant tensor; equal ones are written once. */
  constant(type: ElementType, dims: readonly number[], data: Uint8Array): Value {
    checkDimensions("a constant", dims);
    if (data.length !== elementCount(dims) * elementBytes(type))
      throw new TachieError("internal.bug", `${data.length} bytes do not fill a constant ${type} [${dims.join(", ")}]`);
    const key = `${type} ${dims.join(",")} ${Buffer.from(data.buffer, data.byteOffset, data.length).toString("latin1")}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const value = this.#define(`constant.${this.#constants.size}`, type);
    this.#constants.set(key, value);
    this.#initialisers.message(GRAPH.initializer, () => {
      writeTensorHead(this.#initialisers, type, dims);
      this.#initialisers.text(TENSOR.name, value.name);
      this.#initialisers.bytes(TENSOR.rawData, data);
    });
    return value;
  }

  /** A tensor that is written into the graph under a name of its own, however often its data occurs. */
  embedded(name: string, type: ElementType, dims: readonly number[], data: Uint8Array): Value {
    checkDimensions(name, dims);
    if (data.length !== elementCount(dims) * elementBytes(type))
      throw new TachieError("internal.bug", `${data.length} bytes do not fill ${name}, ${type} [${dims.join(", ")}]`);
    const value = this.#define(name, type);
    this.#initialisers.message(GRAPH.initializer, () => {
      writeTensorHead(this.#initialisers, type, dims);
      this.#initialisers.text(TENSOR.name, name);
      this.#initialisers.bytes(TENSOR.rawData, data);
    });
    return value;
  }

  scalar(type: ElementType, value: number): Value {
    return this.constant(type, [], encodeNumbers(type, [value]));
  }

  /** A constant list of numbers, of shape [values.length] unless `dims` says otherwise. */
  list(type: ElementType, values: readonly number[], dims: readonly number[] = [values.length]): Value {
    return this.constant(type, dims, encodeNumbers(type, values));
  }

  /** A tensor that stays in its file. The same region in the same shape is one initialiser, however often asked for. */
  external(tensor: ExternalTensor): Value {
    const { file, type, dims, offset, length } = tensor;
    const key = `${file}\0${offset}\0${type}\0${dims.join(",")}`;
    const known = this.#externals.get(key);
    if (known !== undefined) return known;
    checkExternal(tensor);
    const name = this.#values.has(tensor.name) ? `${tensor.name}@${offset}:${dims.join("x")}` : tensor.name;
    const value = this.#define(name, type);
    this.#externals.set(key, value);
    this.#externalBytes += length;
    this.#initialisers.message(GRAPH.initializer, () => {
      writeTensorHead(this.#initialisers, type, dims);
      this.#initialisers.text(TENSOR.name, name);
      for (const [entry, text] of Object.entries({ location: file, offset: String(offset), length: String(length) }))
        this.#initialisers.message(TENSOR.externalData, () => {
          this.#initialisers.text(ENTRY.key, entry);
          this.#initialisers.text(ENTRY.value, text);
        });
      this.#initialisers.integer(TENSOR.dataLocation, EXTERNAL_DATA);
    });
    return value;
  }

  /**
   * The whole model as ONNX bytes.
   * @throws internal.bug for a graph without outputs
   */
  finish(): Uint8Array {
    if (this.#outputNames.size === 0)
      throw new TachieError("internal.bug", `the graph ${this.#graphName} has no output`);
    const model = new ProtobufWriter(
      this.#nodes.lengthBytes + this.#initialisers.lengthBytes + this.#inputs.lengthBytes + 4096,
    );
    model.integer(MODEL.irVersion, IR_VERSION);
    model.text(MODEL.producerName, "tachie");
    model.message(MODEL.graph, () => {
      model.append(this.#nodes);
      model.text(GRAPH.name, this.#graphName);
      model.append(this.#initialisers);
      model.append(this.#inputs);
      model.append(this.#outputs);
    });
    for (const domain of [...this.#domains].sort())
      model.message(MODEL.opsetImport, () => {
        model.text(OPERATOR_SET.domain, domain);
        model.integer(OPERATOR_SET.version, domain === "" ? this.#standard : DOMAIN_VERSIONS[domain]);
      });
    return model.finish();
  }

  #nextName(operator: string): string {
    return `${this.#scope}${operator}.${this.#nodeCount++}`;
  }

  #define(name: string, type: ElementType): Value {
    if (name === "") throw new TachieError("internal.bug", "a value of a graph needs a name");
    if (this.#values.has(name))
      throw new TachieError("internal.bug", `the graph ${this.#graphName} already has a value named ${name}`);
    const value: Value = { name, type };
    this.#values.set(name, value);
    return value;
  }

  #write(
    operator: string,
    inputs: readonly (Value | undefined)[],
    outputNames: readonly string[],
    types: readonly (ElementType | undefined)[],
    options: NodeOptions,
  ): [Value, ...(Value | undefined)[]] {
    const { attributes = {}, domain = "" } = options;
    for (const input of inputs)
      if (input !== undefined && this.#values.get(input.name) !== input)
        throw new TachieError("internal.bug", `${operator} reads ${input.name}, which this graph does not define`);
    const outputs = types.map((type, index) =>
      type === undefined ? undefined : this.#define(outputNames[index] ?? "", type),
    );
    for (const output of outputs) if (output !== undefined) this.#results.add(output.name);
    this.#domains.add(domain);
    const writer = this.#nodes;
    writer.message(GRAPH.node, () => {
      for (const input of inputs) writer.text(NODE.input, input?.name ?? "");
      for (const name of outputNames) writer.text(NODE.output, name);
      writer.text(NODE.name, outputNames.find((name) => name !== "") ?? "");
      writer.text(NODE.operator, operator);
      for (const [name, attribute] of Object.entries(attributes)) writeAttribute(writer, name, attribute);
      if (domain !== "") writer.text(NODE.domain, domain);
    });
    return outputs as [Value, ...(Value | undefined)[]];
  }
}

function writeValueInfo(writer: ProtobufWriter, field: number, value: Value, dims: readonly Dimension[]): void {
  checkDimensions(
    value.name,
    dims.filter((dim) => typeof dim === "number"),
  );
  writer.message(field, () => {
    writer.text(VALUE_INFO.name, value.name);
    writer.message(VALUE_INFO.type, () =>
      writer.message(TYPE.tensor, () => {
        writer.integer(TENSOR_TYPE.element, elementTypeCode(value.type));
        writer.message(TENSOR_TYPE.shape, () => {
          for (const dim of dims)
            writer.message(SHAPE.dimension, () => {
              if (typeof dim === "number") writer.integer(DIMENSION.value, dim);
              else writer.text(DIMENSION.name, dim);
            });
        });
      }),
    );
  });
}

function writeTensorHead(writer: ProtobufWriter, type: ElementType, dims: readonly number[]): void {
  for (const dim of dims) writer.integer(TENSOR.dims, dim);
  writer.integer(TENSOR.type, elementTypeCode(type));
}

function writeAttribute(writer: ProtobufWriter, name: string, attribute: Attribute): void {
  writer.message(NODE.attribute, () => {
    writer.text(ATTRIBUTE.name, name);
    if (typeof attribute === "number") {
      writer.integer(ATTRIBUTE.integer, attribute);
      writer.integer(ATTRIBUTE.type, ATTRIBUTE_TYPE.integer);
    } else if (typeof attribute === "string") {
      writer.text(ATTRIBUTE.text, attribute);
      writer.integer(ATTRIBUTE.type, ATTRIBUTE_TYPE.text);
    } else if (!("kind" in attribute)) {
      for (const value of attribute) writer.integer(ATTRIBUTE.integers, value);
      writer.integer(ATTRIBUTE.type, ATTRIBUTE_TYPE.integers);
    } else if (attribute.kind === "float") {
      writer.float(ATTRIBUTE.float, attribute.value);
      writer.integer(ATTRIBUTE.type, ATTRIBUTE_TYPE.float);
    } else if (attribute.kind === "floats") {
      for (const value of attribute.values) writer.float(ATTRIBUTE.floats, value);
      writer.integer(ATTRIBUTE.type, ATTRIBUTE_TYPE.floats);
    } else if (attribute.kind === "texts") {
      for (const value of attribute.values) writer.text(ATTRIBUTE.texts, value);
      writer.integer(ATTRIBUTE.type, ATTRIBUTE_TYPE.texts);
    } else {
      writer.message(ATTRIBUTE.tensor, () => {
        writeTensorHead(writer, attribute.type, attribute.dims);
        writer.bytes(TENSOR.rawData, attribute.data);
      });
      writer.integer(ATTRIBUTE.type, ATTRIBUTE_TYPE.tensor);
    }
  });
}

function checkDimensions(where: string, dims: readonly number[]): void {
  for (const dim of dims)
    if (!Number.isSafeInteger(dim) || dim < 1)
      throw new TachieError("internal.bug", `${where} has a dimension of ${dim}; it must be 1 or more`, { where });
}

function checkExternal({ name, file, type, dims, offset, length }: ExternalTensor): void {
  checkDimensions(name, dims);
  const expected = elementCount(dims) * elementBytes(type);
  if (!Number.isSafeInteger(offset) || offset < 0 || length !== expected)
    throw new TachieError(
      "internal.bug",
      `${name}: ${length} bytes at ${offset} cannot be ${type} [${dims.join(", ")}], which takes ${expected}`,
      { where: name },
    );
  if (file === "" || /^([/\\]|[a-z]:)/i.test(file) || /(^|[/\\])\.\.([/\\]|$)/.test(file))
    throw new TachieError("internal.bug", `${name}: weights must lie inside the weights folder, not at ${file}`, {
      where: name,
    });
}
