/** @file Data for the demonstration. */

import type { Draft } from "../../src-main/contract/drafts.ts";
import type { GenerationRecord, Timings } from "../../src-main/contract/generation.ts";
import type { SamplingSettings } from "../../src-main/contract/sampling.ts";
import { DEFAULT_TOGGLES } from "../../src-main/contract/toggles.ts";

export const SAMPLE_PROMPT = `<character_1>
  <n>Akane</n>
  <gender>1girl</gender>
  <appearance>red hair, long hair, amber eyes</appearance>
  <clothing>school uniform, scarf</clothing>
  <expression>smile</expression>
  <position>left</position>
</character_1>
<character_2>
  <n>Shiori</n>
  <gender>1girl</gender>
  <appearance>blue hair, bob cut, green eyes</appearance>
  <clothing>sweater, pleated skirt</clothing>
  <action>holding book</action>
  <position>right</position>
</character_2>
<general_tags>
  <count>2girls</count>
  <background>library, bookshelf</background>
  <style>anime style, soft lighting</style>
</general_tags>`;

/** Every third picture of the library says something else. */
const SAMPLE_VARIANTS: readonly string[] = [
  SAMPLE_PROMPT,
  SAMPLE_PROMPT.replace("<clothing>sweater, pleated skirt", "<expression>crying</expression>\n  <clothing>serafuku"),
  SAMPLE_PROMPT.replace("<expression>smile", "<expression>crying").replace("library, bookshelf", "beach, sunset"),
];

export const SAMPLE_DRAFT: Draft = {
  text: SAMPLE_PROMPT,
  negative: "blurry, extra fingers",
  dialect: "readme",
  settings: {
    model: "starter",
    count: 2,
    loras: [
      { file: "/home/artist/.local/share/tachie/loras/soft-light.safetensors", strength: 0.8 },
      { file: "/home/artist/training/akane-v3.safetensors", strength: 1.1, isOff: true },
    ],
  },
};

export const STARTER_SAMPLING: SamplingSettings = {
  steps: 20,
  solver: "euler",
  schedule: "shift",
  shift: 3,
  guidance: 4,
  truncate: 1,
  renorm: 0,
};

export const SAMPLE_TIMINGS: Timings = {
  loadMs: 1240,
  encodeMs: 92,
  denoiseMs: 5230,
  decodeMs: 610,
  saveMs: 48,
  totalMs: 7220,
  stepMs: Array.from({ length: 20 }, () => 261),
};

/** @param index 0 for the latest */
export function sampleRecord(index: number): GenerationRecord {
  const minutesAgo = index * 37;
  return {
    id: `sample-${index}`,
    file: `/home/artist/Pictures/Tachie/images/2026/11/sample-${index}.png`,
    seed: (2_654_435_761 * (index + 7)) % 4_294_967_296,
    width: 256,
    height: 256,
    steps: 20,
    provider: "cpu",
    toggles: DEFAULT_TOGGLES,
    timings: SAMPLE_TIMINGS,
    createdAt: new Date(Date.UTC(2026, 10, 25, 9) - minutesAgo * 60_000).toISOString(),
    prompt: SAMPLE_VARIANTS[index % SAMPLE_VARIANTS.length] ?? SAMPLE_PROMPT,
    dialect: "readme",
    tree: {},
    texts: { system: "", positive: SAMPLE_PROMPT, negative: "blurry, extra fingers" },
    sampling: STARTER_SAMPLING,
    model: "starter",
    modelFolder: "/opt/tachie/models/starter",
    modelHash: "5f0c".repeat(16),
    loras: [],
    parentId: `sample-${index + 1}`,
    isFileMissing: index === 11,
  };
}
