/** @file Models and adapters for the demonstration. */

import type { LoraFile } from "../../src-main/contract/loras.ts";
import type { InstalledModel, ModelShop } from "../../src-main/contract/models.ts";
import { SAMPLING_PRESETS } from "../../src-main/contract/sampling.ts";
import { STARTER_SAMPLING } from "./sample-data.ts";

export const SAMPLE_MODELS: readonly InstalledModel[] = [
  {
    name: "starter",
    folder: "/opt/tachie/models/starter",
    origin: "shipped",
    condition: "ready",
    title: "Tachie starter",
    licence: "Apache-2.0",
    isPlaceholder: false,
    sizeBytes: 98_400_000,
    defaults: { sampling: STARTER_SAMPLING, width: 256, height: 256, negative: "" },
    limits: { maxPixels: 262_144, maxTokens: 256 },
  },
  {
    name: "newbie-exp0.1",
    folder: "/home/artist/.local/share/tachie/models/newbie-exp0.1",
    origin: "downloaded",
    condition: "ready",
    title: "NewBie image Exp0.1",
    licence: "Newbie Non-Commercial License",
    isPlaceholder: false,
    sizeBytes: 15_900_000_000,
    addedAt: "2026-11-02T08:30:00Z",
    defaults: { sampling: SAMPLING_PRESETS.demo, width: 1024, height: 1024, negative: "" },
    limits: { maxPixels: 2_359_296, maxTokens: 512 },
  },
  {
    name: "studio-mix",
    folder: "/home/artist/.local/share/tachie/models/studio-mix",
    origin: "added",
    condition: "broken",
    problem: "vae.safetensors is missing",
    title: "Studio mix",
    addedAt: "2026-11-10T17:05:00Z",
  },
];

export const SAMPLE_SHOP: ModelShop = {
  downloadable: [
    {
      name: "newbie-exp0.1",
      title: "NewBie image Exp0.1",
      licence:
        "Newbie-NC-1.0: non-commercial use only. Its text encoders have their own terms: Gemma, and CC-BY-NC-4.0 (Jina CLIP v2); the VAE is FLUX.1-dev's.",
      licenceUrl: "https://huggingface.co/NewBie-AI/NewBie-image-Exp0.1/blob/main/LICENSE.md",
      sizeBytes: 16_000_000_000,
    },
  ],
  folder: "/home/artist/.local/share/tachie/models",
  freeBytes: 214_000_000_000,
  base: "https://huggingface.co",
};

/** Long enough to scroll. */
export const SAMPLE_LICENCE = Array.from(
  { length: 24 },
  (_, index) => `${index + 1}. A clause of a licence, in the place of the one that its makers publish.`,
).join("\n");

const LORAS = "/home/artist/.local/share/tachie/loras";
export const SAMPLE_LORAS: readonly LoraFile[] = [
  {
    file: `${LORAS}/soft-light.safetensors`,
    name: "soft-light",
    origin: "folder",
    condition: "ready",
    sizeBytes: 86_400_000,
    format: "peft",
    ranks: [16],
  },
  {
    file: "/home/artist/training/akane-v3.safetensors",
    name: "akane-v3",
    origin: "added",
    condition: "ready",
    sizeBytes: 172_000_000,
    format: "lokr",
    ranks: [8, 32],
  },
  {
    file: `${LORAS}/watercolour-xl.safetensors`,
    name: "watercolour-xl",
    origin: "folder",
    condition: "unsuitable",
    problem: "it was made for Stable Diffusion",
    sizeBytes: 223_000_000,
    format: "kohya",
    ranks: [32],
  },
];
