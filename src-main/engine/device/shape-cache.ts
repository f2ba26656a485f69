/** @file The shapes that a session is bound to, the least recently used given up for new ones. */

import type { BoundShape } from "./bound-shape.ts";

/**
 * A shape costs its buffers, a few megabytes, and its graph. Two for each prompt (with and without text) serve a dozen
 * different prompts in turn before the first is captured again.
 */
const MAX_SHAPES = 24;

export class ShapeCache {
  readonly #shapes = new Map<string, BoundShape>();
  readonly #limit: number;

  constructor(limit: number = MAX_SHAPES) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#shapes.size;
  }

  get(key: string, create: () => BoundShape): BoundShape {
    const known = this.#shapes.get(key);
    const shape = known ?? this.#make(create);
    this.#shapes.delete(key);
    this.#shapes.set(key, shape);
    return shape;
  }

  release(): void {
    for (const shape of this.#shapes.values()) shape.release();
    this.#shapes.clear();
  }

  #make(create: () => BoundShape): BoundShape {
    for (const [oldest, shape] of this.#shapes) {
      if (this.#shapes.size < this.#limit) break;
      this.#shapes.delete(oldest);
      shape.release();
    }
    return create();
  }
}
