/**
 * @file The attributes of one node of our own.
 */

import { isTachieError, TachieError } from "../../contract/errors.ts";
import type { OperatorAttributes } from "../custom-operator.ts";
import type { OrtApi } from "./api.ts";

/** Good while the node's kernel is being made. */
export function nodeAttributes(api: OrtApi, operator: string, info: bigint): OperatorAttributes {
  const read = <T>(name: string, get: () => T): T => {
    try {
      return get();
    } catch (cause) {
      if (!isTachieError(cause)) throw cause;
      const message = `a node ${operator} has no attribute ${name}: ${cause.message}`;
      throw new TachieError("engine.run-failed", message, { where: operator, cause });
    }
  };
  return {
    integer: (name) =>
      read(name, () => {
        const value = new BigInt64Array(1);
        api.KernelInfoGetAttribute_int64(info, name, value);
        return Number(value[0]);
      }),
    float: (name) =>
      read(name, () => {
        const value = new Float32Array(1);
        api.KernelInfoGetAttribute_float(info, name, value);
        return value[0]!;
      }),
  };
}
