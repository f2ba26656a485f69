/**
 * @file Networks that take turns in device memory. A network is loaded when it is first needed; where two sides do not fit
 * together, loading one gives up the other.
 */

export interface Releasable {
  release(): Promise<void>;
}

export type Side = "text" | "picture";

/** The networks of a model. Not more than one may be being loaded at a time, which the engine's one thread sees to. */
export class Residents {
  readonly #isExclusive: boolean;
  readonly #members: Resident<Releasable>[] = [];

  /** @param isExclusive only one side is in memory at a time */
  constructor(isExclusive: boolean) {
    this.#isExclusive = isExclusive;
  }

  add<T extends Releasable>(side: Side, open: () => Promise<T>): Resident<T> {
    const member = new Resident(side, open, async () => {
      if (this.#isExclusive) await this.#drop((other) => other.side !== side);
    });
    this.#members.push(member);
    return member;
  }

  /** Loads what every picture needs. The text's side waits for a prompt that was not read before. */
  async load(): Promise<void> {
    for (const member of this.#members) if (member.side === "picture") await member.get();
  }

  async release(): Promise<void> {
    await this.#drop(() => true);
  }

  async #drop(isMeant: (member: Resident<Releasable>) => boolean): Promise<void> {
    for (const member of this.#members) if (isMeant(member)) await member.drop();
  }
}

export class Resident<T extends Releasable> {
  readonly side: Side;
  readonly #open: () => Promise<T>;
  readonly #makeRoom: () => Promise<void>;
  #value: T | undefined;

  constructor(side: Side, open: () => Promise<T>, makeRoom: () => Promise<void>) {
    this.side = side;
    this.#open = open;
    this.#makeRoom = makeRoom;
  }

  async get(): Promise<T> {
    if (this.#value !== undefined) return this.#value;
    await this.#makeRoom();
    this.#value = await this.#open();
    return this.#value;
  }

  async drop(): Promise<void> {
    const value = this.#value;
    this.#value = undefined;
    await value?.release();
  }
}
