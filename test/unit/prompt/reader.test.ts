/** @file The reader: what it tolerates and how it says so, what it refuses, and that it agrees with a strict parser. */

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isTachieError } from "../../../src-main/contract/errors.ts";
import {
  captionText,
  charactersOf,
  decodePrompt,
  fieldText,
  generalText,
  modelText,
  readPrompt,
  writePrompt,
} from "../../../src-main/prompt/index.ts";
import type { PromptNode, PromptTree } from "../../../src-main/prompt/index.ts";
import { readStrictly } from "./well-formed.ts";
import type { StrictEvent } from "./well-formed.ts";

/** `code@line:column` of everything found. */
function found(text: string): string[] {
  return readPrompt(text).diagnostics.map(({ code, line, column }) => `${code}@${line}:${column}`);
}

function appearance(tree: PromptTree, index = 0): string {
  return fieldText(charactersOf(tree)[index], "appearance");
}

describe("tolerance", () => {
  test("spaces in the names of blocks", () => {
    const text =
      "<character 1>\n<appearance>blue_hair</appearance>\n</character 1>\n<general tags><count>1girl</count></general tags>";
    const { tree } = readPrompt(text);
    assert.deepEqual(found(text), [
      "xml.space-in-tag@1:1",
      "xml.space-in-tag@3:1",
      "xml.space-in-tag@4:1",
      "xml.space-in-tag@4:35",
    ]);
    assert.equal(charactersOf(tree)[0]?.number, 1);
    assert.equal(appearance(tree), "blue_hair");
    assert.equal(generalText(tree, "count"), "1girl");
    assert.match(writePrompt(tree), /^<character_1>\n.*\n<\/character_1>\n<general_tags>.*<\/general_tags>$/);
  });

  test("faces and ampersands", () => {
    const text = "<character_1><expression>>_<, d&d, <3, &lt;3</expression></character_1>";
    assert.deepEqual(found(text), ["xml.bare-less-than@1:28", "xml.bare-ampersand@1:32", "xml.bare-less-than@1:36"]);
    const { tree } = readPrompt(text);
    assert.equal(fieldText(charactersOf(tree)[0], "expression"), ">_<, d&d, <3, <3");
    assert.equal(modelText(tree), "<character_1><expression>>_<, d&d, <3, <3</expression></character_1>");
    assert.equal(
      writePrompt(tree),
      "<character_1><expression>>_&lt;, d&amp;d, &lt;3, &lt;3</expression></character_1>",
    );
  });

  test("closing numbers that differ", () => {
    const text = "<character_1>\n  <n>a</n>\n</character_2><character_2><n>b</n></character_2>";
    assert.deepEqual(found(text), ["xml.closing-number@3:1"]);
    assert.deepEqual(
      charactersOf(readPrompt(text).tree).map((card) => [card.number, fieldText(card, "n")]),
      [
        [1, "a"],
        [2, "b"],
      ],
    );
  });

  test("fields that nobody closed end where the next begins", () => {
    const text = "<character_1>\n<appearance>blue_hair\n<clothing>dress</clothing>\n</character_1>";
    assert.deepEqual(found(text), ["xml.unclosed-tag@2:1"]);
    const { tree } = readPrompt(text);
    assert.equal(appearance(tree), "blue_hair");
    assert.equal(fieldText(charactersOf(tree)[0], "clothing"), "dress");
  });

  test("characters that nobody closed end where the next begins", () => {
    const text =
      "<character_1><appearance>a</appearance>\n<character_2><appearance>b</appearance></character_2>\n<general_tags><count>2girls</count>";
    assert.deepEqual(found(text), ["xml.unclosed-tag@1:1", "xml.unclosed-tag@3:1"]);
    const { tree } = readPrompt(text);
    assert.deepEqual([appearance(tree, 0), appearance(tree, 1), generalText(tree, "count")], ["a", "b", "2girls"]);
  });

  test("misspelt and stray end tags", () => {
    const text = "<character_1><appearance>blue</apearance><clothing>dress</clothing></clothing></character_1>";
    assert.deepEqual(found(text), ["xml.closing-name@1:30", "xml.stray-end-tag@1:68"]);
    assert.equal(appearance(readPrompt(text).tree), "blue");
  });

  test("tags without their last bracket", () => {
    const text = "<character_1><appearance>blue</appearance\n<clothing>dress</clothing></character_1>";
    assert.deepEqual(found(text), ["xml.unfinished-tag@1:30"]);
    assert.equal(appearance(readPrompt(text).tree), "blue");
  });

  test("another case, other widths, other joints", () => {
    for (const name of ["Character_1", "CHARACTER_1", "character１", "character-1", "character1"]) {
      const { tree } = readPrompt(`<${name}><Appearance>blue</Appearance></${name}>`);
      assert.equal(charactersOf(tree)[0]?.number, 1, name);
      assert.equal(appearance(tree), "blue", name);
    }
  });

  test("attributes as HTML has them", () => {
    const text = `<character_1 id=7 checked "><n a="1" a='&' b = "c" >x</n></character_1>`;
    const { tree, diagnostics } = readPrompt(text);
    assert.deepEqual(
      diagnostics.map(({ code }) => code),
      ["xml.stray-in-tag", "xml.attribute"],
    );
    assert.deepEqual(charactersOf(tree)[0]?.attributes, [
      { name: "id", value: "7" },
      { name: "checked", value: "" },
    ]);
    assert.equal(readStrictly(writePrompt(tree)).fault, undefined);
  });

  test("markup in a sentence stays text", () => {
    const text = "<caption>I <love> you, <lora:x:0.8> a < b and b > c</caption>";
    const { tree } = readPrompt(text);
    assert.equal(captionText(tree), "I <love> you, <lora:x:0.8> a < b and b > c");
    assert.equal(writePrompt(tree), "<caption>I &lt;love> you, &lt;lora:x:0.8> a &lt; b and b > c</caption>");
  });

  test("comments and sections without an end are text, not the end of the prompt", () => {
    for (const mark of ["<!-- x", "<![CDATA[ x", "<?x "])
      assert.equal(captionText(readPrompt(`<caption>a ${mark}</caption>`).tree), `a ${mark}`.trim());
  });

  test("ordinary tags and sentences are a prompt without faults", () => {
    for (const text of ["1girl, >_<, d&d, <3, rem_\\(re:zero\\)", "A girl & her cat; x < y.", "猫耳、銀髪", "", " "]) {
      const { tree, dialect, diagnostics } = readPrompt(text);
      assert.deepEqual([dialect, diagnostics], ["plain", []]);
      assert.equal(writePrompt(tree), text);
      assert.equal(modelText(tree), text.trim());
    }
  });

  test("a byte order mark and line ends of Windows are kept, and not shown to the model", () => {
    const text = "\ufeff<character_1>\r\n<n>a</n>\r\n</character_1>\r\n";
    const { tree } = readPrompt(text);
    assert.equal(writePrompt(tree), text);
    assert.equal(modelText(tree), "<character_1>\n<n>a</n>\n</character_1>");
    assert.deepEqual(
      readPrompt(text.replace("<n>a", "\r<n>&")).diagnostics.map(({ line, column }) => [line, column]),
      [[3, 4]],
    );
  });
});

