/** @file Texts of 256 KiB, more than anybody writes, each made to be as slow as possible for some way of reading. */

const SIZE = 256 * 1024;

/** Repeats a piece up to the size limit, between a head and a tail. */
function filled(piece: string, head = "", tail = ""): string {
  const bytes = Buffer.byteLength(piece);
  const room = SIZE - Buffer.byteLength(head) - Buffer.byteLength(tail);
  return head + piece.repeat(Math.floor(room / bytes)) + tail;
}

const FIELD = "<appearance>blue_hair, long_hair, (smile:1.2)</appearance>\n";

function cast(size: number): string {
  const cards = Array.from({ length: size }, (_, index) => {
    const fields = `<n>name ${index}</n>\n<gender>1girl</gender>\n${FIELD}<clothing>dress</clothing>\n<action>sitting</action>\n`;
    return `<character_${index + 1}>\n${fields}</character_${index + 1}>\n`;
  });
  return cards.join("");
}

/** Name and text. Some are refused for their depth or number of nodes: that too must be quick. */
export const WORST_CASES: readonly (readonly [string, string])[] = [
  ["ordinary fields", filled("1girl, blue_hair, long_hair, (smile:1.2), ", "<character_1><appearance>", "</appearance></character_1>")],
  ["prose in a caption", filled("A girl stands in the rain & waits. ", "<caption>", "</caption>")],
  ["plain tags", filled("1girl, rem_\\(re:zero\\), ")],
  ["<<<<", filled("<")],
  ["<<<< in a caption", filled("<", "<caption>", "</caption>")],
  ["&&&&", filled("&")],
  ["&&&& in a caption", filled("&", "<caption>", "</caption>")],
  ["&lt; in a caption", filled("&lt;", "<caption>", "</caption>")],
  ["&aaaa", filled("&aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "<caption>", "</caption>")],
  ["<!-- unclosed", filled("<!--")],
  ["<![CDATA[ unclosed", filled("<![CDATA[", "<caption>", "</caption>")],
  ["<? unclosed", filled("<?a ", "<caption>", "</caption>")],
  ["]]>", filled("]]>", "<caption>", "</caption>")],
  ["nested, unknown, unclosed", filled("<a>")],
  ["nested, unknown, closed", "<a>".repeat(SIZE / 7) + "</a>".repeat(SIZE / 7)],
  ["nested fields, unclosed", filled("<n>")],
  ["nested blocks, unclosed", filled("<caption>")],
  ["end tags only", filled("</a>", "<caption>", "</caption>")],
  ["many elements", filled("<b/>", "<caption>", "</caption>")],
  ["different names", Array.from({ length: 20_000 }, (_, index) => `<x${index}>`).join("")],
  ["4,900 fields", `<general_tags>${FIELD.slice(0, 40).replace(/$/, "</appearance>").repeat(4_900)}</general_tags>`],
  ["1,450 characters", cast(1_450)],
  ["20,000 fields", `<general_tags>${"<n>a</n>\n".repeat(19_998)}</general_tags>`],
  ["crossing", filled("<i><b></i></b>", "<caption>", "</caption>")],
  ["open quotes", filled(`<a b="`)],
  ["attributes", filled(` a="b"`, "<character_1", "></character_1>")],
  ["words in a tag", filled(" a", "<character_1", "></character_1>")],
  ["spaces in tags", filled(`< ${" ".repeat(200)}a`)],
  ["one blank text", filled(" ")],
  ["blank lines before a tag", filled("\n", "", "<caption>x</caption>")],
  ["spaces and commas", filled(" ,", "", "<general_tags><other>x</other></general_tags>")],
  ["comma list", filled(",", "<character_1><appearance>", "</appearance></character_1>")],
  ["parentheses", filled("(", "<character_1><appearance>", "</appearance></character_1>")],
  ["balanced parentheses", `<character_1><appearance>${"(".repeat(100_000)}${")".repeat(100_000)}</appearance></character_1>`],
  ["escaped parentheses", filled("\\(", "<character_1><appearance>", "</appearance></character_1>")],
  ["prompt starts", filled("<Prompt Start>")],
  ["prompt starts and envelopes", filled(`<Prompt Start>{"image":{"tags":"`)],
  ["quotes in an envelope", filled(`" `, `{"image":{"tags":"`, `","caption":""}}`)],
  ["quotes and commas in an envelope", filled(`", "`, `{"image":{"tags":"\n`, `","caption":""}}`)],
  ["backslashes in an envelope", filled("\\", `{"image":{"tags":"\n`, `","caption":""}}`)],
  ["escaped quotes in an envelope", filled(`\\"`, `{"image":{"tags":"\n`, `","caption":""}}`)],
  ["JSON escapes", filled("\\u0041", `{"image":{"tags":"`, `","caption":""}}`)],
  ["nested brackets", filled("[", `{"image":`, "")],
  ["full-width brackets", filled("＜caption＞")],
  ["placeholders", filled("$character_1$", "<character_2><n>", "</n></character_2>")],
  ["comments", `${"<!-- c -->\n".repeat(4_990)}<caption>x</caption>`],
  ["control characters", filled("\u0000", "<caption>", "</caption>")],
  ["astral letters", filled("𝒜", "<caption>", "</caption>")],
]; // prettier-ignore
