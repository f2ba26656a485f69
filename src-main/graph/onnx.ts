/** @file The door to the ONNX writer: what graph builders and sessions import. */

export { GraphBuilder } from "./onnx-graph.ts";
export type { ExternalTensor, GraphModel, NodeOptions, OperatorDomain } from "./onnx-graph.ts";
export {
  elementBytes,
  elementCount,
  elementTypeCode,
  elementTypeOfCode,
  encodeNumbers,
  float,
  floats,
} from "./onnx-types.ts";
export type { Attribute, Attributes, Dimension, ElementType, Value } from "./onnx-types.ts";
