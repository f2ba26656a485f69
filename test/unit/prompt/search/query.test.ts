import assert from "node:assert/strict";
import fc from "fast-check";
import { test } from "node:test";
import { isTachieError } from "../../../../src-main/contract/errors.ts";
import { SOLVERS } from "../../../../src-main/contract/sampling.ts";
import { TOGGLES } from "../../../../src-main/contract/toggles.ts";
import type { Toggle } from "../../../../src-main/contract/toggles.ts";
import { readPrompt } from "../../../../src-main/prompt/index.ts";
import { completionPlace, indexPrompt, parseQuery, printQuery } from "../../../../src-main/prompt/search/index.ts";
import { NAMED_NAMES, NUMBER_NAMES, PLACE_BITS, SEARCH_FIELDS } from "../../../../src-main/prompt/search/query.ts";
import type { Condition, Match, Place, Query, Scope } from "../../../../src-main/prompt/search/query.ts";
import { asciiSigns } from "../../../../src-main/prompt/search/signs.ts";
import { askedWords, matchesText, searchWords, spaced } from "../../../../src-main/prompt/search/words.ts";

const aText = fc
  .oneof(
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.constantFrom("or", "star", "-x", "a*", 'say "hi"', "a:b", "水手服"),
  )
  .map(asciiSigns)
  .filter((text) => askedWords(text).length > 0);
const aMatch = fc.record({ how: fc.constantFrom("words", "exact", "prefix"), text: aText }) as fc.Arbitrary<Match>;
const aWord = aMatch.filter(({ how }) => how !== "exact");
const aCount = fc.integer({ min: 0, max: 5000 });
const aScope: fc.Arbitrary<Scope> = fc.oneof(
  fc.record({ character: fc.integer({ min: 0, max: 999_999_999 }) }),
  fc.record({ place: fc.constantFrom(...(Object.keys(PLACE_BITS) as Place[])) }),
);
const anOpen = fc.constantFrom<{ isOpen?: true }>({}, { isOpen: true });
const aRange = fc.oneof(
  fc.tuple(aCount, anOpen).map(([low, open]) => ({ low, ...open })),
  fc.tuple(aCount, anOpen).map(([high, open]) => ({ high, ...open })),
  fc.tuple(aCount, aCount).map(([a, b]) => ({ low: Math.min(a, b), high: Math.max(a, b) })),
);
const aDay = fc.constantFrom("2026", "2026-11", "2026-11-20", "2027-02-28", "1999-12-31");
const aToggle = fc.constantFrom(...(Object.keys(TOGGLES) as Toggle[]));
const aTag = fc.record(
  { kind: fc.constant("tag" as const), field: fc.constantFrom(...SEARCH_FIELDS), scope: aScope, match: aMatch },
  { requiredKeys: ["kind", "match"] },
);
const aCondition = fc.oneof(
  aWord.map((match): Condition => ({ kind: "text", match })),
  aMatch.map((match): Condition => ({ kind: "caption", match })),
  aTag,
  fc
    .tuple(fc.constantFrom(...NUMBER_NAMES), aRange)
    .map(([name, range]): Condition => ({ kind: "number", name, range })),
  fc.record({ kind: fc.constant("size" as const), width: aCount, height: aCount }),
  aToggle.map((name): Condition => ({ kind: "toggle", name })),
  aToggle.map((name): Condition => ({ kind: "toggle", name, value: TOGGLES[name].values[0] })),
  fc.constant<Condition>({ kind: "toggle", value: "flash" }),
  fc
    .tuple(fc.constantFrom(...NAMED_NAMES.filter((name) => name !== "solver")), aMatch)
    .map(([name, match]): Condition => ({ kind: "named", name, match })),
  fc
    .constantFrom(...SOLVERS)
    .map((text): Condition => ({ kind: "named", name: "solver", match: { how: "exact", text } })),
  aDay.map((day): Condition => ({ kind: "date", from: day, to: day })),
  fc
    .tuple(aDay, aDay)
    .filter(([a, b]) => a < b && !a.startsWith(b))
    .map(([from, to]): Condition => ({ kind: "date", from, to })),
  aDay.map((from): Condition => ({ kind: "date", from })),
  fc.constant<Condition>({ kind: "star" }),
);
const aQuery: fc.Arbitrary<Query> = fc.record({
  alternatives: fc.array(
    fc.array(fc.record({ isNegated: fc.boolean(), condition: aCondition }), { minLength: 1, maxLength: 4 }),
    { maxLength: 4 },
  ),
});