test("a strict parser refuses what people write: that is why there is a tokeniser of our own", () => {
  const met = [
    "<character 1>x</character 1>",
    "<general tags></general tags>",
    "<a>>_<</a>",
    "<a>d&d</a>",
    "<b_1>x</b_2>",
  ];
  for (const text of met) {
    assert.notEqual(readStrictly(text).fault, undefined, text);
    assert.doesNotThrow(() => readPrompt(text));
  }
});

describe("what comes back", () => {
  test("everything that is not understood, in its place", () => {
    const text = [
      `<!-- before --><character_1 mood="x &amp; y"><n>a</n><!-- in --><mood_ring shade='teal'>deep <b>blue</b> &#x1F600;</mood_ring>`,
      `<appearance><![CDATA[<raw> & ]]>hair &gt; eyes</appearance> stray </character_1> between <weather/>`,
      `<general_tags ><count>1girl</count ></general_tags><?note x?> after`,
    ].join("\n");
    const { tree, diagnostics } = readPrompt(text);
    assert.deepEqual(diagnostics, []);
    assert.equal(writePrompt(tree), text);
    assert.equal(
      modelText(tree),
      [
        `<character_1 mood="x & y"><n>a</n><mood_ring shade='teal'>deep <b>blue</b> 😀</mood_ring>`,
        `<appearance><raw> & hair > eyes</appearance> stray </character_1> between <weather/>`,
        `<general_tags ><count>1girl</count ></general_tags> after`,
      ].join("\n"),
    );
  });

  test("lines that held only a comment go with it", () => {
    const text =
      "<general_tags>\n  <!-- one -->\n  <!-- two -->\n  <count>1girl</count> <!-- three -->\n</general_tags>\n<!-- four -->\n";
    assert.equal(modelText(readPrompt(text).tree), "<general_tags>\n  <count>1girl</count> \n</general_tags>");
  });
});

