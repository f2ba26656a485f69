import assert from "node:assert/strict";
import { test } from "node:test";
import { seededNoise } from "../../../src-main/engine/noise.ts";
import { fitPreview, previewImage } from "../../../src-main/engine/preview.ts";
import { toByte } from "../../../src-main/engine/pixels.ts";

const CHANNELS = 6;
/** Colour by channel, and a constant each. */
const MIX = [
  [0.3, -0.2, 0, 0.1, 0, 0.05],
  [0, 0.4, -0.1, 0, 0.2, 0],
  [-0.3, 0, 0.1, 0.1, 0, 0.2],
];
const CONSTANTS = [0.1, -0.2, 0.3];

/** Decodes linearly, with a pattern inside each square that a mean must see through. */
function linearDecoder(scale: number) {
  return {
    channels: CHANNELS,
    scale,
    decode: async (latent: Float32Array, height: number, width: number) => {
      const planes = new Float32Array(3 * scale * scale * height * width);
      for (let index = 0; index < planes.length; index++) {
        const [x, y] = [index % (scale * width), Math.floor(index / (scale * width)) % (scale * height)];
        const colour = Math.floor(index / (scale * scale * width * height));
        const cell = Math.floor(y / scale) * width + Math.floor(x / scale);
        let value = CONSTANTS[colour]! + ((x + y) % 2 === 0 ? 0.4 : -0.4);
        for (let c = 0; c < CHANNELS; c++) value += MIX[colour]![c]! * latent[c * width * height + cell]!;
        planes[index] = value;
      }
      return planes;
    },
    release: async () => undefined,
  };
}

test("the fit finds the colours of a linear autoencoder, whatever its scale", async () => {
  for (const scale of [8, 4]) {
    const factors = await fitPreview(linearDecoder(scale));
    for (const [colour, weights] of factors.entries())
      for (const [index, weight] of weights.entries())
        assert.ok(
          Math.abs(weight - (MIX[colour]![index] ?? CONSTANTS[colour]!)) < 0.01,
          `${colour} ${index}: ${weight}`,
        );
    const latent = seededNoise(3, CHANNELS * 6 * 4);
    const preview = previewImage(factors, latent, 6, 4);
    assert.deepEqual([preview.width, preview.height, preview.pixels.length], [6, 4, 72]);
    for (let cell = 0; cell < 24; cell++)
      for (let colour = 0; colour < 3; colour++) {
        let expected = CONSTANTS[colour]!;
        for (let c = 0; c < CHANNELS; c++) expected += MIX[colour]![c]! * latent[c * 24 + cell]!;
        assert.ok(Math.abs(preview.pixels[3 * cell + colour]! - toByte(expected)) <= 2);
      }
  }
});

test("a decoder that ignores its latent still gives a defined fit", async () => {
  const factors = await fitPreview({
    channels: 16,
    scale: 8,
    decode: async (_latent, height, width) => new Float32Array(3 * 64 * height * width).fill(0.5),
  });
  const preview = previewImage(factors, seededNoise(1, 16 * 4), 2, 2);
  for (const byte of preview.pixels) assert.ok(Math.abs(byte - toByte(0.5)) <= 2);
});
