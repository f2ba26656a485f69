/**
 * @file Makes nodes of tokens: which end belongs to which start, and where an element ends that nobody closed.
 *
 * Starts and ends are paired by name before anything is built, so it is known of each start whether its end comes at
 * all. A known element without an end stops where the next block or field begins; an unknown one without an end is text
 * (`<lora:x:1>` in a caption). Ends without a start are text too. On well-formed input none of this happens.
 */

import { PROMPT_LIMITS } from "./limits.ts";
import { hasElements, isLikelyEnd, isTag, pairTags } from "./pairing.ts";
import type { Refuse, SourceRegion } from "./source-region.ts";
import {
  isLateDeclaration,
  sectionFinding,
  sectionNode,
  strayEndFinding,
  unclosedFinding,
} from "./structure-findings.ts";
import { readText } from "./text-reading.ts";
import type { Report } from "./text-reading.ts";
import { attributesOf, isWellFormedTag, tagFindings } from "./tag-problems.ts";
import { isPlainTag } from "./tokeniser.ts";
import type { SectionToken, Span, TagToken, Token } from "./tokeniser.ts";
import { elementNode, mergedText } from "./tree.ts";
import type { ElementNode, PromptNode } from "./tree.ts";

/** Where an element or a text stands in its region. */
export interface NodePlace extends Span {
  /** Of an element: behind its start tag, and where its end tag begins. Of other nodes: the same as start and end. */
  readonly contentStart: number;
  readonly contentEnd: number;
  readonly startTag?: TagToken;
  readonly endTag?: TagToken;
}

export interface Structure {
  readonly nodes: readonly PromptNode[];
  /** The builder is done with it: whoever changes the nodes afterwards keeps it up to date. */
  readonly places: Map<PromptNode, NodePlace>;
  readonly nextId: number;
  readonly hasElements: boolean;
  /** Whether a caption stands inside another, at any depth. */
  readonly hasNestedCaptions: boolean;
}

/** An element that is still open. */
interface Frame {
  readonly token: TagToken;
  readonly isPaired: boolean;
  readonly children: PromptNode[];
}

export interface BuildOptions {
  /** True where the region is XML whatever it holds; else text without elements is ordinary text, in which nothing needs
   * escaping and nothing is reported. */
  readonly isXml: boolean;
  /** The places of all nodes, or only of those that the reader itself reports later. */
  readonly placesKept: "all" | "captions";
  /** Told of declarations, which do not become nodes: nothing in a prompt needs one, and they are how XML is made to swell. */
  readonly declared: (token: Span) => void;
  readonly refuse: Refuse;
  readonly report: Report;
}

/** The nodes of a region. */
export function buildStructure(region: SourceRegion, tokens: readonly Token[], options: BuildOptions): Structure {
  const partners = pairTags(tokens);
  const hasMarkup = options.isXml || hasElements(region.text, tokens, partners);
  return new Builder(region.text, tokens, partners, options, hasMarkup).build();
}

class Builder {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #partners: Int32Array;
  readonly #options: BuildOptions;
  readonly #hasMarkup: boolean;
  readonly #report: Report | undefined;
  readonly #places = new Map<PromptNode, NodePlace>();
  readonly #frames: Frame[] = [];
  readonly #top: PromptNode[] = [];
  #nextId = 1;
  #nodeCount = 0;
  #hasNestedCaptions = false;
  /** Everything before this offset is in the tree. */
  #taken = 0;
  /** Where the text that was taken last stands. */
  #lastText: Span = { start: 0, end: 0 };
  /** Where end tags stand that became text: they are pointed out as tags, not as a bare `<`. */
  readonly #strayEnds = new Set<number>();

  constructor(text: string, tokens: readonly Token[], partners: Int32Array, options: BuildOptions, hasMarkup: boolean) {
    this.#text = text;
    this.#tokens = tokens;
    this.#partners = partners;
    this.#options = options;
    this.#hasMarkup = hasMarkup;
    this.#report = hasMarkup ? options.report : undefined;
  }

