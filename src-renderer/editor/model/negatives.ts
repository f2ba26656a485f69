/** @file Negative prompts to start from. */

const SHORT = "worst quality, low quality, blurry, text, watermark";
const QUALITY = `${SHORT}, lowres, jpeg artifacts, bad anatomy, bad hands, bad proportions, extra digits, missing fingers, extra limbs`;
const FULL =
  `${QUALITY}, normal quality, bad quality, pixelated, poorly drawn face, poorly drawn hands, deformed, fused fingers, ` +
  "conjoined, disembodied limb, bad perspective, out of frame, cropped, signature, logo, error, unfinished, scan, " +
  "multiple views, 4koma, adversarial noise";

export const NEGATIVE_PRESETS = { none: "", short: SHORT, quality: QUALITY, full: FULL } as const;
export type NegativePreset = keyof typeof NEGATIVE_PRESETS;
