import assert from "node:assert/strict";
import { test } from "node:test";
import { DIALECTS } from "../../../src-main/contract/prompt.ts";
import { charactersOf, modelText, modelTextParts, readPrompt } from "../../../src-main/prompt/index.ts";
import { randomTree, seededRandom } from "./random-prompts.ts";

function partsOf(prompt: string): { readonly names: string[]; readonly texts: string[] } {
  const { text, blocks } = modelTextParts(readPrompt(prompt).tree);
  const parts = blocks.flatMap((block) => [block, ...block.fields]);
  return {
    names: parts.map(({ name }) => name),
    texts: parts.map(({ start, end }) => text.slice(start, end)),
  };
}

test("blocks and fields stand where the model reads them, comments and references resolved", () => {
  const prompt =
    "<character_1>\n<!-- a\nnote --><n>A&amp;B</n>\r\n<gender>1girl</gender></character_1>\n<!-- x -->\n<caption>two <b>x</b></caption>";
  const { names, texts } = partsOf(prompt);
  assert.deepEqual(names, ["character_1", "n", "gender", "caption", "b"]);
  assert.deepEqual(texts, [
    "<character_1>\n<n>A&B</n>\n<gender>1girl</gender></character_1>",
    "<n>A&B</n>",
    "<gender>1girl</gender>",
    "<caption>two <b>x</b></caption>",
    "<b>x</b>",
  ]);
});

test("inside a root, inside an envelope, and without blocks at all", () => {
  assert.deepEqual(partsOf("<img><character_1><n>a</n></character_1></img>").names, ["character_1", "n"]);
  const envelope =
    '{"character_1": {"name": "a"}, "image": {"tags": "<character_1><n>a</n></character_1>", "caption": "b"}}';
  assert.deepEqual(partsOf(envelope).texts, ["<character_1><n>a</n></character_1>", "<n>a</n>"]);
  assert.deepEqual(partsOf("1girl, smile"), { names: [], texts: [] });
});

test("private signs in a prompt are not taken for marks", () => {
  const { texts } = partsOf("<character_1><n>\ue000\ue001\u{f0000}</n></character_1>");
  assert.equal(texts[1], "<n>\ue000\ue001\u{f0000}</n>");
});

for (const dialect of DIALECTS)
  test(`random trees in ${dialect}: the text is the model's, and every part is an element of it`, () => {
    for (let seed = 0; seed < 1500; seed++) {
      const tree = randomTree(seededRandom(seed * 13 + 5), dialect);
      const { text, blocks } = modelTextParts(tree);
      assert.equal(text, modelText(tree));
      let last = 0;
      for (const block of blocks) {
        assert.ok(block.start >= last, "blocks stand one behind the other");
        last = block.end;
        let inner = block.start;
        for (const part of [block, ...block.fields]) {
          const slice = text.slice(part.start, part.end);
          assert.ok(slice.startsWith(`<${part.name}`) && slice.endsWith(">"), `${seed}: ${slice}`);
          if (part === block) continue;
          assert.ok(part.start >= inner && part.end <= block.end, "fields stand in their block");
          inner = part.end;
        }
      }
      assert.ok(last <= text.length);
      const characters = blocks.filter(({ name }) => /^character/i.test(name)).length;
      if (dialect === "readme") assert.ok(characters >= charactersOf(tree).length, `${seed}`);
    }
  });
