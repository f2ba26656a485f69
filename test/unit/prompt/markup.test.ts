import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { markupSpans, writingPlace } from "../../../src-main/prompt/index.ts";
import type { MarkupSpan } from "../../../src-main/prompt/index.ts";

function shown(text: string, spans: readonly MarkupSpan[] = markupSpans(text)): readonly string[] {
  return spans.map(({ start, end, kind }) => `${kind} ${text.slice(start, end)}`);
}

test("names are told by what they mean, a name in two words is one", () => {
  assert.deepEqual(shown('<character 1><clothing x="1">a</clothing><odd/></character 1>'), [
    "bracket <",
    "character character 1",
    "bracket >",
    "bracket <",
    "field clothing",
    "bracket  ",
    'attribute x="',
    'value 1"',
    "bracket >",
    "bracket </",
    "field clothing",
    "bracket >",
    "bracket <",
    "unknown odd",
    "bracket />",
    "bracket </",
    "character character 1",
    "bracket >",
  ]);
});

test("the envelope and the system prompt are around it; faces and sums are text", () => {
  const file = path.resolve(import.meta.dirname, "../../../assets/examples/library.txt");
  const text = readFileSync(file, "utf8");
  const kinds = markupSpans(text).map(({ kind }) => kind);
  assert.equal(kinds[0], "envelope");
  assert.equal(kinds.at(-1), "envelope");
  assert.ok(kinds.includes("character"));
  assert.deepEqual(shown("You are an assistant <Prompt Start> <count>1girl</count>").slice(0, 2), [
    "system You are an assistant <Prompt Start> ",
    "bracket <",
  ]);
  assert.deepEqual(shown("a >_< b, 3 < 4"), []);
});

test("spans ascend and do not overlap, whatever the text", () => {
  const folder = path.resolve(import.meta.dirname, "../../../assets/examples");
  const texts = readdirSync(folder).map((name) => readFileSync(path.join(folder, name), "utf8"));
  for (const text of [
    ...texts,
    "<a <b c=> d='>' <!-- x",
    "<<<>>>",
    "<n / >",
    "<character_1 a=\"<\" b='>'>",
    "\ufeff<n>x",
  ])
    for (let end = 0; end <= text.length; end += 7) {
      let at = 0;
      for (const span of markupSpans(text.slice(0, end))) {
        assert.ok(span.start >= at && span.end > span.start && span.end <= end, JSON.stringify({ text, end, span }));
        at = span.end;
      }
    }
});

test("what is being written is known by what stands before the cursor", () => {
  const at = (text: string): string => {
    const { kind, from, open } = writingPlace(text.replace("|", ""), text.indexOf("|"));
    return `${kind} ${JSON.stringify(text.slice(from, text.indexOf("|")))} in ${open.map(({ key }) => key).join(" ")}`;
  };
  assert.equal(at("<character_1><ap|"), 'start "ap" in character');
  assert.equal(at("<character_1>\n<|\n</character_1>"), 'start "" in character');
  assert.equal(at("<character_1><n>x</n></|"), 'end "" in character');
  assert.equal(at("<character_1><appearance>blue_hair, lo|</appearance>"), 'content "lo" in character appearance');
  assert.equal(at("<general_tags><style>|"), 'content "" in general_tags style');
  assert.equal(at("blue hair, sm|"), 'content "sm" in ');
  assert.equal(at('<n a="|">'), 'markup "" in ');
});
