/**
 * @file Where the blocks and fields of a prompt stand in the text that the model reads.
 *
 * The text is printed once more with marks beside the elements, so that everything that printing does (comments left out,
 * line ends, the envelope) holds for the places too.
 */

import { blockNodes, withBlockNodes } from "./blocks.ts";
import { convertPrompt } from "./dialects/convert.ts";
import { printTreeForModel } from "./print-tree.ts";
import { isElement, withChildren } from "./tree.ts";
import type { ElementNode, PromptNode, PromptTree } from "./tree.ts";

/** An element with its tags. */
export interface TextPart {
  /** The element's id in the tree. */
  readonly id: number;
  /** As written: `character_1`, `clothing`. */
  readonly name: string;
  /** UTF-16 units in the model's text; `end` is exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface BlockPart extends TextPart {
  readonly fields: readonly TextPart[];
}

export interface ModelTextParts {
  /** What the model reads of the prompt in its own dialect: `modelText`. */
  readonly text: string;
  /** Characters, general tags, captions and whatever stands beside them, in order. */
  readonly blocks: readonly BlockPart[];
}

/** The private use areas: signs that no font and no prompt has a common meaning for. */
const PRIVATE_USE: readonly (readonly [number, number])[] = [
  [0xe000, 0xf8ff],
  [0xf0000, 0xffffd],
];

export function modelTextParts(tree: PromptTree): ModelTextParts {
  const own = convertPrompt(tree, tree.dialect).tree;
  const text = printTreeForModel(own);
  const sign = unusedSign(text);
  const marked = printTreeForModel(withBlockNodes(own, mark(blockNodes(own), sign, 2)));
  const places = placesOf(marked, sign);
  const partOf = ({ id, name }: ElementNode): TextPart | undefined => {
    const [start, end] = places.get(id) ?? [];
    return start === undefined || end === undefined ? undefined : { id, name, start, end };
  };
  const blocks = blockNodes(own)
    .filter(isElement)
    .flatMap((block): BlockPart[] => {
      const part = partOf(block);
      const fields = block.children.filter(isElement).map(partOf);
      return part === undefined ? [] : [{ ...part, fields: fields.filter((field) => field !== undefined) }];
    });
  return { text, blocks };
}

/** The nodes with a mark before and behind every element, down to `depth` levels. */
function mark(nodes: readonly PromptNode[], sign: string, depth: number): readonly PromptNode[] {
  return nodes.flatMap((node): readonly PromptNode[] => {
    if (!isElement(node)) return [node];
    const text = `${sign}${node.id}${sign}`;
    // A self-closing element has nothing inside, and must stay so.
    const inner = depth > 1 && node.children.length > 0 ? mark(node.children, sign, depth - 1) : node.children;
    return [{ kind: "text", text }, inner === node.children ? node : withChildren(node, inner), { kind: "text", text }];
  });
}

/** Places by element: its marks', in the text without any marks. */
function placesOf(marked: string, sign: string): ReadonlyMap<number, readonly number[]> {
  const places = new Map<number, number[]>();
  let length = 0;
  for (const [index, piece] of marked.split(sign).entries()) {
    if (index % 2 === 0) length += piece.length;
    else places.set(Number(piece), [...(places.get(Number(piece)) ?? []), length]);
  }
  return places;
}

function unusedSign(text: string): string {
  for (const [first, last] of PRIVATE_USE)
    for (let code = first; code <= last; code++) {
      const sign = String.fromCodePoint(code);
      if (!text.includes(sign)) return sign;
    }
  throw new RangeError("a text with every private sign is longer than a prompt may be");
}
