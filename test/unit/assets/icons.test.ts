import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import sharp from "sharp";
import { ICON_SIZES, iconFile, renderIcon } from "../../../assets/icons/make-icons.ts";

test("the icons are those that the drawing gives now, each of its size, opaque inside and clear at the corners", async () => {
  for (const size of ICON_SIZES) {
    const stored = readFileSync(iconFile(size));
    const [drawn, kept] = await Promise.all([sharp(renderIcon(size)).raw().toBuffer(), sharp(stored).raw().toBuffer()]);
    assert.ok(drawn.equals(kept), `${size}: npm run make:icons`);
    const { width, height, channels } = await sharp(stored).metadata();
    assert.deepEqual([width, height, channels], [size, size, 4]);
    const alphaAt = (x: number, y: number): number | undefined => kept[(y * size + x) * 4 + 3];
    assert.ok((alphaAt(0, 0) ?? 255) < 64 && alphaAt(size >> 1, size >> 1) === 255, `${size}`);
  }
});
