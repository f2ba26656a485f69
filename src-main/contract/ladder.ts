/**
 * @file The rows of the ladder. Each adds to the one before, beginning with nothing; what a provider does not have gives way
 * as everywhere (`toggle-rules.ts`), and a row that changes nothing there is left out. So the ladder measures the very
 * toggles that pictures are made with, and no others.
 */

import type { Provider } from "./generation.ts";
import type { SamplingSettings } from "./sampling.ts";
import { applyToggles } from "./toggle-rules.ts";
import type { Lack } from "./toggle-rules.ts";
import { OPTIMISATION_PRESETS } from "./toggles.ts";
import type { Toggles } from "./toggles.ts";

interface RowDefinition {
  readonly title: string;
  /** On the CPU, where it differs. */
  readonly cpuTitle?: string;
  readonly toggles?: Partial<Toggles>;
  readonly sampling?: Partial<SamplingSettings>;
}

const CUMULATIVE: readonly RowDefinition[] = [
  { title: "no optimisation" },
  { title: "+ bf16", toggles: { precision: "bf16" } },
  { title: "+ graph optimisation and fused operators", toggles: { optimise: "on", fused: "operators" } },
  { title: "+ flash attention", cpuTitle: "+ fused attention", toggles: { attention: "flash" } },
  { title: "+ cuDNN attention", toggles: { attention: "cudnn" } },
  { title: "+ CUDA graph", toggles: { graph: "on", vae_graph: "on" } },
  { title: "+ fused kernels", toggles: { fused: "kernels" } },
  { title: "+ mapped weights", toggles: { mapped_weights: "on" } },
  {
    title: "+ fixed length and cached embeddings",
    cpuTitle: "+ cached embeddings",
    toggles: { fixed_length: "on", text_cache: "on" },
  },
];

/** Each by itself on top of everything lossless. */
const LOSSY: readonly RowDefinition[] = [
  { title: "guidance up to t = 0.25", sampling: { truncate: 0.25 } },
  { title: "decoder in bf16", toggles: { vae_precision: "bf16" } },
  { title: "step cache", toggles: { step_cache: "on" } },
];

export interface LadderRow {
  readonly title: string;
  readonly toggles: Toggles;
  readonly sampling: SamplingSettings;
  readonly isLossless: boolean;
}

export interface LadderPlace {
  readonly provider: Provider;
  readonly lacks?: readonly Lack[];
}

/** The rows that apply. @param sampling of every row but those that change it; guidance is not truncated in a lossless one */
export function ladderRows(sampling: SamplingSettings, { provider, lacks = [] }: LadderPlace): LadderRow[] {
  const apply = (wished: Toggles): Toggles => applyToggles(wished, provider, { lacks });
  const whole: SamplingSettings = { ...sampling, truncate: 1 };
  const title = (row: RowDefinition): string => (provider === "cpu" ? (row.cpuTitle ?? row.title) : row.title);
  const rows: LadderRow[] = [];
  let wished: Toggles = OPTIMISATION_PRESETS.reference;
  for (const row of CUMULATIVE) {
    wished = { ...wished, ...row.toggles };
    const toggles = apply(wished);
    if (rows.length === 0 || !isSame(toggles, rows.at(-1)?.toggles))
      rows.push({ title: title(row), toggles, sampling: whole, isLossless: true });
  }
  for (const row of LOSSY) {
    const toggles = apply({ ...wished, ...row.toggles });
    const changed: SamplingSettings = { ...whole, ...row.sampling };
    const changesGuidance = changed.truncate !== whole.truncate && whole.guidance !== 1;
    if (changesGuidance || !isSame(toggles, apply(wished)))
      rows.push({ title: title(row), toggles, sampling: changed, isLossless: false });
  }
  return rows;
}

function isSame(a: Toggles, b: Toggles | undefined): boolean {
  return Object.entries(a).every(([name, value]) => b?.[name as keyof Toggles] === value);
}
