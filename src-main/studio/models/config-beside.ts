/**
 * @file The `config.json` that published weights have beside them: tells what shapes do not, such as the number of heads of a
 * network of unusual size, or that a VAE with the right shapes is another model's.
 */

import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import type { Part } from "./assemble.ts";
import { finding } from "./findings.ts";
import type { Finding } from "./findings.ts";

const MAX_CONFIG_BYTES = 1 << 20;
/** What FLUX.1's latents are multiplied by; the VAE of Stable Diffusion 3 has the same shapes and 1.5305. */
const FLUX_SCALING_FACTOR = 0.3611;

export function configPathOf(part: Part): string {
  return path.join(path.dirname(part.weights.path), "config.json");
}

/** Undefined where there is none that can be read. */
export function readConfigBeside(part: Part): Readonly<Record<string, unknown>> | undefined {
  const file = configPathOf(part);
  const status = statSync(file, { throwIfNoEntry: false });
  if (status?.isFile() !== true || status.size > MAX_CONFIG_BYTES) return undefined;
  const text = readFileSync(file, "utf8");
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // It only adds to what the shapes tell; a broken one is no reason to refuse the weights.
    return undefined;
  }
  if (!isRecord(json)) return undefined;
  // Gemma 3 with its picture tower keeps the text tower's values one level down.
  return part.network.family === "gemma3" && isRecord(json["text_config"]) ? json["text_config"] : json;
}

/** Reasons to doubt a part that only its configuration tells. */
export function judgeConfig(part: Part): Finding[] {
  if (part.network.family !== "flux-vae") return [];
  const scaling = readConfigBeside(part)?.["scaling_factor"];
  if (typeof scaling !== "number" || Math.abs(scaling - FLUX_SCALING_FACTOR) < 1e-3) return [];
  const message = `${part.weights.path} has the shapes of FLUX.1's VAE, but its config.json says scaling_factor ${scaling} instead of ${FLUX_SCALING_FACTOR}`;
  return [finding("network.look-alike", message, { where: configPathOf(part) })];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
