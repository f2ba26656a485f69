/**
 * @file The forms that the graph of one network can be written in. All compute the same up to rounding; they differ in
 * speed, in memory and in what the runtime must offer.
 */

/** The type that a network computes in, whatever its weights are stored as. */
export type ComputeType = "float32" | "bfloat16";

export interface NetworkVariant {
  readonly computeType: ComputeType;
  /**
   * Norms, rotary turns and activations: of the standard's basic operators, or of the runtime's fused ones. Means and
   * squares are taken in float32 either way.
   */
  readonly operators: "plain" | "fused";
  /** Two products with a softmax between, or the runtime's own operator, which keeps no table of all scores. */
  readonly attention: "plain" | "fused";
  /**
   * Operators of the domain `tachie` in place of the above wherever a network has a place for one. The session must be
   * given them; see `tachie-nodes.ts`. They keep the residual stream in float32 whatever the network computes in.
   */
  readonly kernels: "none" | "tachie";
  /**
   * The residual stream that one graph hands to the next has the type that the network keeps it in, so that nothing is
   * converted in every step. For tensors that stay on the device: not every runtime can hand such types to its caller.
   */
  readonly deviceInputs: boolean;
}

/** What fits every runtime and is quick on a CPU. */
export const DEFAULT_VARIANT: NetworkVariant = {
  computeType: "float32",
  operators: "fused",
  attention: "fused",
  kernels: "none",
  deviceInputs: false,
};