  build(): Structure {
    for (const [index, token] of this.#tokens.entries()) {
      if (!isTag(token)) this.#section(token);
      else if (token.kind === "start") this.#start(token, this.#partners[index] !== -1);
      else this.#end(token, this.#partners[index] ?? -1);
    }
    this.#takeText(this.#text.length);
    while (this.#frames.length > 0) this.#closeUnfinished(this.#text.length);
    const nodes = mergedText(this.#top);
    return {
      nodes,
      places: this.#places,
      nextId: this.#nextId,
      hasElements: this.#hasMarkup,
      hasNestedCaptions: this.#hasNestedCaptions,
    };
  }

  get #children(): PromptNode[] {
    return this.#frames.at(-1)?.children ?? this.#top;
  }

  /** Puts what stands between the last node and `end` into the tree. */
  #takeText(end: number): void {
    if (end <= this.#taken) return;
    const node = readText(this.#text, this.#taken, end, this.#report && this.#reportText);
    this.#children.push(node);
    this.#placeText(node, this.#taken, end);
    this.#taken = end;
  }

  #placeText(node: PromptNode, start: number, end: number): void {
    this.#lastText = { start, end };
    if (this.#options.placesKept === "all")
      this.#places.set(node, { start, end, contentStart: start, contentEnd: end });
  }

  readonly #reportText: Report = (start, make) => {
    if (!this.#strayEnds.has(start)) this.#report?.(start, make);
  };

  #count(at: number): void {
    this.#nodeCount++;
    if (this.#nodeCount > PROMPT_LIMITS.nodes)
      this.#options.refuse("prompt.too-large", `The prompt has more than ${PROMPT_LIMITS.nodes} elements`, at);
  }

  #section(token: SectionToken): void {
    if (token.kind === "declaration") {
      this.#takeText(token.start);
      this.#options.declared(token);
      this.#taken = token.end;
      return;
    }
    const { start, end } = token.content;
    const written = this.#text.slice(start, end);
    // In ordinary text it is text: nothing needs repair there.
    if (this.#report === undefined && isLateDeclaration(token, written)) return;
    this.#takeText(token.start);
    this.#count(token.start);
    const node = sectionNode(token, written);
    const problem = sectionFinding(token, written, node);
    if (problem !== undefined) this.#report?.(token.start, () => problem);
    this.#children.push(node);
    if (this.#options.placesKept === "all")
      this.#places.set(node, { start: token.start, end: token.end, contentStart: start, contentEnd: end });
    this.#taken = token.end;
  }

  #start(token: TagToken, isPaired: boolean): void {
    if (!token.isSelfClosing && !isPaired && !this.#canStandOpen(token)) return;
    this.#takeText(token.start);
    this.#closeBefore(token);
    this.#count(token.start);
    if (token.attributes.length > PROMPT_LIMITS.attributes)
      this.#options.refuse(
        "prompt.too-large",
        `An element has more than ${PROMPT_LIMITS.attributes} attributes`,
        token.start,
      );
    const rootDepth = this.#frames[0]?.token.meaning.role === "root" ? 1 : 0;
    if (this.#frames.length - rootDepth >= PROMPT_LIMITS.depth)
      this.#options.refuse(
        "prompt.too-large",
        `Elements are nested more than ${PROMPT_LIMITS.depth} deep`,
        token.start,
      );
    if (isCaption(token) && this.#frames.some((frame) => isCaption(frame.token))) this.#hasNestedCaptions = true;
    this.#taken = token.end;
    this.#frames.push({ token, isPaired, children: [] });
    if (token.isSelfClosing) this.#close(undefined, token.end);
  }

  /** Whether a start without an end is an element that was left open, rather than text. */
  #canStandOpen(token: TagToken): boolean {
    const top = this.#frames.at(-1);
    const isInLeaf =
      top?.isPaired === true && (top.token.meaning.role === "field" || top.token.meaning.key === "caption");
    if (token.meaning.role !== "unknown") return !isInLeaf;
    const container = this.#frames.findLast(({ token: { meaning } }) => meaning.role !== "unknown");
    const isInContainer = container !== undefined && container === top && isContainerKey(container.token.meaning.key);
    return isInContainer && token.isFinished && token.attributes.length === 0;
  }

  /** Ends elements that nobody closed and that cannot go on beyond this start tag. */
  #closeBefore(token: TagToken): void {
    const { role } = token.meaning;
    for (let top = this.#frames.at(-1); top !== undefined && !top.isPaired; top = this.#frames.at(-1)) {
      const above = top.token.meaning;
      const endsField = above.role === "field" && (role === "field" || role === "block");
      const endsBlock = above.role === "block" && (role === "block" || role === "root");
      if (!endsField && !endsBlock && above.role !== "unknown") return;
      this.#closeUnfinished(token.start);
    }
  }

  #end(token: TagToken, partner: number): void {
    const start = partner === -1 ? undefined : this.#tokens[partner];
    if (start?.kind === "start" && this.#frames.some((frame) => frame.token === start)) {
      this.#takeText(token.start);
      while (this.#frames.at(-1)?.token !== start) this.#closeUnfinished(token.start);
      this.#close(token, token.start);
      return;
    }
    const top = this.#frames.at(-1);
    if (top !== undefined && !top.isPaired && isLikelyEnd(top.token, token)) {
      this.#takeText(token.start);
      this.#close(token, token.start);
      return;
    }
    this.#strayEnds.add(token.start);
    this.#report?.(token.start, () => strayEndFinding(token, this.#text));
  }

  /** Ends the innermost element without an end tag; the white space before `at` is left to its parent. */
  #closeUnfinished(at: number): void {
    const frame = this.#frames.at(-1);
    if (frame === undefined) return;
    const last = frame.children.at(-1);
    const place = this.#lastText;
    let end = at;
    let space: PromptNode | undefined;
    // A text at the end of the innermost element is the one that was taken last.
    if (last?.kind === "text") {
      const kept = this.#text.slice(place.start, place.end).trimEnd();
      end = place.start + kept.length;
      if (end < place.end) {
        frame.children.pop();
        this.#places.delete(last);
        if (kept !== "") this.#pushText(frame.children, place.start, end);
        space = readText(this.#text, end, place.end, undefined);
      }
    }
    this.#report?.(frame.token.start, () => unclosedFinding(frame.token, end));
    this.#close(undefined, end);
    if (space === undefined) return;
    this.#children.push(space);
    this.#placeText(space, end, at);
  }

  #pushText(children: PromptNode[], start: number, end: number): void {
    const node = readText(this.#text, start, end, () => undefined);
    children.push(node);
    this.#placeText(node, start, end);
  }

  #close(endTag: TagToken | undefined, contentEnd: number): void {
    const frame = this.#frames.pop();
    if (frame === undefined) return;
    const { token } = frame;
    if (this.#report !== undefined)
      for (const finding of tagFindings(this.#text, token, endTag)) this.#report(finding.start, () => finding);
    const element = this.#elementOf(frame, endTag);
    if (endTag !== undefined) this.#taken = endTag.end;
    this.#children.push(element);
    if (this.#options.placesKept === "captions" && element.key !== "caption") return;
    this.#places.set(element, {
      start: token.start,
      end: endTag?.end ?? contentEnd,
      contentStart: token.end,
      contentEnd,
      startTag: token,
      ...(endTag === undefined ? {} : { endTag }),
    });
  }

  #elementOf(frame: Frame, endTag: TagToken | undefined): ElementNode {
    const { token } = frame;
    const attributes = attributesOf(this.#text, token);
    return elementNode(this.#nextId++, token.name, frame.children, attributes, this.#sourceOf(token, endTag));
  }

  /** The tags as they are written, if they can be written so again and would not be written so anyhow. */
  #sourceOf(token: TagToken, endTag: TagToken | undefined): ElementNode["source"] {
    if (endTag !== undefined && endTag.name === token.name && isPlainTag(token) && isPlainTag(endTag)) return undefined;
    if (endTag === undefined && !token.isSelfClosing) return undefined;
    if (endTag !== undefined && (endTag.name !== token.name || !isWellFormedTag(this.#text, endTag))) return undefined;
    if (!isWellFormedTag(this.#text, token)) return undefined;
    const close = endTag === undefined ? "" : this.#text.slice(endTag.start, endTag.end);
    return { open: this.#text.slice(token.start, token.end), close };
  }
}

function isCaption(token: TagToken): boolean {
  return token.meaning.key === "caption";
}

function isContainerKey(key: string): boolean {
  return key === "character" || key === "general_tags" || key === "image" || key === "img";
}
