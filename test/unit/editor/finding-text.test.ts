import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Diagnostic } from "../../../src-main/contract/prompt.ts";
import { FIX_TITLES, checkPrompt } from "../../../src-main/prompt/index.ts";
import { findingText } from "../../../src-renderer/editor/messages/finding-text.ts";
import { findingsJa } from "../../../src-renderer/editor/messages/findings-ja.ts";
import { findingsZhCn } from "../../../src-renderer/editor/messages/findings-zh-cn.ts";
import { fixText } from "../../../src-renderer/editor/messages/fix-titles.ts";
import { RULE_CASES } from "../prompt/rule-cases.ts";

/** What the checks find in the prompts of every rule. */
const FOUND: readonly Diagnostic[] = RULE_CASES.flatMap(
  ({ text, negative }) => checkPrompt(text, negative === undefined ? {} : { negative }).diagnostics,
);
const OTHERS = ["zh-CN", "ja"] as const;

test("what is found is said in every language, with the values that it names", () => {
  for (const finding of FOUND) {
    assert.equal(findingText(finding, "en"), finding.message);
    for (const language of OTHERS) {
      const text = findingText(finding, language);
      assert.notEqual(text, finding.message, `${finding.code} in ${language}`);
      assert.doesNotMatch(text, /\{\d\}/);
      for (const value of finding.values?.slice(0, 1) ?? [])
        assert.ok(text.includes(value), `${finding.code} in ${language}: ${value}`);
    }
  }
});

test("what a fix does is said in every language, in English as the command line says it", () => {
  const fixes = FOUND.flatMap(({ fix }) => (fix === undefined ? [] : [fix]));
  assert.deepEqual([...new Set(fixes.map(({ code }) => code))].sort(), Object.keys(FIX_TITLES).sort());
  for (const fix of fixes) {
    assert.equal(fixText(fix, "en"), fix.title);
    assert.doesNotMatch(fix.title, /\{\d\}/);
    for (const language of OTHERS) {
      const text = fixText(fix, language);
      assert.match(text, /[\p{Script=Han}\p{Script=Katakana}\p{Script=Hiragana}]/u);
      assert.doesNotMatch(text, /\{\d\}/);
      for (const value of fix.values ?? []) assert.ok(text.includes(value), `${fix.code} in ${language}: ${value}`);
    }
  }
});

test("a value that looks like a place is not filled in again", () => {
  assert.equal(fixText({ code: "write", values: ["{0} $& {1}"] }, "ja"), "{0} $& {1} と書く");
});

test("what has no entry, or lacks a value, is said in English", () => {
  const unknown = { code: "no.such-code", message: "As it is." };
  assert.equal(findingText(unknown, "ja"), "As it is.");
  assert.equal(findingText({ code: "__proto__", message: "As it is." }, "ja"), "As it is.");
  assert.equal(findingText({ code: "cast.same-hair", message: "As it is.", values: ["one"] }, "ja"), "As it is.");
});

test("both languages have the same codes, and each code is one that the checks can give", () => {
  assert.deepEqual(Object.keys(findingsZhCn).sort(), Object.keys(findingsJa).sort());
  const folder = path.resolve(import.meta.dirname, "../../../src-main/prompt");
  const sources = globSync("**/*.ts", { cwd: folder }).map((file) => readFileSync(path.join(folder, file), "utf8"));
  const all = sources.join("\n");
  // Some are put together: `xml.${problem}`, `${where}.unknown`.
  for (const code of Object.keys(findingsJa))
    assert.ok(
      all.includes(`"${code}"`) ||
        all.includes(`"${code.split(".")[1] ?? ""}"`) ||
        /\.(unknown|misspelt)$|^xml\.attribute$/.test(code),
      code,
    );
});
