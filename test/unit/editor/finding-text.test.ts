import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import type { Diagnostic } from "../../../src-main/contract/prompt.ts";
import { checkPrompt } from "../../../src-main/prompt/index.ts";
import { findingText } from "../../../src-renderer/editor/messages/finding-text.ts";
import { findingsJa } from "../../../src-renderer/editor/messages/findings-ja.ts";
import { findingsZhCn } from "../../../src-renderer/editor/messages/findings-zh-cn.ts";

/** A prompt with many kinds of faults. */
const FAULTY = [
  "outside & &nosuch; < 1 ]]> \u0001",
  "<character_1><n>rin</n><n>rin</n><apperance>red_hair，x</apperance><gender>1girl</gender></character_2>",
  "<character_1><Gender>1girl</Gender><appearance>red_hair</appearance><position>left</position></character_1>",
  "<character_5 ></character_5>",
  "<general_tags><count>5girls</count><artist>x</artist><nobody>x</nobody></general_tags>",
  "<caption>one</caption><caption>two</caption></stray>",
  "<n",
].join("\n");

function findings(): readonly Diagnostic[] {
  return checkPrompt(FAULTY).diagnostics;
}

test("what is found is said in every language, with the values that it names", () => {
  const found = findings();
  const codes = new Set(found.map(({ code }) => code));
  assert.ok(codes.size >= 12, [...codes].join(", "));
  for (const finding of found) {
    assert.equal(findingText(finding, "en"), finding.message);
    for (const language of ["zh-CN", "ja"] as const) {
      const text = findingText(finding, language);
      assert.notEqual(text, finding.message, `${finding.code} in ${language}`);
      assert.doesNotMatch(text, /\{\d\}/);
      for (const value of finding.values?.slice(0, 1) ?? [])
        assert.ok(text.includes(value), `${finding.code} in ${language}: ${value}`);
    }
  }
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
