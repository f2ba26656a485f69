/**
 * @file The rotary bases of a Gemma 3 text tower, by any of the names under which configurations state them.
 *
 * The published library has had two forms: `rope_theta`, `rope_local_base_freq` and `rope_scaling` (of the global layers), and
 * since its version 5 `rope_parameters` with one entry for each kind of layer.
 */

import type { ConfigValues } from "./config-values.ts";

export interface Gemma3Rotary {
  readonly localTheta: number;
  readonly globalTheta: number;
  /** Frequencies of global layers are divided by this. */
  readonly globalFactor: number;
}

/** As in gemma-3-4b-it. */
const PUBLISHED: Gemma3Rotary = { localTheta: 10_000, globalTheta: 1_000_000, globalFactor: 8 };

/** @throws model.mismatch for a scaling that is not linear, or for scaled local layers */
export function gemma3Rotary(values: ConfigValues): Gemma3Rotary {
  const parameters = values.nested("rope_parameters");
  const local = parameters?.nested("sliding_attention");
  const global = parameters?.nested("full_attention");
  if (local !== undefined && linearFactor(local) !== 1)
    values.fail("the configuration's rope_parameters scale the sliding layers, which Gemma 3 does not do");
  const positive = (name: string, value: number): number =>
    value > 0 ? value : values.fail(`its ${name} is ${value}, but must be above 0`);
  return {
    localTheta: positive(
      "local rotary base",
      values.number("local_theta") ??
        local?.number("rope_theta") ??
        values.number("rope_local_base_freq") ??
        PUBLISHED.localTheta,
    ),
    globalTheta: positive(
      "global rotary base",
      values.number("global_theta") ??
        global?.number("rope_theta") ??
        values.number("rope_theta") ??
        PUBLISHED.globalTheta,
    ),
    globalFactor: positive(
      "rotary factor",
      values.number("global_factor") ?? (global && linearFactor(global)) ?? scalingFactor(values),
    ),
  };
}

/** `"rope_scaling": null` states that there is no scaling; only a configuration that does not mention it leaves it open. */
function scalingFactor(values: ConfigValues): number {
  if (!values.states("rope_scaling")) return PUBLISHED.globalFactor;
  const scaling = values.nested("rope_scaling");
  return scaling === undefined ? 1 : linearFactor(scaling);
}

function linearFactor(scaling: ConfigValues): number {
  const type = scaling.word("rope_type", "type") ?? (scaling.states("factor") ? "linear" : "default");
  if (type === "default") return 1;
  if (type !== "linear")
    scaling.fail(`the configuration scales its rotary frequencies by ${type}; only linear is known for Gemma 3`);
  return scaling.number("factor") ?? scaling.fail("the configuration's rotary scaling states no factor");
}
