import assert from "node:assert/strict";
import test from "node:test";
import {
  ATTRIBUTES,
  CAPTIONS_PER_PICTURE,
  MOST_TOKENS,
  RECORD_BYTES,
  recordFormat,
  writeRecord,
} from "../../../../models/starter/data/record.ts";
import { sampleScene } from "../../../../models/starter/draw/sample.ts";
import { drawScene } from "../../../../models/starter/draw/scene.ts";
import { createEncoder } from "../../../../models/starter/draw/token-encoder.ts";
import { buildTokenizer } from "../../../../models/starter/tokenizer/build.ts";

const definition = buildTokenizer();
const encoder = createEncoder(definition);

interface Field {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly number[];
}

test("a record is as its format says", () => {
  const format = recordFormat(256, definition) as {
    readonly fields: readonly Field[];
    readonly blocks: readonly (readonly number[])[];
  };
  const sizes = format.fields.map(
    ({ type, shape }) => Number(type.slice(-1)) * shape.reduce((product, size) => product * size, 1),
  );
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    RECORD_BYTES,
  );
  assert.deepEqual(
    format.blocks.map((ids) => ids.length),
    [3, 3],
  );

  for (let seed = 0; seed < 30; seed++) {
    const scene = sampleScene(seed);
    const record = writeRecord(scene, drawScene(scene).places, encoder, seed);
    assert.equal(record.length, RECORD_BYTES);
    const offset = (name: string): number =>
      sizes
        .slice(
          0,
          format.fields.findIndex((field) => field.name === name),
        )
        .reduce((sum, size) => sum + size, 0);
    assert.equal(record[0], scene.characters.length);
    const names = Object.keys(ATTRIBUTES);
    for (const [index, character] of scene.characters.entries()) {
      const at = offset("attributes") + index * names.length;
      assert.equal(ATTRIBUTES.position[record[at + names.indexOf("position")] ?? -1], character.position);
      assert.equal(ATTRIBUTES.outfit[record[at + names.indexOf("outfit")] ?? -1], character.outfit);
    }
    for (let caption = 0; caption < CAPTIONS_PER_PICTURE; caption++) {
      const length = record.readUInt16LE(offset("lengths") + caption * 2);
      assert.ok(length >= 3 && length <= MOST_TOKENS);
      const ids = Array.from({ length: MOST_TOKENS }, (_, index) =>
        record.readUInt16LE(offset("ids") + (caption * MOST_TOKENS + index) * 2),
      );
      assert.equal(ids[0], 0);
      assert.equal(ids[length - 1], 2);
      assert.ok(ids.slice(length).every((id) => id === 1));
    }
  }
});
