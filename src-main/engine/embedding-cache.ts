/**
 * @file What was computed from a prompt, kept in memory so that the next picture of the same prompt need not wait for it.
 *
 * Least recently used goes first. A key names everything that decides the value: the text and whatever computed it
 * (weights, toggles, provider), so that a picture does not depend on what was made before it.
 */

const DEFAULT_LIMIT_BYTES = 256 * 1024 * 1024;

export interface Sized {
  readonly byteLength: number;
}

export class EmbeddingCache {
  readonly #entries = new Map<string, Sized>();
  readonly #limitBytes: number;
  #bytes = 0;

  constructor(limitBytes: number = DEFAULT_LIMIT_BYTES) {
    this.#limitBytes = limitBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * The value kept under `key`, or the one that `compute` makes, which is then kept. What is larger than the whole
   * cache is not kept; what fails is not kept either.
   */
  async get<V extends Sized>(key: readonly (string | number)[], compute: () => Promise<V>): Promise<V> {
    const name = JSON.stringify(key);
    const kept = this.#entries.get(name);
    if (kept !== undefined) {
      this.#entries.delete(name);
      this.#entries.set(name, kept);
      // A key's first part tells what kind of value it names, so the value is of the caller's type.
      return kept as V;
    }
    const value = await compute();
    this.#keep(name, value);
    return value;
  }

  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  #keep(name: string, value: Sized): void {
    if (value.byteLength > this.#limitBytes) return;
    this.#bytes += value.byteLength - (this.#entries.get(name)?.byteLength ?? 0);
    this.#entries.set(name, value);
    for (const [oldest, { byteLength }] of this.#entries) {
      if (this.#bytes <= this.#limitBytes) return;
      this.#entries.delete(oldest);
      this.#bytes -= byteLength;
    }
  }
}