describe("refusals", () => {
  const cases: readonly (readonly [string, string, string, string])[] = [
    ["a document type", '<!DOCTYPE lolz [<!ENTITY lol "lol">]><caption>&lol;</caption>', "prompt.malformed", "1:1"],
    ["an entity, further down", "<caption>x</caption>\n <!entity a 'b'>", "prompt.malformed", "2:2"],
    ["depth", "<a>".repeat(40) + "</a>".repeat(40), "prompt.too-large", "1:97"],
    ["100,000 levels", "<a>".repeat(37_000) + "</a>".repeat(37_000), "prompt.too-large", "1:97"],
    ["nodes", `<caption>${"<b/>".repeat(20_001)}</caption>`, "prompt.too-large", "1:80006"],
    ["attributes", `<caption\n ${"a='1' ".repeat(65)}>x</caption>`, "prompt.too-large", "1:1"],
    ["bytes", "é".repeat(530_000), "prompt.too-large", "1:524289"],
    ["a megabyte of attribute", `<caption a="${"x".repeat(1_100_000)}">x</caption>`, "prompt.too-large", "1:1048577"],
  ];
  for (const [name, text, code, where] of cases)
    test(name, () => {
      assert.throws(
        () => readPrompt(text),
        (error) => isTachieError(error) && error.code === code && error.where === where && error.remedy !== "",
      );
    });

  test("just within the limits", () => {
    readPrompt("<a>".repeat(32) + "</a>".repeat(32));
    readPrompt(`<caption>${"<b/>".repeat(19_999)}</caption>`);
    readPrompt(`<caption ${Array.from({ length: 64 }, (_, index) => `a${index}="1"`).join(" ")}>x</caption>`);
    readPrompt("é".repeat(524_288));
    readPrompt(`<image>${"<a>".repeat(32)}${"</a>".repeat(32)}</image>`);
  });

  test("a document type inside a comment or CDATA is only text", () => {
    assert.equal(
      captionText(readPrompt("<caption><!-- <!DOCTYPE x> --><![CDATA[<!DOCTYPE y>]]></caption>").tree),
      "<!DOCTYPE y>",
    );
  });

  test("bytes that are no text", () => {
    const bytes = Buffer.from([...Buffer.from("<caption>\nab"), 0xc3, 0x28, 0x41]);
    assert.throws(
      () => decodePrompt(bytes),
      (error) => isTachieError(error, "prompt.malformed") && error.where === "2:3" && /UTF-8/.test(error.remedy),
    );
    assert.throws(
      () => decodePrompt(Buffer.alloc(1_100_000, 0x61)),
      (error) => isTachieError(error, "prompt.too-large"),
    );
  });

  test("UTF-8 and both kinds of UTF-16", () => {
    const text = "\ufeff猫, 1girl";
    assert.equal(decodePrompt(Buffer.from(text, "utf8")), text);
    assert.equal(decodePrompt(Buffer.from(text, "utf16le")), text);
    assert.equal(decodePrompt(Buffer.from(text, "utf16le").swap16()), text);
  });
});

describe("agreement with a strict parser on well-formed input", () => {
  const texts = [
    "<a/>",
    "<a b='1' c=\"2\"/>",
    "<a  b = '>' >x</a >",
    "<é:ü.-1>x</é:ü.-1>",
    "<image><caption>x</caption><style>y</style><img>z</img></image>",
    "<a><!-- x > y & z < --><![CDATA[ ]] > ]> <b> & ]]></a>",
    "<a>&lt;&gt;&amp;&quot;&apos;&#65;&#x41;&#x1F600;</a>",
    "<a>]] > x ]]&gt;</a>",
    "<Character_1><N>x</N></Character_1>",
    "<a><A><a>x</a></A></a>",
    "<character_1><character_2>x</character_2></character_1>",
    "<caption>x<appearance>y</appearance></caption>",
    "text <a>x</a> text &amp; more",
    "<a>line\r\nline\rline\n</a>",
    "<?p i?><a><?q?></a>",
    "<𝒜𐀀>x</𝒜𐀀>",
  ];
  for (const text of texts)
    test(text.replace(/[\r\n]/g, "~"), () => {
      const strict = readStrictly(text);
      assert.equal(strict.fault, undefined);
      const { tree, diagnostics } = readPrompt(text);
      assert.deepEqual(
        diagnostics.filter(({ severity }) => severity === "error"),
        [],
      );
      assert.deepEqual(eventsOf(tree.nodes), strict.events);
      assert.equal(writePrompt(tree), text);
    });
});

function eventsOf(nodes: readonly PromptNode[]): StrictEvent[] {
  return nodes.flatMap((node): StrictEvent[] => {
    if (node.kind === "instruction") {
      const [target = "", ...body] = node.text.split(" ");
      return [{ kind: "instruction", value: `${target} ${body.join(" ")}` }];
    }
    if (node.kind !== "element") return [{ kind: node.kind, value: node.text.replace(/\r\n?/g, "\n") }];
    const attributes = JSON.stringify(node.attributes.map(({ name, value }) => [name, value]));
    return [
      { kind: "open", value: `${node.name} ${attributes}` },
      ...eventsOf(node.children),
      { kind: "close", value: node.name },
    ];
  });
}
