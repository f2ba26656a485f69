/**
 * @file Recognises low-rank adapters (LoRA files): their format, and whether they are for NewBie's transformer.
 */

import type { Tensors } from "./match-layout.ts";

export const LORA_FORMATS = ["peft", "kohya", "lokr", "loha", "dora"] as const;
export type LoraFormat = (typeof LORA_FORMATS)[number];

export interface LoraFound {
  readonly format: LoraFormat;
  /** Number of adapted modules. */
  readonly modules: number;
  /** Ranks that occur, ascending; empty where the factors are not of low rank. */
  readonly ranks: readonly number[];
  /** Whether its modules are those of NewBie's transformer. */
  readonly isForNewBie: boolean;
  /** What it is for, in words. */
  readonly target: string;
  /** Width of the network that it was trained on; absent where no factor tells. */
  readonly width?: number;
}

/** The suffixes of adapter tensors; what stands before is the module. */
const SUFFIX =
  /^(.+?)[._](lora_[AB](?:\.\w+)?\.weight|lora_[AB]|lora_(?:up|down)\.weight|lora_magnitude_vector(?:\.\w+)?(?:\.weight)?|dora_scale|lokr_(?:w1|w2|t2)(?:_[ab])?|hada_(?:w[12]_[ab]|t[12])|alpha)$/;

/** What Next-DiT's modules are called, with dots or with underscores. */
const NEWBIE_MODULE =
  /(?:(?:layers|noise_refiner|context_refiner)[._]\d+[._](?:attention[._](?:qkv|out|to_[qkv]|to_out)|attn[._]to_|feed_forward[._]|adaLN_modulation)|time_text_embed|clip_text_pooled_proj|cap_embedder|final_layer|x_embedder|t_embedder)/;

const OTHER_TARGETS: readonly (readonly [RegExp, string])[] = [
  [/(double|single)_blocks|single_transformer_blocks/, "FLUX"],
  [/(input|middle|output)_blocks|(down|up)_blocks|mid_block/, "Stable Diffusion"],
  [/joint_blocks/, "Stable Diffusion 3"],
  [/transformer_blocks[._]\d+[._]img_/, "Qwen Image"],
  [/(^|[._])blocks[._]\d+[._](self|cross)_attn/, "Wan"],
  [/lora_te|text_model/, "a text encoder"],
];

/** Undefined where the tensors are not, in the main, those of an adapter. */
export function recogniseLora(tensors: Tensors): LoraFound | undefined {
  const modules = new Set<string>();
  const suffixes = new Set<string>();
  const ranks = new Set<number>();
  let count = 0;
  for (const [name, { shape }] of tensors) {
    // The published Jina text tower carries an adapter inside, under such names.
    if (name.includes(".parametrizations.")) return undefined;
    const [, module, suffix] = SUFFIX.exec(name) ?? [];
    if (module === undefined || suffix === undefined) continue;
    count++;
    suffixes.add(suffix.replace(/^(lora_[AB])\.(?!weight).+/, "$1"));
    modules.add(module);
    const rank = rankOf(suffix, shape);
    if (rank !== undefined) ranks.add(rank);
  }
  if (count === 0 || count < tensors.size / 2) return undefined;
  const names = [...modules];
  const ours = names.filter((name) => NEWBIE_MODULE.test(name));
  // Lumina and Z-Image share most of the names; the width that the factors join tells them apart.
  const isForNewBie = ours.length > 0 && ours.length >= names.length / 2 && !hasOtherWidth(tensors);
  const width = isForNewBie ? widthOf(tensors) : undefined;
  const target = isForNewBie ? "NewBie's transformer" : (targetOf(names) ?? "another network");
  return {
    format: formatOf(suffixes, names),
    modules: modules.size,
    ranks: [...ranks].sort((a, b) => a - b),
    isForNewBie,
    target,
    ...(width === undefined ? {} : { width }),
  };
}

function rankOf(suffix: string, shape: readonly number[]): number | undefined {
  if (/^lora_(A|down)/.test(suffix) || /^(lokr|hada)_\w+_b$/.test(suffix)) return shape[0];
  return undefined;
}

/** Factors whose input is the network's own width, in both layouts and with dots or underscores. */
const TAKES_WIDTH =
  /(?:attention[._](?:qkv|to_[qkv])|attn[._]to_[qkv]|feed_forward[._](?:w1|w3|linear_1|linear_3))[._]lora_(?:A|down)(?:[._]\w+)?\.weight$/;

function widthOf(tensors: Tensors): number | undefined {
  for (const [name, { shape }] of tensors) if (TAKES_WIDTH.test(name)) return shape[1];
  return undefined;
}

/** Widths of the published network where a factor of `attention` must fit, tested on the input side of lora_A. */
function hasOtherWidth(tensors: Tensors): boolean {
  for (const [name, { shape }] of tensors)
    if (/layers[._]\d+[._]attention[._](qkv|out)[._]lora_(A|down)(\.\w+)?\.weight$/.test(name))
      return shape[1] === 3840;
  return false;
}

function formatOf(suffixes: ReadonlySet<string>, modules: readonly string[]): LoraFormat {
  const has = (pattern: RegExp): boolean => [...suffixes].some((suffix) => pattern.test(suffix));
  if (has(/^lokr/)) return "lokr";
  if (has(/^hada/)) return "loha";
  if (has(/^(lora_magnitude_vector|dora_scale)/)) return "dora";
  return has(/^lora_(up|down)/) || modules.some((name) => name.startsWith("lora_unet_")) ? "kohya" : "peft";
}

function targetOf(modules: readonly string[]): string | undefined {
  return OTHER_TARGETS.find(([pattern]) => modules.some((name) => pattern.test(name)))?.[1];
}
