/**
 * @file A whole picture: background, 1 to 3 figures, framing; and where each figure's head, eyes and clothes are in it.
 * A scene is plain data, so a seed, a prompt or a test can make one.
 */

import { drawBackground } from "./background.ts";
import type { BackgroundSpec } from "./background.ts";
import { PAGE } from "./background-sky.ts";
import { drawFigure } from "./figure.ts";
import type { CharacterSpec } from "./figure.ts";
import type { Proportion } from "./frame.ts";
import { createDefinitions, placed } from "./pen.ts";
import { createRandom } from "./random.ts";

export const POSITIONS = ["left", "center", "right"] as const;
export type Position = (typeof POSITIONS)[number];

export const FRAMINGS = ["portrait", "upper_body", "cowboy_shot", "full_body"] as const;
export type Framing = (typeof FRAMINGS)[number];

export interface SceneSpec {
  /** In the order of the prompt; positions differ. */
  readonly characters: readonly (CharacterSpec & { readonly position: Position })[];
  readonly background: BackgroundSpec;
  readonly proportion: Proportion;
  readonly framing: Framing;
  /** Decides what no tag names: clouds, petals, small shifts. */
  readonly seed: number;
}

/** A rectangle in page units, `PAGE` wide and high. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Where one character is. */
export interface CharacterPlace {
  readonly head: Box;
  readonly eyes: readonly [left: Box, right: Box];
  readonly torso: Box;
}

export interface SceneDrawing {
  readonly svg: string;
  /** In the order of `SceneSpec.characters`. */
  readonly places: readonly CharacterPlace[];
}

/** Scale of the figure and height of its face's middle, for one, two and three characters. */
const LAYOUT: Readonly<
  Record<Proportion, Readonly<Record<Framing, readonly (readonly [scale: number, y: number])[]>>>
> = {
  chibi: {
    portrait: [
      [1.46, 128],
      [0.99, 128],
      [0.68, 128],
    ],
    upper_body: [
      [1.16, 112],
      [0.92, 116],
      [0.66, 116],
    ],
    cowboy_shot: [
      [1.02, 98],
      [0.86, 104],
      [0.66, 108],
    ],
    full_body: [
      [0.84, 80],
      [0.8, 84],
      [0.65, 100],
    ],
  },
  normal: {
    portrait: [
      [1.3, 120],
      [0.98, 124],
      [0.68, 126],
    ],
    upper_body: [
      [0.98, 96],
      [0.84, 106],
      [0.64, 112],
    ],
    cowboy_shot: [
      [0.76, 72],
      [0.7, 82],
      [0.58, 88],
    ],
    full_body: [
      [0.45, 50],
      [0.45, 50],
      [0.45, 50],
    ],
  },
};

const COLUMNS: Readonly<Record<number, Readonly<Record<Position, number>>>> = {
  1: { left: 72, center: 128, right: 184 },
  2: { left: 66, center: 128, right: 190 },
  3: { left: 45, center: 128, right: 211 },
};

/** How far a figure is lowered at most to show a hat. */
const MOST_DROP = 26;

/** Horizontal places of a pair that stands left and center, or center and right. */
const PAIR_SHIFT = 4;

export function drawScene(spec: SceneSpec): SceneDrawing {
  const definitions = createDefinitions();
  const random = createRandom(spec.seed ^ 0x51ed27);
  const count = spec.characters.length;
  const layout = LAYOUT[spec.proportion][spec.framing][count - 1];
  const columns = COLUMNS[count];
  if (layout === undefined || columns === undefined)
    throw new RangeError(`a scene has 1 to 3 characters, not ${count}`);
  const [baseScale, baseY] = layout;
  const taken = spec.characters.map((character) => character.position);
  const places: CharacterPlace[] = [];
  let content = drawBackground(spec.background, spec.seed, definitions);
  const figures = spec.characters.map((character) => {
    const isTight = count === 1 && spec.framing === "portrait";
    const figure = drawFigure(character, spec.proportion, definitions);
    const wanted = baseScale * random.between(0.97, 1.03);
    const above = baseY + figure.top * wanted;
    // Tall hats need room: close framings move the figure down, a full figure gets smaller instead.
    const scale =
      spec.framing === "full_body" && above < 4 ? Math.max(wanted * 0.84, ((baseY - 4) / -figure.top) * 0.98) : wanted;
    const drop =
      spec.framing === "full_body"
        ? Math.min(10, 250 - baseY - figure.soleY * scale)
        : Math.min(MOST_DROP, Math.max(0, 4 - above));
    const column =
      count === 2 && taken.includes("center") ? pairColumn(character.position, taken) : columns[character.position];
    const x = (isTight ? 128 + (column - 128) * 0.72 : column) + random.between(-5, 5) / count;
    const y = baseY + Math.max(0, drop) + random.between(-4, 4);
    const head = scale * figure.headScale;
    const box = (cx: number, cy: number, width: number, height: number): Box => ({
      x: cx - width / 2,
      y: cy - height / 2,
      width,
      height,
    });
    places.push({
      head: box(x, y - 6 * head, 120 * head, 122 * head),
      eyes: [
        box(x - figure.eyeX * scale, y + figure.eyeY * scale, 30 * head, 34 * head),
        box(x + figure.eyeX * scale, y + figure.eyeY * scale, 30 * head, 34 * head),
      ],
      torso: box(
        x,
        y + ((figure.chestY + figure.waistY) / 2) * scale,
        figure.chestX * 2 * scale,
        (figure.waistY - figure.chestY + 24) * scale,
      ),
    });
    return { x, svg: placed(figure.svg, x, y, { scale }) };
  });
  // Whoever stands nearer to the middle stands in front.
  for (const { svg } of [...figures].sort((a, b) => Math.abs(b.x - 128) - Math.abs(a.x - 128))) content += svg;
  return {
    svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${PAGE}" height="${PAGE}" viewBox="0 0 ${PAGE} ${PAGE}">${definitions.text()}${content}</svg>`,
    places,
  };
}

/** A pair that leaves one side of the page empty. */
function pairColumn(position: Position, taken: readonly Position[]): number {
  const isLeftPair = taken.includes("left");
  if (position === "center") return 128 + (isLeftPair ? 32 : -32) - (isLeftPair ? PAIR_SHIFT : -PAIR_SHIFT);
  return position === "left" ? 48 : 208;
}
