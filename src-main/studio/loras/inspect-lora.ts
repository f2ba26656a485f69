/** @file What an adapter's file is, from its header alone. */

import path from "node:path";
import { inspectWeights } from "../models/inspect-weights.ts";
import type { LoraFormat } from "../models/lora.ts";
import type { LoraFile } from "../../contract/loras.ts";

/** Formats that the engine applies. */
const APPLIED: readonly LoraFormat[] = ["peft", "kohya", "lokr"];

/** @param file absolute, and there; @param sizeBytes its size */
export function inspectLora(file: string, origin: LoraFile["origin"], sizeBytes: number): LoraFile {
  const base = { file, name: path.parse(file).name, origin, sizeBytes };
  const { weights, findings } = inspectWeights(file);
  const unsuitable = (problem: string): LoraFile => ({ ...base, condition: "unsuitable", problem });
  if (weights === undefined) return unsuitable(findings[0]?.message ?? `${file} cannot be read`);
  const { lora, networks, foreign } = weights.recognition;
  if (lora === undefined)
    return unsuitable(`it is no LoRA, but ${networks[0]?.title ?? foreign ?? "something unknown"}`);
  const { format, ranks } = lora;
  if (!APPLIED.includes(format))
    return { ...unsuitable(`it is of the kind ${format}, which is not applied`), format, ranks };
  if (!lora.isForNewBie) return { ...unsuitable(`it was made for ${lora.target}`), format, ranks };
  return { ...base, condition: "ready", format, ranks };
}
