import assert from "node:assert/strict";
import { cpSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { writeSyntheticModel } from "../../models/synthetic.ts";
import { CommandBench } from "../fixtures/command-bench.ts";
import { TINY_MODEL } from "../fixtures/engine/tiny-model.ts";

const bench = new CommandBench();
const whole = path.join(bench.root, "whole");
before(() => writeSyntheticModel(whole, TINY_MODEL));
after(() => bench[Symbol.dispose]());

function fileOf(folder: string, part: string, ending: string): string {
  const name = readdirSync(path.join(folder, part)).find((file) => file.endsWith(ending));
  assert.ok(name);
  return path.join(folder, part, name);
}

type Header = Record<string, { shape: number[] }>;

/** Changes the header of a safetensors file, keeping its data. */
function editHeader(file: string, edit: (header: Header) => Header): void {
  const bytes = readFileSync(file);
  const length = Number(bytes.readBigUInt64LE(0));
  const header = edit(JSON.parse(bytes.toString("utf8", 8, 8 + length)) as Header);
  const text = Buffer.from(JSON.stringify(header));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(text.length));
  writeFileSync(file, Buffer.concat([size, text, bytes.subarray(8 + length)]));
}

function firstTensor(header: Record<string, unknown>): string {
  const name = Object.keys(header).find((key) => key.endsWith(".weight"));
  assert.ok(name);
  return name;
}

const DAMAGES: [string, (folder: string) => void, RegExp][] = [
  [
    "missing weights",
    (folder) => rmSync(fileOf(folder, "vae", ".safetensors")),
    /^(model\.incomplete|file\.not-found)$/,
  ],
  ["cut off", (folder) => truncateSync(fileOf(folder, "transformer", ".safetensors"), 5000), /^safetensors\.invalid$/],
  [
    "a tensor under another name",
    (folder) =>
      editHeader(fileOf(folder, "transformer", ".safetensors"), (header) => {
        const name = firstTensor(header);
        return Object.fromEntries(
          Object.entries(header).map(([key, tensor]) => [key === name ? "renamed" : key, tensor]),
        );
      }),
    /^model\.(incomplete|mismatch|unsupported)$/,
  ],
  [
    "a tensor of another shape",
    (folder) =>
      editHeader(fileOf(folder, "transformer", ".safetensors"), (header) => {
        const tensor = header[firstTensor(header)];
        tensor?.shape.reverse();
        tensor?.shape.unshift(1);
        return header;
      }),
    /^model\.(incomplete|mismatch|unsupported)$/,
  ],
  [
    "a weight that is no number",
    (folder) => {
      const file = fileOf(folder, "transformer", ".safetensors");
      const bytes = readFileSync(file);
      bytes.writeFloatLE(NaN, bytes.length - 400);
      writeFileSync(file, bytes);
    },
    /^model\.non-finite$/,
  ],
];

test("a damaged model is refused by name, and nothing is stored", async (t) => {
  for (const [what, damage, code] of DAMAGES)
    await t.test(what, async () => {
      const folder = path.join(bench.root, "damaged");
      cpSync(whole, folder, { recursive: true });
      damage(folder);
      const words = ["generate", "--model", folder, "--size", "64x64", "--steps", "1", "--json"];
      const result = await bench.run(words, { input: "1girl" });
      assert.ok(result.json.error, result.stdout);
      assert.match(result.json.error.code, code, result.json.error.message);
      assert.match(`${result.json.error.message} ${result.json.error.where ?? ""}`, /damaged/);
      assert.equal(result.code, 1);
      rmSync(folder, { recursive: true });
    });
  assert.deepEqual([bench.history().length, bench.leftovers.length], [0, 0]);
});
