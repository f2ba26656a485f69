/** @file A prompt for every rule of the checks: what is found, where, and what its fix makes of it. */

import type { Severity } from "../../../src-main/contract/prompt.ts";

export interface RuleCase {
  readonly code: string;
  readonly severity: Severity;
  readonly text: string;
  readonly negative?: string;
  /** `line:column` */
  readonly at: string;
  /** What the fix makes of the text, or of the negative where that is what it changes; undefined where there is no fix. */
  readonly fixed?: string;
}

export const card = (number: number, fields: string): string => `<character_${number}>${fields}</character_${number}>`;
export const girl = (number: number, fields: string): string => card(number, `<gender>1girl</gender>${fields}`);
export const general = (fields: string): string => `<general_tags>${fields}</general_tags>`;
export const A = "<clothing>a</clothing>";

export const RULE_CASES: readonly RuleCase[] = [
  // Well-formedness
  { code: "xml.space-in-tag", severity: "error", text: "<caption >x</caption >\n< caption>y</caption>".slice(23), at: "1:1", fixed: "<caption>y</caption>" },
  { code: "xml.space-in-tag", severity: "error", text: "<general tags></general_tags>", at: "1:1", fixed: "<general_tags></general_tags>" },
  { code: "xml.closing-number", severity: "error", text: "<character_1>\n<n>a</n></character_3>", at: "2:9", fixed: "<character_1>\n<n>a</n></character_1>" },
  { code: "xml.closing-case", severity: "error", text: "<caption>x</Caption>", at: "1:11", fixed: "<caption>x</caption>" },
  { code: "xml.closing-name", severity: "error", text: "<caption>x</captoin>", at: "1:11", fixed: "<caption>x</caption>" },
  { code: "xml.unclosed-tag", severity: "error", text: "<caption>x\n", at: "1:1", fixed: "<caption>x</caption>\n" },
  { code: "xml.stray-end-tag", severity: "error", text: "<caption>x</caption></n>", at: "1:21", fixed: "<caption>x</caption>" },
  { code: "xml.unfinished-tag", severity: "error", text: "<caption>x</caption", at: "1:11", fixed: "<caption>x</caption>" },
  { code: "xml.bare-less-than", severity: "error", text: "<caption>>_<</caption>", at: "1:12", fixed: "<caption>>_&lt;</caption>" },
  { code: "xml.bare-ampersand", severity: "error", text: "<caption>d&d</caption>", at: "1:11", fixed: "<caption>d&amp;d</caption>" },
  { code: "xml.unknown-reference", severity: "error", text: "<caption>a&nbsp;b</caption>", at: "1:11", fixed: "<caption>a&amp;nbsp;b</caption>" },
  { code: "xml.bare-section-end", severity: "error", text: "<caption>]]></caption>", at: "1:10", fixed: "<caption>]]&gt;</caption>" },
  { code: "xml.forbidden-character", severity: "error", text: "<caption>a\u0001b</caption>", at: "1:11", fixed: "<caption>ab</caption>" },
  { code: "xml.unclosed-comment", severity: "error", text: "<caption>a<!-- b</caption>", at: "1:11", fixed: "<caption>a&lt;!-- b</caption>" },
  { code: "xml.comment", severity: "error", text: "<caption>a<!--b--c--></caption>", at: "1:11", fixed: "<caption>a<!--b- -c--></caption>" },
  { code: "xml.cdata", severity: "error", text: "<caption><![CDATA[\u0001]]></caption>", at: "1:10", fixed: "<caption><![CDATA[\ufffd]]></caption>" },
  { code: "xml.instruction", severity: "error", text: "<caption>x</caption><?a \u0001?>", at: "1:21", fixed: "<caption>x</caption><?a \ufffd?>" },
  { code: "xml.attribute", severity: "error", text: "<caption a=1 b a>x</caption>", at: "1:1", fixed: '<caption a="1" b="" a_2="">x</caption>' },
  { code: "xml.stray-in-tag", severity: "error", text: "<caption ,>x</caption>", at: "1:1", fixed: "<caption>x</caption>" },
  { code: "xml.late-declaration", severity: "error", text: '<caption>x</caption>\n<?xml version="1.0"?>', at: "2:1", fixed: '<caption>x</caption>\n<!--?xml version="1.0"?-->' },
  { code: "xml.full-width-bracket", severity: "error", text: "<caption>x＜/caption＞", at: "1:11", fixed: "<caption>x</caption>" },
  { code: "xml.full-width-bracket", severity: "error", text: "＜caption＞x", at: "1:1", fixed: "<caption>x" },
  { code: "xml.declaration", severity: "error", text: '<!DOCTYPE x [\n<!ENTITY a "b">\n] ><caption>x</caption>', at: "1:1", fixed: "<caption>x</caption>" },
  { code: "xml.declaration", severity: "error", text: '<?xml version="1.0"?><!DOCTYPE x SYSTEM "y"><caption>x</caption>', at: "1:22", fixed: '<?xml version="1.0"?><caption>x</caption>' },
  { code: "xml.declaration", severity: "error", text: "1girl, <!doctype", at: "1:8", fixed: "1girl, " },
  { code: "xml.stray-end-tag", severity: "error", text: "1girl, smile</general_tags>", at: "1:13", fixed: "1girl, smile" },
  { code: "xml.unclosed-comment", severity: "error", text: "1girl\n<!-- smile", at: "2:1", fixed: "1girl\n&lt;!-- smile" },
  { code: "xml.space-in-tag", severity: "error", text: "\ufeff<character 1><n>a</n></character_1>", at: "1:1", fixed: "\ufeff<character_1><n>a</n></character_1>" },
  // The envelope
  { code: "comfy.trailing-comma", severity: "warning", text: '{"image":{"tags":"","caption":"",}}', at: "1:33", fixed: '{"image":{"tags":"","caption":""}}' },
  { code: "comfy.unclosed", severity: "error", text: '{"image":{"tags":"","caption":""', at: "1:33", fixed: '{"image":{"tags":"","caption":""}}' },
  { code: "comfy.bare-quote", severity: "info", text: '{"image":{"tags":"","caption":"a "b"}}', at: "1:34", fixed: '{"image":{"tags":"","caption":"a \\"b"}}' },
  { code: "comfy.malformed", severity: "error", text: ' {"image" "tags"\n"image":', at: "1:2" },
  { code: "comfy.entry-missing", severity: "warning", text: `{"image":{"tags":"${card(1, A)}","caption":""}}`, at: "1:19", fixed: `{"character_1": {\n"bbox": [\n0,\n0,\n1000,\n1000\n],\n"name": "$character_1$"\n},\n"image":{"tags":"${card(1, A)}","caption":""}}` },
  { code: "comfy.entry-unused", severity: "info", text: '{"character_4":{},"image":{"tags":"","caption":""}}', at: "1:2", fixed: '{"image":{"tags":"","caption":""}}' },
  // Names
  { code: "name.case", severity: "warning", text: "<Caption>x</Caption>", at: "1:1", fixed: "<caption>x</caption>" },
  { code: "name.spelling", severity: "warning", text: "<character１><n>a</n></character１>", at: "1:1", fixed: "<character_1><n>a</n></character_1>" },
  { code: "field.misspelt", severity: "warning", text: card(1, "<apearance>x</apearance>"), at: "1:14", fixed: card(1, "<appearance>x</appearance>") },
  { code: "block.misspelt", severity: "warning", text: "<charakter_1><n>a</n></charakter_1>", at: "1:1", fixed: "<character_1><n>a</n></character_1>" },
  { code: "block.nested", severity: "warning", text: `<character_1>${A}${general("<count>1girl</count>")}</character_1>`, at: "1:36", fixed: `${card(1, A)}\n${general("<count>1girl</count>")}` },
  { code: "block.nested", severity: "warning", text: `<general_tags>${card(1, A)}<count>1girl</count></general_tags>`, at: "1:15" },
  { code: "block.second-root", severity: "warning", text: `<image>${card(1, A)}</image>\n<image>${card(2, A)}</image>`, at: "2:1" },
  { code: "field.unknown", severity: "info", text: general("<mood_ring>x</mood_ring>"), at: "1:15" },
  { code: "block.unknown", severity: "info", text: "<mood_ring>x</mood_ring>", at: "1:1" },
  { code: "field.misplaced", severity: "info", text: general("<clothing>x</clothing>"), at: "1:15" },
  { code: "field.artist", severity: "warning", text: general("<artist>x</artist>"), at: "1:15", fixed: general("<artists>x</artists>") },
  { code: "field.artist", severity: "warning", text: `<img>${general("<artists>x</artists>")}</img>`, at: "1:20", fixed: `<img>${general("<artist>x</artist>")}</img>` },
  { code: "field.artist", severity: "warning", text: general("<artists>a</artists><artist>b</artist>"), at: "1:35", fixed: general("<artists>a, b</artists>") },
  { code: "field.twice", severity: "warning", text: card(1, "<n>a</n>\n<n>b<!-- c --></n>"), at: "2:1", fixed: card(1, "<n>a, b<!-- c --></n>") },
  // Captions and text around
  { code: "caption.nested", severity: "warning", text: "<caption><caption>x</caption></caption>", at: "1:10", fixed: "<caption>x</caption>" },
  { code: "caption.twice", severity: "warning", text: "<caption>a</caption>\n<caption>b</caption>", at: "2:1", fixed: "<caption>a\nb</caption>" },
  { code: "caption.twice", severity: "warning", text: '{"image":{"tags":"<caption>a &amp; b</caption>","caption":"c"}}', at: "1:19", fixed: '{"image":{"tags":"","caption":"c\\na & b"}}' },
  { code: "caption.misplaced", severity: "info", text: general("<count>1girl</count><caption>x</caption>"), at: "1:35", fixed: `${general("<count>1girl</count>")}\n\n<caption>x</caption>` },
  { code: "text.outside", severity: "info", text: `${card(1, A)}\n A girl. `, at: "2:2", fixed: `${card(1, A)}\n <caption>A girl.</caption> ` },
  { code: "text.code-fence", severity: "warning", text: `\`\`\`xml\n${card(1, A)}\n`, at: "1:1", fixed: `${card(1, A)}\n` },
  { code: "system.prefix", severity: "info", text: "You are it. <Prompt Start>, 1girl", at: "1:1", fixed: "1girl" },
  { code: "system.twice", severity: "warning", text: "You <Prompt Start>, are <Prompt Start> 1girl", at: "1:1", fixed: "are <Prompt Start> 1girl" },
  // The cast
  { code: "cast.count-mismatch", severity: "warning", text: `${girl(1, A)}${girl(2, A)}${general("<count>1girl, solo, hug</count>")}`, at: "1:164", fixed: `${girl(1, A)}${girl(2, A)}${general("<count>2girls, multiple_girls, hug</count>")}` },
  { code: "cast.count-mismatch", severity: "warning", text: `${girl(1, A)}${card(2, `<gender>1boy</gender>${A}`)}${general("<count>2 girls</count>")}`, at: "1:163", fixed: `${girl(1, A)}${card(2, `<gender>1boy</gender>${A}`)}${general("<count>1girl, 1boy</count>")}` },
  { code: "cast.number-twice", severity: "warning", text: `${card(1, A)}\n${card(1, `<n>$character_1$</n>${A}`)}`, at: "2:1", fixed: `${card(1, A)}\n${card(2, `<n>$character_2$</n>${A}`)}` },
  { code: "cast.number-missing", severity: "warning", text: `${card(1, A)}\n<character>${A}</character>`, at: "2:1", fixed: `${card(1, A)}\n${card(2, A)}` },
  { code: "cast.number-gap", severity: "info", text: `${card(1, A)}\n${card(3, A)}<caption>$character_3$</caption>`, at: "2:1", fixed: `${card(1, A)}\n${card(2, A)}<caption>$character_2$</caption>` },
  { code: "cast.number-gap", severity: "info", text: `{"character_2":{"name":"$character_2$"},"image":{"tags":"${card(2, A)}","caption":""}}`, at: "1:58", fixed: `{"character_1":{"name":"$character_1$"},"image":{"tags":"${card(1, A)}","caption":""}}` },
  { code: "cast.nested", severity: "warning", text: `<character_1>${A}${card(2, A)}</character_1>`, at: "1:36", fixed: `${card(1, A)}\n${card(2, A)}` },
  { code: "cast.same-position", severity: "warning", text: `${card(1, `${A}<position>center_left</position>`)}\n${card(2, `${A}<position>left, foreground</position>`)}`.replace(", foreground", ""), at: "2:46", fixed: `${card(1, `${A}<position>center_left</position>`)}\n${card(2, `${A}<position>right</position>`)}` },
  { code: "cast.same-hair", severity: "info", text: `${card(1, "<appearance>blue_hair</appearance>")}\n${card(2, "<appearance>long hair, (blue hair:1.2)</appearance>")}`, at: "2:38", fixed: `${card(1, "<appearance>blue_hair</appearance>")}\n${card(2, "<appearance>long hair, (black hair:1.2)</appearance>")}` },
  { code: "cast.same-hair", severity: "info", text: `${card(1, "<appearance>silver_hair</appearance>")}\n${card(2, "<appearance>long grey  hair</appearance>")}`, at: "2:26", fixed: `${card(1, "<appearance>silver_hair</appearance>")}\n${card(2, "<appearance>black hair</appearance>")}` },
  { code: "cast.same-hair", severity: "info", text: `${card(1, "<appearance>long_light_blue_hair</appearance>")}\n${card(2, "<appearance>very short light blue hair</appearance>")}`, at: "2:26", fixed: `${card(1, "<appearance>long_light_blue_hair</appearance>")}\n${card(2, "<appearance>very short black hair</appearance>")}` },
  { code: "cast.empty-character", severity: "warning", text: `${card(1, A)}\n${card(2, "<n>$character_2$</n><gender>1girl</gender>")}`, at: "2:1", fixed: card(1, A) },
  // Tags
  { code: "tag.bare-parenthesis", severity: "warning", text: card(1, "<n>rem_(re:zero)</n>"), at: "1:21", fixed: card(1, "<n>rem_\\(re:zero\\)</n>") },
  { code: "tag.bare-parenthesis", severity: "warning", text: "1girl, seia (blue archive), :(", at: "1:13", fixed: "1girl, seia \\(blue archive\\), :(" },
  { code: "tag.foreign-comma", severity: "info", text: card(1, "<n>a</n><clothing>x，y、 z</clothing>"), at: "1:33", fixed: card(1, "<n>a</n><clothing>x, y, z</clothing>") },
  // Against the negative
  { code: "negative.positive-tag", severity: "warning", text: card(1, "<clothing>Blue Dress</clothing>"), negative: "bad, (blue_dress:1.3), x", at: "1:24", fixed: "bad, x" },
  { code: "negative.positive-tag", severity: "warning", text: "smile", negative: "<danbooru_tags>a, (b, smile:1.2)</danbooru_tags>", at: "1:1", fixed: "<danbooru_tags>a, (b:1.2)</danbooru_tags>" },
  { code: "negative.contradiction", severity: "warning", text: general("<background>white_background</background>"), negative: "simple background, bad", at: "1:27", fixed: "bad" },
]; // prettier-ignore
