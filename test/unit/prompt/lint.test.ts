/** @file The checks: every rule finds what it is for, at its place, and its fix makes it go without losing anything. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  applyFix,
  applyFixes,
  charactersOf,
  checkPrompt,
  lintPrompt,
  readPrompt,
  writePrompt,
} from "../../../src-main/prompt/index.ts";
import type { PromptNode } from "../../../src-main/prompt/index.ts";
import { elementsOf } from "../../../src-main/prompt/tree.ts";
import { pick, randomTree, seededRandom } from "./random-prompts.ts";
import { A, RULE_CASES, card, general, girl } from "./rule-cases.ts";

describe("every rule", () => {
  for (const { code, severity, text, negative, at, fixed } of RULE_CASES)
    test(`${code}: ${text.slice(0, 60).replaceAll("\n", "~")}`, () => {
      const options = negative === undefined ? {} : { negative };
      const found = lintPrompt(text, options).filter((finding) => finding.code === code);
      const [first] = found;
      assert.ok(first, JSON.stringify(lintPrompt(text, options)));
      assert.equal(`${first.line}:${first.column}`, at);
      assert.equal(first.severity, severity);
      assert.ok(first.message.length > 10 && first.start <= first.end && first.end <= text.length);
      assert.equal(first.fix === undefined, fixed === undefined);
      if (first.fix === undefined || fixed === undefined) return;
      const isNegative = first.fix.target === "negative";
      const result = applyFix(isNegative ? (negative ?? "") : text, first.fix);
      assert.equal(result, fixed);
      const after = isNegative ? lintPrompt(text, { negative: result }) : lintPrompt(result, options);
      assert.ok(after.filter((finding) => finding.code === code).length < found.length, JSON.stringify(after));
    });

  test("codes are told apart by what they are about", () => {
    for (const { code } of RULE_CASES)
      assert.match(code, /^(?:xml|comfy|name|field|block|caption|text|system|cast|tag|negative)\.[a-z-]+$/);
  });
});

test("what a declaration stands before is checked as well", () => {
  const laughs =
    '<!DOCTYPE l [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>\n<image><character 1><n>&b;</n></character_1></image>';
  const { dialect, tree, diagnostics } = checkPrompt(laughs);
  assert.deepEqual([dialect, charactersOf(tree).length], ["nodes", 1]);
  assert.deepEqual(
    diagnostics.map(({ code, line, column }) => [code, line, column]),
    [
      ["xml.declaration", 1, 1],
      ["xml.space-in-tag", 2, 8],
      ["xml.unknown-reference", 2, 24],
    ],
  );
  assert.equal(applyFixes(laughs).text, "\n<image><character_1><n>&amp;b;</n></character_1></image>");
});

describe("no false alarm", () => {
  const quiet = (text: string, negative = ""): void => assert.deepEqual(lintPrompt(text, { negative }), []);

  test("counts", () => {
    const cast = (count: string, ...genders: string[]): string =>
      genders.map((gender, index) => card(index + 1, `<gender>${gender}</gender>${A}`)).join("") +
      general(`<count>${count}</count>`);
    quiet(cast("1girl, solo", "1girl"));
    quiet(cast("1boy, 1girl", "1girl", "1boy"));
    quiet(cast("multiple girls", "1girl", "1girl", "1girl"));
    quiet(cast("6+girls, multiple_girls", ...Array.from({ length: 7 }, () => "1girl")));
    quiet(cast("2girls", "", ""));
    quiet(cast("hug, cat", "1girl", "1girl"));
    quiet(general("<count>3girls</count>"));
  });

  test("places, hair, names", () => {
    quiet(card(1, `${A}<position>left, foreground</position>`) + card(2, `${A}<position>left, background</position>`));
    quiet(card(1, "<appearance>long_hair</appearance>") + card(2, "<appearance>long_hair</appearance>"));
    quiet(card(1, "<appearance>blue_hair</appearance>") + card(2, "<appearance>light_blue_hair</appearance>"));
    quiet(card(1, "<n>rem_\\(re:zero\\)</n>"));
    quiet(card(1, "<appearance>(a:1.2), ((b)), (c, (d:1.1), e:0.8), [e], {f|g}, \\(h\\)</appearance>"));
  });

  test("signs in plain text", () => {
    quiet("1girl, >_<, a </3 b, </x>, <lora:x:0.8>, a < b > c, <!-- closed --> smile");
  });

  test("weights and faces are no tags of the negative", () => {
    quiet(card(1, "<expression>:3, smile</expression>"), ":d, bad, (smirk:1.2)");
  });
});

describe("all fixes", () => {
  test("on random prompts: spelling alone loses nothing, and everything comes to an end", () => {
    for (let seed = 0; seed < 600; seed++) {
      const random = seededRandom(seed * 19 + 4);
      const text = writePrompt(randomTree(random, pick(random, ["readme", "webapp", "nodes", "formatter"] as const)));
      const { text: spelled, diagnostics } = applyFixes(text);
      assert.deepEqual(
        diagnostics.filter(({ fix }) => fix?.isMeaningKept === true),
        [],
      );
      const unknown = (source: string): string[] =>
        [...elementsOf(readPrompt(source).tree.nodes)]
          .flatMap(({ role, name }) => (role === "unknown" ? [name] : []))
          .sort();
      assert.deepEqual(unknown(spelled), unknown(text), text);
      // Full-width tags become tags: their names are text before and none afterwards.
      if (!text.includes("＜")) assert.deepEqual(wordsOf(spelled), wordsOf(text), text);
      const all = applyFixes(text, { areMeaningsChanged: true });
      assert.deepEqual(
        all.diagnostics.filter(({ fix }) => fix !== undefined),
        [],
        text,
      );
    }
  });

  test("a well-formed prompt without findings is left as it is", () => {
    const text = girl(1, A) + general("<count>1girl</count>");
    assert.deepEqual(applyFixes(text), { text, negative: "", diagnostics: [] });
  });

  test("a text of nothing but faults is reported in part, and says so", () => {
    const diagnostics = lintPrompt(`<caption>${"&".repeat(5000)}</caption>`);
    assert.ok(diagnostics.length < 600);
    assert.match(diagnostics.at(-1)?.message ?? "", /4500 further findings/);
  });
});

/** The words of every text, in the order of the alphabet: fixes may move texts, but not break or join their words. */
function wordsOf(text: string): readonly string[] {
  const texts = (nodes: readonly PromptNode[]): readonly string[] =>
    nodes.flatMap((node) => {
      if (node.kind === "element") return texts(node.children);
      return node.kind === "text" || node.kind === "cdata" ? [node.text] : [];
    });
  // Numbers in placeholders change with the characters' numbers.
  const all = texts(readPrompt(text).tree.nodes)
    .join(" ")
    .replace(/\$character_\d+\$/g, "$");
  return (all.match(/[\p{L}\p{N}]+/gu) ?? []).sort();
}