test("what is printed reads as what it was", () => {
  fc.assert(
    fc.property(aQuery, (query) => assert.deepEqual(parseQuery(printQuery(query)), structuredClone(query))),
    { numRuns: 2000 },
  );
});

test("whatever is typed is a query or an error that says where, and can be completed", () => {
  const pieces = fc.constantFrom(
    "or",
    "-",
    '"',
    ":",
    "=",
    "<",
    "..",
    "*",
    " ",
    "c2.",
    "hair",
    "seed",
    "date:2026",
    "size:",
    "toggle:",
    "\\",
    "＂",
    "髪",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(pieces).map((parts) => parts.join("")),
      ),
      fc.nat(40),
      (text, at) => {
        try {
          parseQuery(text);
        } catch (error) {
          assert.ok(isTachieError(error, "query.invalid"), String(error));
          assert.match(error.where ?? "", /^column \d+$/);
        }
        const { from, to } = completionPlace(text, at);
        assert.ok(from >= 0 && from <= to && to <= text.length, `${from}..${to} of ${text.length}`);
      },
    ),
    { numRuns: 3000 },
  );
});

test("the examples of the language mean what they say", () => {
  const terms = (text: string): readonly Condition[] =>
    (parseQuery(text).alternatives[0] ?? []).map(({ condition }) => condition);
  const words = (text: string): Match => ({ how: "words", text });
  assert.deepEqual(terms("hair left:blue_hair"), [
    { kind: "text", match: words("hair") },
    { kind: "tag", scope: { place: "left" }, match: words("blue_hair") },
  ]);
  assert.deepEqual(terms("c2.clothing:serafuku c1:smile"), [
    { kind: "tag", field: "clothing", scope: { character: 2 }, match: words("serafuku") },
    { kind: "tag", scope: { character: 1 }, match: words("smile") },
  ]);
  assert.deepEqual(terms("steps<30 seed:42 guidance>=4.5 width:512..1024"), [
    { kind: "number", name: "steps", range: { high: 30, isOpen: true } },
    { kind: "number", name: "seed", range: { low: 42, high: 42 } },
    { kind: "number", name: "guidance", range: { low: 4.5 } },
    { kind: "number", name: "width", range: { low: 512, high: 1024 } },
  ]);
  assert.deepEqual(terms("toggle:flash toggle:graph=on toggle:graph"), [
    { kind: "toggle", value: "flash" },
    { kind: "toggle", name: "graph", value: "on" },
    { kind: "toggle", name: "graph" },
  ]);
  assert.deepEqual(terms("ｃｏｕｎｔ：２ｇｉｒｌｓ　“blue sky” blu*"), [
    { kind: "tag", field: "count", match: words("2girls") },
    { kind: "text", match: words("blue sky") },
    { kind: "text", match: { how: "prefix", text: "blu" } },
  ]);
  assert.deepEqual(parseQuery("-star OR -rain x").alternatives, [
    [{ isNegated: true, condition: { kind: "star" } }],
    [
      { isNegated: true, condition: { kind: "text", match: words("rain") } },
      { isNegated: false, condition: { kind: "text", match: words("x") } },
    ],
  ]);
  assert.deepEqual(parseQuery("  "), { alternatives: [] });
});

