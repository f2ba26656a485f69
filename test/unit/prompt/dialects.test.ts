/** @file The dialects: how each is recognised, read and written, what the model reads, and what goes into comments. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DIALECTS } from "../../../src-main/contract/prompt.ts";
import type { Dialect } from "../../../src-main/contract/prompt.ts";
import {
  captionText,
  characterBox,
  charactersOf,
  convertPrompt,
  generalText,
  isSamePrompt,
  modelText,
  readPrompt,
  writePrompt,
} from "../../../src-main/prompt/index.ts";
import { flattened } from "../../../src-main/prompt/dialects/plain.ts";
import { checkWellFormed } from "./properties.ts";

const CARD = `<character_1>
<n>rem_\\(re:zero\\)</n>
<gender>1girl</gender>
<appearance>blue_hair, (short_hair:1.2)</appearance>
<mood_ring stone="opal">teal &amp; gold</mood_ring>
<position>center</position>
</character_1>`;

const GENERAL = (artist: string): string => `<general_tags>
<count>1girl, solo</count>
<${artist}>someone</${artist}>
<lighting>soft</lighting>
<weather_report>rain</weather_report>
</general_tags>`;

const SAMPLES: Readonly<Record<Exclude<Dialect, "plain">, string>> = {
  readme: `${CARD}\n\n${GENERAL("artists").replace("lighting", "quality").replace("lighting", "quality")}\n`,
  webapp: `${CARD}\n\n${GENERAL("artists")}\n\n<caption>A maid & more</caption>`.replace("& more", "&amp; more"),
  nodes: `<style>style of nobody</style>\n\n<image>\n<caption>A maid</caption>\n${CARD}\n${GENERAL("artists")}\n</image>`,
  formatter: `<img>\n${CARD}\n\n${GENERAL("artist")}\n\n<caption>\n A maid\n</caption>\n</img>\n`,
  comfy: `You are an assistant designed to generate high-quality anime images with the highest degree of image-text alignment based on xml format textual prompts. <Prompt Start>
{
"character_1": {
"bbox": [
0,
0,
500,
1000
],
"name": "$character_1$",
"pose": "sitting"
},
"image": {
"tags": "
${CARD}

${GENERAL("artists")}
",
"caption": "A "maid" & more"
}
}`,
};

const SAMPLE_LIST = Object.entries(SAMPLES) as [Exclude<Dialect, "plain">, string][];

describe("each dialect", () => {
  for (const [dialect, text] of SAMPLE_LIST) {
    test(`${dialect} is recognised and comes back byte for byte`, () => {
      const reading = readPrompt(text);
      assert.equal(reading.dialect, dialect);
      assert.deepEqual(reading.diagnostics, []);
      assert.equal(writePrompt(reading.tree), text);
      assert.equal(charactersOf(reading.tree).length, 1);
      assert.equal(generalText(reading.tree, "count"), "1girl, solo");
      assert.equal(generalText(reading.tree, "artists"), "someone");
      assert.match(captionText(reading.tree), dialect === "readme" ? /^$/ : /^A "?maid"?( & more)?$/);
    });

    for (const other of DIALECTS)
      test(`${dialect} -> ${other} -> ${dialect}, unknown tags intact, byte for byte`, () => {
        const { tree } = readPrompt(text);
        const there = writePrompt(tree, other);
        const reading = readPrompt(there);
        // The two dialects of one grammar are told apart by the fields they use, so one may be taken for the other.
        if (!["readme", "webapp"].includes(other)) assert.equal(reading.dialect, other, there);
        checkWellFormed(reading.tree);
        if (other !== "plain") assert.match(there, /<mood_ring stone=\\?"opal\\?">teal &amp; gold<\/mood_ring>/);
        // Quotes that the template leaves bare get their marks once the envelope is made anew.
        const marked =
          dialect !== "comfy" || other === dialect || other === "plain"
            ? text
            : text.replace(/"(opal|maid)"/g, '\\"$1\\"');
        assert.equal(writePrompt(reading.tree, dialect), marked);
      });
  }

  test("the artists go by the name that the dialect has for them", () => {
    const { tree } = readPrompt(SAMPLES.webapp);
    assert.match(writePrompt(tree, "formatter"), /<artist>someone<\/artist>/);
    assert.match(writePrompt(readPrompt(SAMPLES.formatter).tree, "nodes"), /<artists>someone<\/artists>/);
  });

  test("a field under the other dialect's name keeps it on the way there and back", () => {
    const odd = SAMPLES.webapp.replaceAll("artists>", "artist>");
    const { tree } = readPrompt(odd);
    for (const other of DIALECTS)
      assert.equal(writePrompt(readPrompt(writePrompt(tree, other)).tree, "webapp"), odd, other);
  });

  test("the caption stands first for the builder nodes, last for the others, and in the envelope", () => {
    const { tree } = readPrompt(SAMPLES.webapp);
    assert.match(writePrompt(tree, "nodes"), /^<image>\n<caption>A maid &amp; more<\/caption>\n\n?<character_1>/);
    assert.match(writePrompt(tree, "formatter"), /<caption>A maid &amp; more<\/caption>\n<\/img>$/);
    assert.match(writePrompt(tree, "comfy"), /"caption": "A maid & more"\n}\n}$/);
    assert.doesNotMatch(writePrompt(tree, "comfy"), /<caption>/);
  });

  test("a caption in an unusual place stays there", () => {
    const text = `<image>\n${CARD}\n<caption>last</caption>\n</image>`;
    const { tree } = readPrompt(text);
    for (const other of DIALECTS)
      assert.equal(writePrompt(readPrompt(writePrompt(tree, other)).tree, "nodes"), text, other);
  });

  test("a root's attributes and what stands outside it come back", () => {
    const text = `<!-- mine --><weather/><image lang="x &lt; y">\n${CARD}\n</image> and more`;
    const { tree } = readPrompt(text);
    for (const other of DIALECTS) {
      const back = convertPrompt(readPrompt(writePrompt(tree, other)).tree, "nodes").tree;
      assert.ok(isSamePrompt(back, tree), writePrompt(back));
    }
    assert.equal(readPrompt(writePrompt(tree, "readme")).dialect, "readme");
  });

  test("text on both sides of a root's end stays on its side", () => {
    const { tree } = readPrompt(`<image>\n${CARD} inside\n</image> outside`);
    for (const other of DIALECTS) {
      const back = convertPrompt(readPrompt(writePrompt(tree, other)).tree, "nodes").tree;
      assert.ok(isSamePrompt(back, tree), writePrompt(back));
    }
  });

  test("an element named like a root inside a root does not become one", () => {
    const { tree } = readPrompt(`<image>\n<img>x</img>\n${CARD}\n</image>`);
    const there = readPrompt(writePrompt(tree, "webapp"));
    assert.equal(there.dialect, "readme");
    assert.ok(isSamePrompt(convertPrompt(there.tree, "nodes").tree, tree));
  });
});

describe("white space between blocks", () => {
  const LINE = "<character_1><n>a</n></character_1><general_tags><count>1girl</count></general_tags>";
  const CARDS = "<character_1>\n<n>a</n>\n</character_1>";
  const SHAPES: readonly (readonly [string, string])[] = [
    ["one line", `${LINE}<caption>x</caption>`],
    ["one line in a root", `<image><caption>x</caption>${LINE}</image>`],
    ["one line in the other root", `<img>${LINE.replaceAll("count", "artist")}<caption>x</caption></img>`],
    ["CRLF", `${CARDS}\n\n<caption>x</caption>\n`.replaceAll("\n", "\r\n")],
    ["CRLF in a root", `<image>\n<caption>x</caption>\n${CARDS}\n</image>\n`.replaceAll("\n", "\r\n")],
    ["indented", "  <character_1>\n    <n>a</n>\n  </character_1>\n  <caption>\n    x\n  </caption>\n"],
    ["indented in a root", "<image>\n  <caption>x</caption>\n  <character_1>\n    <n>a</n>\n  </character_1>\n</image>\n"],
    ["a root that begins in a line and ends in another", `<img>${LINE}\n</img>`],
    ["text behind the blocks", `${CARDS}\nand more\n<caption>x</caption>`],
    ["blank lines all around", `\n\n${CARDS}\n\n\n<caption>x</caption>\n \n`],
    ["tags between their quotes", `{\n"image": {\n"tags": "${LINE}",\n"caption": "x"\n}\n}`],
    ["tags between their quotes, as JSON", JSON.stringify({ image: { tags: ` ${CARDS}\r\n`, caption: "x" }, seed: 1 })],
    ["no tags", '{"image":{"tags":"","caption":"x"}}'],
    ["no caption", JSON.stringify({ image: { tags: CARDS } })],
  ]; // prettier-ignore

  for (const [name, text] of SHAPES)
    test(`${name}: every character comes back`, () => {
      const { tree, dialect } = readPrompt(text);
      for (const first of DIALECTS)
        for (const second of DIALECTS) {
          const there = writePrompt(readPrompt(writePrompt(tree, first)).tree, second);
          assert.equal(writePrompt(readPrompt(there).tree, dialect), text, `${first}, ${second}:\n${there}`);
        }
    });

  test("it needs no comment where the other dialect lays blocks out alike, and the model reads no more of it", () => {
    assert.equal(writePrompt(readPrompt(`<image>${LINE}</image>`).tree, "readme"), LINE);
    assert.equal(writePrompt(readPrompt(LINE).tree, "formatter"), `<img>${LINE}</img>`);
    const there = convertPrompt(readPrompt(`${CARDS}\n\n\n<caption>x</caption>`).tree, "comfy").tree;
    assert.match(modelText(there), /"tags": "\n<character_1>\n<n>a<\/n>\n<\/character_1>\n",/);
  });

  test("nothing stays nothing", () => {
    for (const dialect of DIALECTS)
      assert.equal(writePrompt(readPrompt(writePrompt(readPrompt("").tree, dialect)).tree, "plain"), "", dialect);
  });
});

describe("comments that someone else wrote", () => {
  const escaped = (text: string): string => text.replaceAll("<", "&lt;").replaceAll(">", "&gt;");

  test("a structure that no reader takes is left alone, with a warning", () => {
    for (const inner of ["<!DOCTYPE x>", "<a>".repeat(40) + "</a>".repeat(40), "no dialect"]) {
      const { tree } = readPrompt(`1girl\n<!-- tachie:structure readme\n${escaped(inner)} -->`);
      const { tree: blocks, notes } = convertPrompt(tree, "webapp");
      assert.match(writePrompt(blocks), /<other>1girl<\/other>[^]*<!-- tachie:structure/);
      assert.deepEqual(
        notes.map(({ severity }) => severity),
        ["warning"],
      );
    }
  });

  test("a root gets no attributes that a tag cannot have", () => {
    const text =
      '<!-- tachie:root [["a","1"],["b c","2"],["a","3"],["d>","4"]] --><character_1/><!-- tachie:root-end -->';
    const written = writePrompt(readPrompt(text).tree, "nodes");
    assert.equal(written, '<image a="1"><character_1/></image>');
  });
});

describe("the envelope", () => {
  test("is read as JSON where it is JSON, and written so", () => {
    const text = JSON.stringify({
      character_1: { bbox: [10, 20.5, 300, 400], name: 'a "b" \\(c\\)' },
      image: { tags: `\n${CARD}\n`, caption: "line\nline é", more: [null, { a: true }] },
    });
    const { tree, dialect, diagnostics } = readPrompt(text);
    assert.equal(dialect, "comfy");
    assert.deepEqual(diagnostics, []);
    assert.equal(writePrompt(tree), text);
    assert.deepEqual(characterBox(tree, charactersOf(tree)[0]?.id ?? 0), [10, 20.5, 300, 400]);
    for (const other of DIALECTS) {
      const back = writePrompt(readPrompt(writePrompt(tree, other)).tree, "comfy");
      assert.deepEqual(JSON.parse(back), JSON.parse(text), other);
    }
  });

  test("findings inside its texts stand where they stand in the file", () => {
    const tags = "\n<character 1>\n<n>d&d</n>\n</character_1>\n";
    const asJson = JSON.stringify({ image: { tags, caption: "" } });
    const asTemplate = `{"image":{"tags":"${tags}","caption":""}}`;
    assert.deepEqual(
      readPrompt(asJson).diagnostics.map(({ start, end }) => asJson.slice(start, end)),
      ["<character 1>", "&"],
    );
    assert.deepEqual(
      readPrompt(asTemplate).diagnostics.map(({ line, column, start, end }) => [
        line,
        column,
        asTemplate.slice(start, end),
      ]),
      [
        [2, 1, "<character 1>"],
        [3, 5, "&"],
      ],
    );
  });

  test("quotes and backslashes in pasted texts", () => {
    const text = `{"image": {"tags": "\n<caption>say "hi", "ho" rem_\\(x\\) \\</caption>\n", "caption": "a "b", c"}}`;
    const { tree, dialect } = readPrompt(text);
    assert.equal(dialect, "comfy");
    assert.equal(writePrompt(tree), text);
    assert.match(modelText(tree), /say "hi", "ho" rem_\\\(x\\\) \\<\/caption>/);
    assert.equal(captionText(tree), 'a "b", c');
  });

  test("what only begins like one is read as text with XML in it", () => {
    for (const text of [
      '{"image": {"tags": "<caption>x</caption>',
      '{"image" "tags": "<caption>x</caption>"}',
      "{a|b} <caption>x</caption>",
    ]) {
      const { tree, dialect } = readPrompt(text);
      assert.notEqual(dialect, "comfy");
      assert.equal(captionText(tree), "x");
      assert.equal(writePrompt(tree), text);
    }
  });

  test("without a caption, with an entry more, behind a fence: everything comes back", () => {
    const text = `\`\`\`json\n{"x": [], "character_9": {"bbox": null}, "image": {"tags": "${CARD.replaceAll("\n", " ").replaceAll('"', '\\"')}"}}\n\`\`\`\n`;
    const { tree } = readPrompt(text);
    assert.equal(writePrompt(tree), text);
    for (const other of DIALECTS) {
      const back = convertPrompt(readPrompt(writePrompt(tree, other)).tree, "comfy").tree;
      assert.ok(isSamePrompt(back, tree), `${other}\n${writePrompt(back)}`);
    }
  });

  test("a character that joined while the envelope was a comment gets an entry, one that left loses it", () => {
    const there = writePrompt(readPrompt(SAMPLES.comfy).tree, "webapp");
    const edited = there.replaceAll("character_1>", "character_2>").replace("$character_1$", "$character_2$");
    const back = writePrompt(readPrompt(edited).tree, "comfy");
    assert.match(back, /"character_2": \{\n"bbox"/);
    assert.doesNotMatch(back, /"character_1"/);
  });
});

describe("plain text", () => {
  test("tags become the general block's `other`, sentences the caption, and come back byte for byte", () => {
    for (const [text, block] of [
      ["1girl, solo, >_<, d&d, rem_\\(re:zero\\)\n", "<general_tags>\n<other>"],
      ["A girl & her cat walk in the rain. It is late.", "<caption>"],
      ["  1girl <!-- note --> , smile", "<general_tags>\n<other>"],
    ] as const)
      for (const other of DIALECTS) {
        const there = writePrompt(readPrompt(text).tree, other);
        if (other !== "plain" && other !== "comfy") assert.ok(there.includes(block), there);
        assert.equal(writePrompt(readPrompt(there).tree, "plain"), text, other);
      }
  });

  test("from blocks: one string, in the order count, characters, scene, caption", () => {
    const text = writePrompt(readPrompt(SAMPLES.webapp).tree, "plain");
    assert.equal(
      modelText(readPrompt(text).tree),
      "1girl, solo, rem_\\(re:zero\\), blue_hair, (short_hair:1.2), teal & gold, center, someone, soft, rain\nA maid & more",
    );
    assert.doesNotMatch(text, /<\/?\w/);
  });

  test("an edit wins over the structure in the comment, which is kept", () => {
    const text = writePrompt(readPrompt(SAMPLES.webapp).tree, "plain").replace("blue_hair", "red_hair");
    const { tree, notes } = convertPrompt(readPrompt(text).tree, "webapp");
    assert.deepEqual(
      notes.map(({ code }) => code),
      ["plain.structure-outdated"],
    );
    assert.match(writePrompt(tree), /red_hair/);
    assert.match(writePrompt(tree), /tachie:structure webapp/);
  });
});

describe("what the model reads", () => {
  test("is the same text in its dialect, references resolved, without prefix and comments", () => {
    const { tree } = readPrompt(SAMPLES.comfy);
    const expected = SAMPLES.comfy.slice(SAMPLES.comfy.indexOf("{")).replace("&amp;", "&");
    assert.equal(modelText(tree), expected);
    assert.equal(modelText(readPrompt(SAMPLES.webapp).tree), SAMPLES.webapp.replaceAll("&amp;", "&"));
  });

  test("holds the caption in every dialect", () => {
    for (const dialect of DIALECTS) assert.match(modelText(readPrompt(SAMPLES.webapp).tree, dialect), /A maid & more/);
  });

  test("holds nothing of what is carried in comments", () => {
    for (const [, text] of SAMPLE_LIST)
      for (const dialect of DIALECTS) assert.doesNotMatch(modelText(readPrompt(text).tree, dialect), /tachie:|<!--/);
  });

  test("of JSON is the template's form: its escapes are JSON's, not the model's", () => {
    const tags = '\n<caption>a "b"\tc</caption>\n';
    assert.equal(
      modelText(readPrompt(JSON.stringify({ image: { tags, caption: "é\n" } })).tree),
      `{"image":{"tags":"${tags}","caption":"é\n"}}`,
    );
  });
});

test("conversions say what they carry and what other tools drop", () => {
  const codes = (text: string, to: Dialect): string[] =>
    convertPrompt(readPrompt(text).tree, to).notes.map(({ code }) => code);
  assert.deepEqual(codes(SAMPLES.readme, "webapp"), ["webapp.fields-dropped"]);
  assert.deepEqual(codes(SAMPLES.comfy, "readme"), ["comfy.envelope-carried"]);
  assert.deepEqual(codes(SAMPLES.webapp, "plain"), ["plain.structure-carried"]);
  assert.deepEqual(codes(SAMPLES.webapp, "formatter"), []);
  assert.deepEqual(codes("1girl, \u0000", "readme"), ["xml.forbidden-character"]);
});

test("flattening leaves out placeholders, and genders that the count says", () => {
  const { tree } = readPrompt(
    "<character_1><n>$character_1$</n><gender>1girl</gender><clothing>dress,</clothing></character_1>",
  );
  assert.equal(flattened(tree.nodes), "1girl, dress");
});
