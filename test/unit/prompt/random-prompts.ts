/**
 * @file Random prompts: trees of every dialect with everything that a prompt can hold, and texts broken in the ways that
 * texts are broken. Seeded, so that a failure can be looked at again.
 */

import type { Dialect } from "../../../src-main/contract/prompt.ts";
import {
  envelopeArray,
  envelopeMember,
  envelopeObject,
  envelopeText,
  newEnvelope,
  withMemberAt,
} from "../../../src-main/prompt/envelope.ts";
import type { Envelope, EnvelopeValue } from "../../../src-main/prompt/envelope.ts";
import { commentNode, elementNode, mergedText, textNode } from "../../../src-main/prompt/tree.ts";
import type { Attribute, ElementNode, PromptNode, PromptTree } from "../../../src-main/prompt/tree.ts";
import { CHARACTER_FIELDS, GENERAL_FIELDS } from "../../../src-main/prompt/vocabulary.ts";

/** A stream of numbers from 0 up to 1 (mulberry32). */
export type Random = () => number;

export function seededRandom(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function pick<Value>(random: Random, values: readonly Value[]): Value {
  const value = values[Math.floor(random() * values.length)];
  if (value === undefined) throw new Error("nothing to pick from");
  return value;
}

function upTo(random: Random, most: number): number {
  return Math.floor(random() * (most + 1));
}

const WORDS = [
  "1girl", "2girls", "blue_hair", "long hair", "smile", "rem_\\(re:zero\\)", "(red_eyes:1.2)", "((masterpiece))", ">_<", "d&d", "R&B",
  "<3", ":3", "a < b > c", "&amp;", "&nbsp;", "&#65;", "&#0;", "&", "<", ">", "]]>", "--", "-->", '"quoted"', "it's", "\\", "\\\\", '\\"', "\\n",
  "{a|b}", "}", "{", "[", "],", "$character_1$", "<caption>", "</caption>", "<character_1>", "<lora:x:0.8>", "<!DOCTYPE x>", "<!-- c",
  "<![CDATA[", "<?xml", "< caption >", "＜caption＞", "，", "、", "猫耳", "銀髪の少女", "é", "👩‍🚀", "𝒜", "\u3000", "\u00a0", "\t", "\n", "\n\n", "\r\n", "\r",
  "prompts.", "<Prompt Start>", "tachie:root", "'", "`", "```", "==", "`,", '",', '"}', '": "',
] as const; // prettier-ignore

export function randomText(random: Random, mostWords = 6): string {
  const count = upTo(random, mostWords);
  const joints = [", ", " ", ",", ""] as const;
  let text = "";
  for (let index = 0; index < count; index++) text += (index === 0 ? "" : pick(random, joints)) + pick(random, WORDS);
  return text;
}

const UNKNOWN_NAMES = [
  "mood_ring",
  "lora:x",
  "a.b-c",
  "émotion",
  "心情",
  "x1",
  "Weather",
  "_",
  "danbooru_tags",
  "b",
] as const;

class TreeMaker {
  readonly #random: Random;
  nextId = 1;

  constructor(random: Random) {
    this.#random = random;
  }

  get #chance(): number {
    return this.#random();
  }

  attributes(): readonly Attribute[] {
    if (this.#chance < 0.85) return [];
    const names = ["a", "lang", "data-x", "xml:space"].slice(0, 1 + upTo(this.#random, 3));
    return names.map((name) => ({ name, value: randomText(this.#random, 3) }));
  }

  text(mostWords = 6): PromptNode {
    return textNode(randomText(this.#random, mostWords));
  }

  comment(): PromptNode {
    return commentNode(randomText(this.#random, 3));
  }

  leafChildren(depth: number): readonly PromptNode[] {
    const children: PromptNode[] = [this.text()];
    while (this.#chance < 0.12) {
      const kind = this.#chance;
      if (kind < 0.4) children.push(this.comment());
      else if (kind < 0.6) children.push(this.cdata());
      else if (depth < 4) children.push(this.unknown(depth + 1));
      children.push(this.text(2));
    }
    return children;
  }

  cdata(): PromptNode {
    const text = randomText(this.#random, 3).replaceAll("]]>", "");
    return { kind: "cdata", text: text.replaceAll("]]>", "") };
  }

  unknown(depth: number): ElementNode {
    return elementNode(this.nextId++, pick(this.#random, UNKNOWN_NAMES), this.leafChildren(depth), this.attributes());
  }

  block(name: string, fields: readonly string[]): ElementNode {
    const children: PromptNode[] = [];
    for (const field of fields) {
      if (this.#chance < 0.5) continue;
      if (this.#chance < 0.8) children.push(textNode(pick(this.#random, ["\n", "\n  ", "\r\n"])));
      children.push(elementNode(this.nextId++, field, this.leafChildren(1), this.attributes()));
      if (this.#chance < 0.08) children.push(this.unknown(1));
      if (this.#chance < 0.05) children.push(this.comment());
      if (this.#chance < 0.03) children.push(this.text(2));
    }
    children.push(textNode("\n"));
    return elementNode(this.nextId++, name, children, this.attributes());
  }

  blocks(artist: string): readonly PromptNode[] {
    const nodes: PromptNode[] = [];
    const space = (): void => {
      if (this.#chance < 0.8) nodes.push(textNode(pick(this.#random, ["\n", "\n\n", "\n  "])));
    };
    const stray = (): void => {
      const kind = this.#chance;
      if (kind < 0.08) nodes.push(this.comment());
      else if (kind < 0.14) nodes.push(this.unknown(1));
      else if (kind < 0.18) nodes.push(this.text(3));
      else if (kind < 0.2) nodes.push(this.cdata());
      space();
    };
    if (this.#chance < 0.15) nodes.push(elementNode(this.nextId++, "style", [this.text(2)]));
    if (this.#chance < 0.15) nodes.push(this.caption());
    stray();
    const count = upTo(this.#random, 4);
    for (let number = 1; number <= count; number++) {
      nodes.push(this.block(`character_${this.#chance < 0.05 ? 1 : number}`, CHARACTER_FIELDS));
      stray();
    }
    const generalFields = GENERAL_FIELDS.map((field) => (field === "artists" ? artist : field));
    if (this.#chance < 0.8) nodes.push(this.block("general_tags", generalFields));
    stray();
    if (this.#chance < 0.5) nodes.push(this.caption());
    space();
    return nodes;
  }

  caption(): ElementNode {
    return elementNode(this.nextId++, "caption", this.#chance < 0.7 ? [this.text(10)] : this.leafChildren(1));
  }

  envelopeValue(depth: number): EnvelopeValue {
    const kind = this.#chance;
    if (kind < 0.4 || depth > 3) return envelopeText(randomText(this.#random, 3));
    if (kind < 0.6) return { kind: "literal", source: pick(this.#random, ["0", "-1.5", "true", "null", "1e3"]) };
    const count = upTo(this.#random, 2);
    const values = Array.from({ length: count }, () => this.envelopeValue(depth + 1));
    if (kind < 0.8) return envelopeArray(values);
    return envelopeObject(
      values.map((value, index) => envelopeMember(`key ${index} ${pick(this.#random, ["a", '"', "\\", "、"])}`, value)),
    );
  }

  envelope(): Envelope {
    const caption = this.#chance < 0.6 ? randomText(this.#random, 10) : "";
    const cast = Array.from({ length: upTo(this.#random, 3) }, (_, index) => ({
      number: index + 1,
      name: this.#chance < 0.8 ? `$character_${index + 1}$` : randomText(this.#random, 2),
    }));
    let { root } = newEnvelope(cast, caption);
    if (this.#chance < 0.3)
      root = withMemberAt(
        root,
        upTo(this.#random, root.members.length),
        envelopeMember("extra", this.envelopeValue(0)),
      );
    const fence = this.#chance < 0.1;
    return {
      before: fence ? "```json\n" : "",
      after: fence ? "\n```\n" : pick(this.#random, ["", "\n"]),
      root,
      isJson: this.#chance < 0.3,
    };
  }
}

/** A tree that its dialect can hold, as a reader of that dialect would lay it out. */
export function randomTree(random: Random, dialect: Dialect): PromptTree {
  const maker = new TreeMaker(random);
  const hasDeclaration = dialect !== "comfy" && random() < 0.03;
  const declaration: readonly PromptNode[] = hasDeclaration ? [{ kind: "instruction", text: 'xml version="1.0"' }] : [];
  const nodes = mergedText([...declaration, ...nodesFor(maker, random, dialect)]);
  const system = random() < 0.1 ? "You are an assistant designed to generate images. <Prompt Start>\n" : "";
  const envelope = dialect === "comfy" ? { envelope: maker.envelope() } : {};
  return { dialect, hasByteOrderMark: random() < 0.03, system, nodes, ...envelope, nextId: maker.nextId };
}

function nodesFor(maker: TreeMaker, random: Random, dialect: Dialect): readonly PromptNode[] {
  if (dialect === "plain") {
    const nodes: PromptNode[] = [textNode(`1girl${randomText(random, 20)}`)];
    while (random() < 0.1) nodes.push(maker.comment(), maker.text());
    return nodes;
  }
  if (dialect === "comfy") return [textNode("\n"), ...maker.blocks("artists"), textNode("\n")];
  if (dialect === "readme" || dialect === "webapp") {
    const blocks = maker.blocks("artists");
    return blocks.some(({ kind }) => kind === "element") ? blocks : [maker.caption(), ...blocks];
  }
  const root = elementNode(
    maker.nextId++,
    dialect === "nodes" ? "image" : "img",
    maker.blocks(dialect === "formatter" ? "artist" : "artists"),
    maker.attributes(),
  );
  const head = random() < 0.2 ? [elementNode(maker.nextId++, "style", [maker.text(3)]), textNode("\n\n")] : [];
  const odd = (): readonly PromptNode[] =>
    random() < 0.1 ? [pick(random, [maker.comment(), maker.text(2), maker.unknown(2)])] : [];
  return [...odd(), ...head, root, ...odd()];
}

const BREAKS = [
  "<", ">", "</", "/>", "&", "&amp", ";", '"', "'", "<character 1>", "</character_2>", "<general tags>", "</general tags>", "<caption>",
  "</caption>", "<appearance>", "</appearence>", "<n>", "</n>", "<img>", "</image>", "<!--", "-->", "<![CDATA[", "]]>", "<?xml?>", "=", "a=b", "\u0000", "\ud800",
  "\ufffe", "{", "}", '{"image": {"tags": "', "＜", "\u3000", "\\", "<Prompt Start>", "\r", "\ufeff", "<a b='", "<x/>", "<b>", "</b>",
] as const; // prettier-ignore

/** The text with some pieces cut out, doubled, moved or put in. */
export function mutated(random: Random, text: string): string {
  let broken = text;
  for (let left = 1 + upTo(random, 4); left > 0; left--) {
    const at = upTo(random, broken.length);
    const length = upTo(random, pick(random, [1, 3, 12, 60]));
    const kind = random();
    if (kind < 0.35) broken = broken.slice(0, at) + broken.slice(at + length);
    else if (kind < 0.75) broken = broken.slice(0, at) + pick(random, BREAKS) + broken.slice(at);
    else if (kind < 0.9)
      broken = broken.slice(0, at) + broken.slice(at, at + length).repeat(2) + broken.slice(at + length);
    else {
      const to = upTo(random, broken.length);
      const piece = broken.slice(at, at + length);
      const rest = broken.slice(0, at) + broken.slice(at + length);
      broken = rest.slice(0, to) + piece + rest.slice(to);
    }
  }
  return broken;
}