test("what is wrong is said with its column and what to write", () => {
  const cases: readonly (readonly [string, number, RegExp, RegExp])[] = [
    ["rain clothng:x", 6, /no field clothng/, /clothing/],
    ['a "b', 3, /no end/, /"/],
    ["a or", 3, /two alternatives/, /both sides/],
    ["hair:", 6, /nothing stands behind hair:/, /value/],
    ["steps<many", 7, /number/, /steps<30/],
    ["seed:9..3", 6, /more than/, /seed:3\.\.9/],
    ["hair<3", 1, /cannot be compared/, /steps/],
    ["size:big", 6, /no size/, /1024x1024/],
    ["toggle:flsh", 8, /no toggle/, /graph/],
    ["toggle:graph=maybe", 14, /never maybe/, /graph=on/],
    ["date:2026-02-30", 6, /no day/, /2026-11/],
    ["solver:eular", 8, /no solver/, /euler/],
    ["x.clothing:y", 1, /nobody/, /c1/],
    ["clothing:!!", 10, /neither a letter/, /=/],
  ];
  for (const [text, column, message, remedy] of cases)
    assert.throws(
      () => parseQuery(text),
      (error) =>
        isTachieError(error, "query.invalid") &&
        error.where === `column ${column}` &&
        message.test(error.message) &&
        remedy.test(error.remedy),
      text,
    );
});

test("every part of a run of Chinese or Japanese signs is found, and nothing that is not there", () => {
  const stored = spaced(searchWords("穿着水手服的少女 Blue_Hair カメラ"));
  for (const text of ["水手服", "手服", "服", "水", "少女", "blue hair", "Ｂｌｕｅ", "かめら"]) {
    assert.ok(matchesText({ how: "words", text }, "穿着水手服的少女 Blue_Hair カメラ"), text);
    assert.ok(stored.length > 0);
  }
  for (const text of ["水服", "女少", "hair blue", "lue"])
    assert.ok(!matchesText({ how: "words", text }, "穿着水手服的少女 Blue_Hair カメラ"), text);
  assert.ok(matchesText({ how: "prefix", text: "blue ha" }, "blue_hair"));
});

test("a prompt's tags are indexed with field, character and place", () => {
  const { tree } =
    readPrompt(`<character_1><n>Rin</n><appearance>blue hair, (red eyes:1.2)</appearance><position>left</position></character_1>
<character_2><clothing>serafuku</clothing><position>center_right, background</position></character_2>
<general_tags><count>2girls</count><artist>someone</artist></general_tags><caption>Two girls, at dusk.</caption>`);
  const { tags, caption } = indexPrompt(tree);
  const found = (name: string): unknown[] =>
    tags.filter((tag) => tag.name === name).map(({ field, character, places }) => [field, character, places]);
  assert.deepEqual(found("blue_hair"), [["appearance", 1, PLACE_BITS.left]]);
  assert.deepEqual(found("red_eyes"), [["appearance", 1, PLACE_BITS.left]]);
  assert.deepEqual(found("serafuku"), [["clothing", 2, PLACE_BITS.right | 64]]);
  assert.deepEqual(found("2girls"), [["count", 0, 0]]);
  assert.deepEqual(found("someone"), [["artists", 0, 0]]);
  assert.equal(caption, "Two girls, at dusk.");
  assert.deepEqual(
    indexPrompt(readPrompt("1girl, blue hair").tree).tags.map(({ name, field }) => [name, field]),
    [
      ["1girl", "plain"],
      ["blue_hair", "plain"],
    ],
  );
});

test("completion knows the word or the value that is being written", () => {
  const place = completionPlace("rain c2.clothing:ser or", 20);
  assert.deepEqual([place.from, place.to, place.written, place.name], [17, 20, "ser", "c2.clothing"]);
  assert.ok(completionPlace("clo", 3).options.some(({ text }) => text === "clothing:"));
  assert.deepEqual(
    completionPlace("toggle:graph=", 13).options.map(({ text }) => text),
    ["graph=off", "graph=on"],
  );
  assert.equal(completionPlace('note:"two w', 11).written, "two w");
});
