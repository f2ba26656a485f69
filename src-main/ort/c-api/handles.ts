/**
 * @file Native objects, each released exactly once and in the reverse of the order in which they were made.
 */

/** How many native objects are owned now, in the whole process: what a test of leaks looks at. */
export function openHandleCount(): number {
  return open;
}

let open = 0;

/** The native objects of one owner. */
export class Handles {
  readonly #releases: (() => void)[] = [];

  /** Takes `handle`, to be given to `release` when the owner ends. */
  own(handle: bigint, release: (handle: bigint) => void): bigint {
    this.whenReleased(() => release(handle));
    return handle;
  }

  /** Something else to be done in its turn. */
  whenReleased(release: () => void): void {
    this.#releases.push(release);
    open++;
  }

  /** Releases everything, what was made last first. */
  release(): void {
    for (let release = this.#releases.pop(); release !== undefined; release = this.#releases.pop()) {
      open--;
      release();
    }
  }
}

/** What `make` owns is released when it fails, and kept when it does not. */
export function owning<T>(make: (handles: Handles) => T): T {
  const handles = new Handles();
  try {
    return make(handles);
  } catch (error) {
    handles.release();
    throw error;
  }
}

/** What `use` owns is released when it ends. */
export function borrowing<T>(use: (handles: Handles) => T): T {
  const handles = new Handles();
  try {
    return use(handles);
  } finally {
    handles.release();
  }
}

/** The pointer that a call writes to its last parameter. */
export function received(call: (out: BigUint64Array) => void): bigint {
  const out = new BigUint64Array(1);
  call(out);
  return out[0]!;
}
